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
    let (version, latest) = (read_version(asked.call.query("resourceVersion"))?, world.store.version());
    if let Some(version) = version.filter(|version| *version > latest) {
        return Err(Refusal::too_large_version(version, latest));
    }
    let object = world.store.get(&key).ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    Ok(render::one(200, form, target.parent, object))
}
