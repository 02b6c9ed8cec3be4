//! Subresources: parts of objects and things done to them.

use super::read;
use super::refusal::Refusal;
use super::route::{Answer, Asked, Verb};
use super::target::Target;
use crate::world::World;

/// Answers a request to a subresource.
pub(crate) fn answer(world: &mut World, asked: &Asked<'_>, target: &Target, verb: Verb) -> Result<Answer, Refusal> {
    match (target.entry.subresource.unwrap_or_default(), verb) {
        ("status", Verb::Get) => read::get(world, asked, target).map(Answer::from),
        _ => Err(Refusal::method_not_allowed()),
    }
}
