//! Reads of one object and of lists. Nothing here parses an object that is written whole.

mod list;
mod position;
pub(crate) mod render;
mod token;

pub(crate) use list::list;
pub(crate) use position::read_version;

use super::form::Shape;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::Asked;
use super::target::Target;
use crate::world::World;
/// One object.
pub(crate) fn get(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let form = asked.form(world, Shape::One)?;
    let key = target.key();
    let object = world.store.get(&key).ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    Ok(render::one(200, form, target.parent, object))
}
