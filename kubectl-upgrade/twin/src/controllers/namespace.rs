//! Namespaces that are being deleted: everything in them goes first.

use super::lifecycle;
use super::work::{self, Work};
use crate::json::set;
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// Empties a namespace that is being deleted, and takes it away when it is empty.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    if !world.store.get(key).is_some_and(|namespace| namespace.summary.deleting) {
        return;
    }
    world.store.modify(key, |namespace| set(namespace, &["status", "phase"], "Terminating"));
    let left = contents(world, &key.name);
    for object in &left {
        lifecycle::delete(world, object);
    }
    if contents(world, &key.name).is_empty() {
        lifecycle::finish(world, key);
    } else {
        work::enqueue_after(world, Work::Sync(key.clone()), std::time::Duration::from_secs(1));
    }
}

fn contents(world: &World, namespace: &str) -> Vec<ObjectKey> {
    let of = |resource: Resource| world.store.list(resource, Some(namespace), None).map(|object| object.key.clone());
    world.store.resources().into_iter().flat_map(of).collect()
}
