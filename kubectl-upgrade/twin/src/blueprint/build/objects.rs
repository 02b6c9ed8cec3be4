//! The blueprint's own objects, put as they are.

use serde_json::Value;
use upgrade_core::version::Minor;

use super::BlueprintError;
use crate::api::catalogue::{self, Entry};
use crate::api::defaults;
use crate::controllers::settle;
use crate::json::{at, set, text};
use crate::store::Resource;
use crate::time;
use crate::world::World;

/// Puts an object with `apiVersion` and `kind` into the world.
pub(super) fn put(world: &mut World, minor: Minor, object: &Value) -> Result<(), BlueprintError> {
    let (version, kind, name) = (text(object, "/apiVersion"), text(object, "/kind"), text(object, "/metadata/name"));
    if version.is_empty() || kind.is_empty() || name.is_empty() {
        return Err(BlueprintError::Nameless(format!("{version} {kind} {name}")));
    }
    let known = catalogue::of_kind(version, kind);
    let entry = known.ok_or_else(|| BlueprintError::Unknown(format!("{version} {kind}")))?;
    let mut object = object.clone();
    if !entry.namespaced {
        crate::json::remove(&mut object, &["metadata", "namespace"]);
    } else if text(&object, "/metadata/namespace").is_empty() {
        set(&mut object, &["metadata", "namespace"], "default");
    }
    keep(world, minor, entry, object);
    Ok(())
}

/// Adds an object of a resource, as the API server would have taken it in, unless there is one of its name.
pub(super) fn add(world: &mut World, minor: Minor, resource: Resource, object: Value) {
    let entry = catalogue::entries().iter().find(|entry| entry.resource == resource && entry.subresource.is_none());
    if let Some(entry) = entry {
        keep(world, minor, entry, object);
    }
}

fn keep(world: &mut World, minor: Minor, entry: &Entry, mut object: Value) {
    if at(&object, "/metadata/creationTimestamp").is_null() {
        let since = settle::since(world.now());
        set(&mut object, &["metadata", "creationTimestamp"], time::seconds(since));
    }
    if at(&object, "/metadata/generation").is_null() {
        defaults::begin_generation(entry.resource, minor.minor, &mut object);
    }
    defaults::fill(world, minor.minor, entry, &mut object);
    let now = world.now();
    // One that is there already was asked for, and is kept.
    let _kept = world.store.create(entry.resource, object, now);
}
