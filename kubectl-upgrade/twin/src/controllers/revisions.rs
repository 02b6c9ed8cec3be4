//! The names of the templates of StatefulSets and DaemonSets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::template;
use crate::json::text;
use crate::world::World;

/// The template that a controller was last seen with, by its UID.
#[derive(Debug, Default)]
pub(crate) struct Revisions(BTreeMap<String, Revision>);

#[derive(Debug)]
struct Revision {
    hash: String,
    name: String,
}

/// The name of the template that the controller has now. A controller seen for the first time keeps the name it `has`:
/// a cluster taken over from elsewhere must not be rolled over for other names' sake.
pub(super) fn of(world: &mut World, controller: &Value, has: impl FnOnce(&World) -> Option<String>) -> String {
    let (uid, hash) = (text(controller, "/metadata/uid"), template::hash(controller));
    if let Some(revision) = world.controllers.revisions.0.get(uid).filter(|revision| revision.hash == hash) {
        return revision.name.clone();
    }
    let first = !world.controllers.revisions.0.contains_key(uid);
    let name = if first { has(world) } else { None };
    let name = name.unwrap_or_else(|| hash.clone());
    world.controllers.revisions.0.insert(uid.to_owned(), Revision { hash, name: name.clone() });
    name
}
