//! Server-side apply, and who managed what in every other change.

use http::header::USER_AGENT;
use serde_json::Value;

use super::update::{Change, Part, change};
use super::{answered, check_dry_run, create, incoming};
use crate::api::apply::{self, ApplyError, Conflict, Manager};
use crate::api::refusal::{Cause, Refusal};
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::json::{self, at, text};
use crate::world::World;

/// The first minor that has server-side apply by default.
const APPLY_SINCE: u16 = 16;

/// The first minor that keeps managers of objects that nobody ever applied.
const MANAGERS_SINCE: u16 = 18;

/// Where the managers of an object are.
pub(super) const MANAGERS: [&str; 2] = ["metadata", "managedFields"];

/// How an object came to be what a client wants it to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was sent, or patched.
    Sent,
    /// It was applied: its managers are settled.
    Applied,
}

/// Whether servers of that minor apply.
pub(super) fn can_apply(minor: u16) -> bool {
    minor >= APPLY_SINCE
}

/// Applies what is in the body; makes the object where there is none.
pub(super) fn apply(world: &mut World, asked: &Asked<'_>, target: &Target, part: Part) -> Result<Reply, Refusal> {
    let dry_run = check_dry_run(asked.call, asked.minor(), "PatchOptions")?;
    if asked.call.query("fieldManager").is_empty() {
        let cause = Cause::required("fieldManager", "is required for apply patch");
        return Err(Refusal::invalid("PatchOptions.meta.k8s.io", "", &[cause]));
    }
    let mut applied = incoming(asked.call, asked.minor(), target)?;
    if at(&applied, "/metadata/managedFields").as_array().is_some_and(|managers| !managers.is_empty()) {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    let key = target.key();
    if text(&applied, "/metadata/name").is_empty() {
        json::set(&mut applied, &["metadata", "name"], key.name.clone());
    }
    let old = world.store.value(&key);
    let now = now(world);
    let merged = {
        let manager = manager(asked, target, &now);
        apply::apply(old.as_ref(), &applied, &manager, asked.call.flag("force")).map_err(|error| refused(&error))?
    };
    match old {
        Some(old) => {
            let wanted = Change { target, part, dry_run, origin: Origin::Applied };
            let object = change(world, asked, &wanted, &old, merged)?;
            answered(200, asked, target, &object)
        }
        None if part == Part::Main => {
            let object = create::make(world, asked, target, merged, Origin::Applied, dry_run)?;
            answered(201, asked, target, &object)
        }
        None => Err(Refusal::not_found(target.parent, &key.name)),
    }
}

/// Notes who changed what, where servers do.
pub(super) fn note(world: &World, asked: &Asked<'_>, target: &Target, before: Option<&Value>, after: &mut Value) {
    if asked.minor() >= MANAGERS_SINCE {
        let now = now(world);
        apply::note(before, after, &manager(asked, target, &now));
    }
}

fn now(world: &World) -> String {
    world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn manager<'a>(asked: &'a Asked<'_>, target: &'a Target, now: &'a str) -> Manager<'a> {
    let name = match asked.call.query("fieldManager") {
        "" => Manager::of_agent(asked.call.header(USER_AGENT)),
        name => name,
    };
    let subresource = target.entry.subresource.unwrap_or_default();
    Manager { name, group: target.parent.group, version: target.parent.version, subresource, now }
}

fn refused(error: &ApplyError) -> Refusal {
    match error {
        ApplyError::Conflicts(conflicts) => {
            let cause = |conflict: &Conflict| Cause {
                reason: "FieldManagerConflict",
                message: format!("conflict with {}", conflict.manager),
                field: conflict.field.clone(),
            };
            let causes: Vec<Cause> = conflicts.iter().map(cause).collect();
            Refusal::new(409, "Conflict", error.to_string()).because(&causes)
        }
        ApplyError::Untyped(why) => Refusal::new(500, "", format!("{error}: {why}")),
    }
}
