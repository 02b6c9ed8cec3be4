//! What goes because something else has gone.

use serde_json::Value;

use super::lifecycle::{self, finalized};
use super::work::{self, PodId, Work};
use crate::json::{items, set, text};
use crate::store::{Object, ObjectKey};
use crate::world::World;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Takes away what an object owned that is gone.
pub(crate) fn collect(world: &mut World, uid: &str) {
    for key in owned(world, uid) {
        lifecycle::delete(world, &key);
    }
}

/// Takes a pod away whose node is gone.
pub(crate) fn sweep(world: &mut World, id: &PodId) {
    let Some(pod) = lifecycle::pod(world, id) else { return };
    let lost = pod.summary.node.as_ref().is_some_and(|node| !world.controllers.index.nodes.contains_key(node));
    if lost {
        lifecycle::finish(world, &id.key);
    }
}

/// An object is being deleted by way of what it owns: that goes first, or is set free.
pub(crate) fn heed(world: &mut World, object: &Object) {
    let value = object.value();
    let has = |finalizer: &str| items(&value, "/metadata/finalizers").any(|one| one.as_str() == Some(finalizer));
    let uid = &object.summary.uid;
    if has(ORPHAN) {
        for key in owned(world, uid) {
            world.store.modify(&key, |dependent| set_free(dependent, uid));
        }
        finalized(world, &object.key, ORPHAN);
    } else if has(FOREGROUND) {
        let left = owned(world, uid);
        for key in &left {
            lifecycle::delete(world, key);
        }
        if owned(world, uid).is_empty() {
            finalized(world, &object.key, FOREGROUND);
        }
    }
}

/// Something owned is gone: an owner that waited for it may go too.
pub(crate) fn dependent_gone(world: &mut World, object: &Object) {
    let Some(owner) = &object.summary.owner else { return };
    let waiting = super::owner_key(object, owner).and_then(|key| world.store.get(&key).cloned());
    if let Some(waiting) = waiting.filter(|one| one.summary.deleting && one.summary.uid == owner.uid) {
        heed(world, &waiting);
    }
}

/// An object is gone: what it owned follows.
pub(crate) fn gone(world: &mut World, object: &Object) {
    if world.store.owned_by(&object.summary.uid).next().is_some() {
        work::enqueue(world, Work::Collect(object.summary.uid.clone()));
    }
}

fn owned(world: &World, uid: &str) -> Vec<ObjectKey> {
    world.store.owned_by(uid).map(|object| object.key.clone()).collect()
}

fn set_free(dependent: &mut Value, uid: &str) {
    let owners: Vec<Value> =
        items(dependent, "/metadata/ownerReferences").filter(|owner| text(owner, "/uid") != uid).cloned().collect();
    match owners.is_empty() {
        true => drop(crate::json::remove(dependent, &["metadata", "ownerReferences"])),
        false => set(dependent, &["metadata", "ownerReferences"], owners),
    }
}
