//! How an object goes: at once, after its grace period, or when its last finalizer is gone.

use std::sync::Arc;

use serde_json::{Value, json};

use super::options::{DeleteOptions, Propagation};
use crate::api::catalogue::Entry;
use crate::api::defaults;
use crate::api::refusal::Refusal;
use crate::json::{self, at, items, text};
use crate::store::{Object, Resource};
use crate::world::World;

/// The grace period of a pod that names none, in seconds.
const GRACE_S: i64 = 30;

/// What became of it.
pub(crate) struct Removed {
    /// The object as it is now, or last was.
    pub(crate) object: Object,
    /// Whether it is gone.
    pub(crate) gone: bool,
}

/// Removes an object, or begins to.
pub(crate) fn remove(
    world: &mut World,
    minor: u16,
    entry: &Entry,
    object: &Arc<Object>,
    options: &DeleteOptions,
) -> Result<Removed, Refusal> {
    check_preconditions(entry, object, options)?;
    let mut value = object.value();
    let grace = grace_of(object, &value, options);
    let waits = finalizers(&mut value, entry.resource, options.propagation);
    let deleting = object.summary.deleting;
    if grace == 0 && !waits {
        return Ok(gone(world, minor, object, value, options));
    }
    let left = at(&value, "/metadata/deletionGracePeriodSeconds").as_i64().unwrap_or_default();
    if !deleting || grace < left {
        mark(world, entry.resource, &mut value, grace);
        defaults::bump_generation(entry.resource, minor, &mut value);
    }
    if entry.resource == Resource::NAMESPACES {
        json::set(&mut value, &["status", "phase"], "Terminating");
    }
    if options.dry_run {
        let now = world.now();
        return Ok(Removed { object: world.store.draft(entry.resource, value, now), gone: false });
    }
    let kept = world.store.replace(&object.key, value, None).unwrap_or_else(|_| Arc::clone(object));
    Ok(Removed { object: Object::clone(&kept), gone: false })
}

fn gone(world: &mut World, minor: u16, object: &Arc<Object>, mut value: Value, options: &DeleteOptions) -> Removed {
    if options.propagation == Propagation::Orphan && !options.dry_run {
        orphan(world, &object.summary.uid);
    }
    if object.key.resource == Resource::PODS {
        mark(world, Resource::PODS, &mut value, 0);
        defaults::bump_generation(object.key.resource, minor, &mut value);
        // What was going already is first seen to have no time left.
        if object.summary.deleting
            && !options.dry_run
            && let Ok(kept) = world.store.replace(&object.key, value.clone(), None)
        {
            value = kept.value();
        }
    }
    let now = world.now();
    let last = world.store.draft(object.key.resource, value, now);
    if !options.dry_run {
        world.store.remove(&object.key);
    }
    Removed { object: last, gone: true }
}

fn mark(world: &World, of: Resource, value: &mut Value, grace_s: i64) {
    let end = world.now().checked_add(jiff::SignedDuration::from_secs(grace_s)).unwrap_or(jiff::Timestamp::MAX);
    let end = end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json::set(value, &["metadata", "deletionTimestamp"], end);
    if of != Resource::NAMESPACES {
        json::set(value, &["metadata", "deletionGracePeriodSeconds"], grace_s);
    }
}

/// How long it has to end. Only pods that may run somewhere have any time.
fn grace_of(object: &Object, value: &Value, options: &DeleteOptions) -> i64 {
    let ended = matches!(object.summary.phase.as_str(), "Succeeded" | "Failed");
    if object.key.resource != Resource::PODS || object.summary.node.is_none() || ended {
        return 0;
    }
    let own = at(value, "/spec/terminationGracePeriodSeconds").as_i64().unwrap_or(GRACE_S);
    options.grace_s.unwrap_or(own).max(0)
}

/// Whether finalizers keep it, with those that the way of deletion adds.
fn finalizers(value: &mut Value, resource: Resource, propagation: Propagation) -> bool {
    if propagation == Propagation::Foreground {
        let mut list: Vec<Value> = items(value, "/metadata/finalizers").cloned().collect();
        if !list.iter().any(|name| name == "foregroundDeletion") {
            list.push(json!("foregroundDeletion"));
        }
        json::set(value, &["metadata", "finalizers"], list);
    }
    let of_namespace = resource == Resource::NAMESPACES && items(value, "/spec/finalizers").next().is_some();
    of_namespace || items(value, "/metadata/finalizers").next().is_some()
}

/// Lets what an owner owns be on its own.
fn orphan(world: &mut World, uid: &str) {
    let owned: Vec<_> = world.store.owned_by(uid).map(|object| object.key.clone()).collect();
    for key in owned {
        world.store.modify(&key, |value| {
            let others: Vec<Value> =
                items(value, "/metadata/ownerReferences").filter(|owner| text(owner, "/uid") != uid).cloned().collect();
            if others.is_empty() {
                json::remove(value, &["metadata", "ownerReferences"]);
            } else {
                json::set(value, &["metadata", "ownerReferences"], others);
            }
        });
    }
}

fn check_preconditions(entry: &Entry, object: &Object, options: &DeleteOptions) -> Result<(), Refusal> {
    let uid = &object.summary.uid;
    let why = match (&options.uid, &options.version) {
        (Some(asked), _) if asked != uid => format!(
            "the UID in the precondition ({asked}) does not match the UID in record ({uid}). The object might have been \
             deleted and then recreated"
        ),
        (_, Some(asked)) if *asked != object.version.to_string() => format!(
            "the ResourceVersion in the precondition ({asked}) does not match the ResourceVersion in record ({}). The \
             object might have been modified",
            object.version
        ),
        _ => return Ok(()),
    };
    Err(Refusal::conflict_of_kind(entry, &object.key.name, &why))
}
