//! ReplicaSets: as many pods of one template as are asked for.

use jiff::Timestamp;
use serde_json::Value;

use super::conditions;
use super::lifecycle;
use super::template::{self, generated_name, living, number, replicas};
use super::work::{self, Work};
use crate::json::{at, set, text};
use crate::store::{Object, ObjectKey};
use crate::world::World;

/// Brings the pods of a ReplicaSet to their number, and its status up to date.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(set) = living(world, key) else { return };
    let uid = text(&set, "/metadata/uid").to_owned();
    let active: Vec<_> = active(world, &uid);
    let wanted = usize::try_from(replicas(&set)).unwrap_or(usize::MAX);
    for _ in active.len()..wanted {
        let pod = next_pod(world, &set);
        template::create(world, pod);
    }
    if active.len() > wanted {
        for pod in surplus(active, wanted) {
            lifecycle::delete(world, &pod);
        }
    }
    update_status(world, key, &set, &uid);
}

/// The pods that are neither ended nor going.
pub(super) fn active(world: &World, uid: &str) -> Vec<std::sync::Arc<Object>> {
    world.store.owned_by(uid).filter(|pod| !pod.summary.deleting && !pod.ended()).cloned().collect()
}

/// One more pod of the set.
fn next_pod(world: &mut World, set: &Value) -> Value {
    let name = next_name(world, set);
    named_pod(set, &name)
}

/// The name of one more pod of the set.
pub(crate) fn next_name(world: &mut World, set: &Value) -> String {
    generated_name(world, text(set, "/metadata/name"))
}

/// A pod of the set.
pub(crate) fn named_pod(set: &Value, name: &str) -> Value {
    template::pod(set, template::owner("apps/v1", "ReplicaSet", set), name)
}

/// The pods beyond the number, those first whose loss costs least: not bound, not running, not ready, young.
fn surplus(mut pods: Vec<std::sync::Arc<Object>>, wanted: usize) -> Vec<ObjectKey> {
    pods.sort_by_key(|pod| {
        let summary = &pod.summary;
        (summary.node.is_some(), summary.phase == "Running", summary.ready, std::cmp::Reverse(pod.version))
    });
    let beyond = pods.len().saturating_sub(wanted);
    pods.into_iter().take(beyond).map(|pod| pod.key.clone()).collect()
}

/// Counts the pods into the status.
fn update_status(world: &mut World, key: &ObjectKey, set: &Value, uid: &str) {
    let pods = active(world, uid);
    let least = number(set, "/spec/minReadySeconds");
    let now = world.now();
    let available = availability(&pods, least, now);
    if let Some(next) = available.next {
        work::enqueue_after(world, Work::Sync(key.clone()), next);
    }
    let (all, ready) = (pods.len(), pods.iter().filter(|pod| pod.summary.ready).count());
    world.store.modify(key, |set| write_status(set, all, ready, available.now));
}

/// Writes the status of a ReplicaSet.
pub(crate) fn write_status(object: &mut Value, all: usize, ready: usize, available: usize) {
    set(object, &["status", "replicas"], all);
    set_count(object, "fullyLabeledReplicas", all);
    set_count(object, "readyReplicas", ready);
    set_count(object, "availableReplicas", available);
    let generation = at(object, "/metadata/generation").clone();
    set(object, &["status", "observedGeneration"], generation);
}

/// A count in the status that is left out when it is 0.
pub(super) fn set_count(object: &mut Value, field: &str, count: usize) {
    match count {
        0 => drop(crate::json::remove(object, &["status", field])),
        count => set(object, &["status", field], count),
    }
}

/// How many pods are available.
pub(super) struct Availability {
    pub(super) now: usize,
    /// When one more may be.
    pub(super) next: Option<std::time::Duration>,
}

/// Counts the pods that have been ready for at least so many seconds.
pub(super) fn availability(pods: &[std::sync::Arc<Object>], least: u32, now: Timestamp) -> Availability {
    let ready = pods.iter().filter(|pod| pod.summary.ready);
    if least == 0 {
        return Availability { now: ready.count(), next: None };
    }
    let least = std::time::Duration::from_secs(u64::from(least));
    let mut found = Availability { now: 0, next: None };
    for pod in ready {
        let since = conditions::true_since(&pod.value(), "Ready").unwrap_or(now);
        let been = std::time::Duration::try_from(now.duration_since(since)).unwrap_or_default();
        match least.checked_sub(been).filter(|left| !left.is_zero()) {
            None => found.now += 1,
            Some(left) => found.next = Some(found.next.map_or(left, |next| next.min(left))),
        }
    }
    found
}
