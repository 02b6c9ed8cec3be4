//! Subresources: parts of objects and things done to them.

mod binding;
mod eviction;
mod log;
mod scale;
mod token;

pub(crate) use eviction::evict_by_cloud as evict;

use super::read;
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Answer, Asked, Verb};
use super::target::Target;
use super::write::{Part, patch_part, replace};
use crate::world::World;

/// Answers a request to a subresource.
pub(crate) fn answer(world: &mut World, asked: &Asked<'_>, target: &Target, verb: Verb) -> Result<Answer, Refusal> {
    let reply = match (target.entry.subresource.unwrap_or_default(), verb) {
        ("status", Verb::Get) => read::get(world, asked, target),
        ("status" | "approval", Verb::Update) => replace(world, asked, target, Part::Status),
        ("status" | "approval", Verb::Patch) => patch_part(world, asked, target, Part::Status),
        ("finalize", Verb::Update) => replace(world, asked, target, Part::Finalizers),
        ("ephemeralcontainers" | "resize", Verb::Get) => read::get(world, asked, target),
        ("ephemeralcontainers" | "resize", Verb::Update) => replace(world, asked, target, Part::Main),
        ("ephemeralcontainers" | "resize", Verb::Patch) => patch_part(world, asked, target, Part::Main),
        ("scale", Verb::Get) => scale::get(world, asked, target),
        ("scale", Verb::Update | Verb::Patch) => scale::change(world, asked, target),
        ("binding", _) => binding::bind(world, asked, target),
        ("eviction", _) => eviction::evict(world, asked, target),
        ("log", _) => log::log(world, asked, target),
        ("token", _) => token::token(world, asked, target),
        _ => Err(not_simulated(target)),
    };
    reply.map(Answer::from)
}

fn not_simulated(target: &Target) -> Refusal {
    let what = target.entry.subresource.unwrap_or_default();
    Refusal::new(501, "NotImplemented", format!("the subresource {what} of {} is not simulated", target.entry.resource))
}

/// Success without anything to show.
fn done(code: u16) -> Reply {
    let status =
        serde_json::json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code});
    Reply::json(code, format!("{status}\n"))
}
