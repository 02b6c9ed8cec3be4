//! How objects go: at once, gracefully, or when the last finalizer is done.

use std::time::Duration;

use serde_json::Value;

use super::work::PodId;
use crate::json::{at, items, set};
use crate::store::{Object, ObjectKey, Resource};
use crate::time;
use crate::world::World;

/// The grace period of a pod that names none, in seconds.
const DEFAULT_GRACE_S: u64 = 30;

/// Deletes an object as its deletion through the API would: a bound pod is given its grace, an object with finalizers
/// stays until they are done.
pub(crate) fn delete(world: &mut World, key: &ObjectKey) {
    let Some(object) = world.store.get(key) else { return };
    if object.summary.deleting {
        return;
    }
    let value = object.value();
    let waits = key.resource == Resource::PODS && object.summary.node.is_some() && !object.ended();
    let grace = if waits { grace_s(&value) } else { 0 };
    let finalizers = items(&value, "/metadata/finalizers").next().is_some();
    if grace == 0 && !finalizers {
        world.store.remove(key);
        return;
    }
    let now = world.now();
    let end = now.checked_add(jiff::SignedDuration::from_secs(i64::try_from(grace).unwrap_or(i64::MAX))).unwrap_or(now);
    world.store.modify(key, |object| {
        set(object, &["metadata", "deletionTimestamp"], time::seconds(end));
        set(object, &["metadata", "deletionGracePeriodSeconds"], grace);
    });
}

/// Takes an object away whose time has come, unless finalizers keep it.
pub(crate) fn finish(world: &mut World, key: &ObjectKey) {
    let Some(value) = world.store.value(key) else { return };
    if items(&value, "/metadata/finalizers").next().is_none() {
        world.store.remove(key);
    } else if at(&value, "/metadata/deletionTimestamp").is_null() {
        let now = time::seconds(world.now());
        world.store.modify(key, |object| set(object, &["metadata", "deletionTimestamp"], now));
    }
}

/// Takes a finalizer off an object that is being deleted, and the object away when it was the last.
pub(crate) fn finalized(world: &mut World, key: &ObjectKey, finalizer: &str) {
    world.store.modify(key, |object| {
        let left: Vec<Value> =
            items(object, "/metadata/finalizers").filter(|one| one.as_str() != Some(finalizer)).cloned().collect();
        match left.is_empty() {
            true => drop(crate::json::remove(object, &["metadata", "finalizers"])),
            false => set(object, &["metadata", "finalizers"], left),
        }
    });
    finish(world, key);
}

/// How long a pod that is being deleted may still take.
pub(crate) fn grace(pod: &Value) -> Duration {
    let given = at(pod, "/metadata/deletionGracePeriodSeconds").as_u64();
    Duration::from_secs(given.unwrap_or_else(|| grace_s(pod)))
}

fn grace_s(pod: &Value) -> u64 {
    at(pod, "/spec/terminationGracePeriodSeconds").as_u64().unwrap_or(DEFAULT_GRACE_S)
}

/// Which pod an object is.
pub(crate) fn pod_id(pod: &Object) -> PodId {
    PodId { key: pod.key.clone(), uid: pod.summary.uid.clone() }
}

/// The pod, if it is still that one.
pub(crate) fn pod(world: &World, id: &PodId) -> Option<std::sync::Arc<Object>> {
    world.store.get(&id.key).filter(|pod| pod.summary.uid == id.uid).cloned()
}
