//! StatefulSets: numbered pods, each with its own volumes, one after another where the order matters.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::replica_set::{availability, set_count};
use super::template::{self, REVISION_HASH, living, number, replicas};
use super::work::{self, Work};
use super::{lifecycle, revisions};
use crate::json::{at, items, remove, set, text};
use crate::store::{Object, ObjectKey, Resource};
use crate::world::World;

/// Takes the next step towards the pods asked for, and brings the status up to date.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(set) = living(world, key) else { return };
    let revision = revision(world, &set);
    step(world, &set, &revision);
    update_status(world, key, &set, &revision);
}

/// The name of the template as it is now.
pub(crate) fn revision(world: &mut World, set: &Value) -> String {
    let given = text(set, "/status/updateRevision").to_owned();
    let name = revisions::of(world, set, |_| (!given.is_empty()).then_some(given));
    let prefix = format!("{}-", text(set, "/metadata/name"));
    if name.starts_with(&prefix) { name } else { format!("{prefix}{name}") }
}

fn pods(world: &World, set: &Value) -> BTreeMap<u32, Arc<Object>> {
    let prefix = format!("{}-", text(set, "/metadata/name"));
    let owned = world.store.owned_by(text(set, "/metadata/uid"));
    let numbered = owned.filter_map(|pod| {
        let ordinal = pod.key.name.strip_prefix(&prefix)?.parse().ok()?;
        Some((ordinal, Arc::clone(pod)))
    });
    numbered.collect()
}

fn step(world: &mut World, set: &Value, revision: &str) {
    let one_by_one = text(set, "/spec/podManagementPolicy") != "Parallel";
    let found = pods(world, set);
    for ordinal in 0..replicas(set) {
        let settled = match found.get(&ordinal) {
            Some(pod) if pod.ended() => {
                lifecycle::delete(world, &pod.key);
                false
            }
            Some(pod) => pod.summary.ready && !pod.summary.deleting,
            None => {
                create_claims(world, set, ordinal);
                let pod = numbered_pod(set, ordinal, revision);
                template::create(world, pod);
                false
            }
        };
        if one_by_one && !settled {
            return;
        }
    }
    let beyond: Vec<_> = found.range(replicas(set)..).rev().map(|(_, pod)| Arc::clone(pod)).collect();
    for pod in &beyond {
        lifecycle::delete(world, &pod.key);
        if one_by_one {
            return;
        }
    }
    update(world, set, &found, revision);
}

/// Replaces the highest pod of an old template, once all above are ready.
fn update(world: &mut World, set: &Value, found: &BTreeMap<u32, Arc<Object>>, revision: &str) {
    if text(set, "/spec/updateStrategy/type") == "OnDelete" {
        return;
    }
    let partition = number(set, "/spec/updateStrategy/rollingUpdate/partition");
    for (_, pod) in found.range(partition..).rev() {
        if pod.summary.deleting || !pod.summary.ready {
            let stuck = !pod.summary.deleting && !is_of(pod, revision);
            if stuck {
                lifecycle::delete(world, &pod.key);
            }
            return;
        }
        if !is_of(pod, revision) {
            lifecycle::delete(world, &pod.key);
            return;
        }
    }
}

fn is_of(pod: &Object, revision: &str) -> bool {
    pod.summary.labels.get(REVISION_HASH).is_some_and(|hash| hash == revision)
}

/// The pod of that number.
pub(crate) fn numbered_pod(set: &Value, ordinal: u32, revision: &str) -> Value {
    let name = format!("{}-{ordinal}", text(set, "/metadata/name"));
    let mut pod = template::pod(set, template::owner("apps/v1", "StatefulSet", set), &name);
    let labels = [
        (REVISION_HASH, revision.to_owned()),
        ("statefulset.kubernetes.io/pod-name", name.clone()),
        ("apps.kubernetes.io/pod-index", ordinal.to_string()),
    ];
    for (key, value) in labels {
        crate::json::set(&mut pod, &["metadata", "labels", key], value);
    }
    let mut volumes: Vec<Value> = items(&pod, "/spec/volumes").cloned().collect();
    for template in items(set, "/spec/volumeClaimTemplates") {
        let volume = text(template, "/metadata/name");
        let claim = json!({ "claimName": format!("{volume}-{name}") });
        volumes.push(json!({ "name": volume, "persistentVolumeClaim": claim }));
    }
    if !volumes.is_empty() {
        crate::json::set(&mut pod, &["spec", "volumes"], volumes);
    }
    pod
}

/// Makes the claims of the pod of that number, which outlive it.
pub(crate) fn create_claims(world: &mut World, set: &Value, ordinal: u32) {
    let pod = format!("{}-{ordinal}", text(set, "/metadata/name"));
    for template in items(set, "/spec/volumeClaimTemplates") {
        let mut claim = template.clone();
        let name = format!("{}-{pod}", text(template, "/metadata/name"));
        crate::json::set(&mut claim, &["metadata", "name"], name);
        crate::json::set(&mut claim, &["metadata", "namespace"], text(set, "/metadata/namespace"));
        crate::json::set(&mut claim, &["status"], json!({ "phase": "Pending" }));
        remove(&mut claim, &["metadata", "creationTimestamp"]);
        let now = world.now();
        // The claim of an earlier pod of that number serves again.
        let _kept = world.store.create(Resource::CLAIMS, claim, now);
    }
}

fn update_status(world: &mut World, key: &ObjectKey, set: &Value, revision: &str) {
    let all: Vec<_> = pods(world, set).into_values().collect();
    let now = world.now();
    let available = availability(&all, number(set, "/spec/minReadySeconds"), now);
    if let Some(next) = available.next {
        work::enqueue_after(world, Work::Sync(key.clone()), next);
    }
    world.store.modify(key, |set| write_status(set, &all, available.now, revision));
}

/// Writes the status of a StatefulSet.
pub(crate) fn write_status(object: &mut Value, pods: &[Arc<Object>], available: usize, revision: &str) {
    let updated = pods.iter().filter(|pod| is_of(pod, revision)).count();
    let current = match text(object, "/status/currentRevision") {
        "" => revision.to_owned(),
        _ if updated == pods.len() => revision.to_owned(),
        current => current.to_owned(),
    };
    let of_current = pods.iter().filter(|pod| is_of(pod, &current)).count();
    set(object, &["status", "replicas"], pods.len());
    set(object, &["status", "availableReplicas"], available);
    set_count(object, "readyReplicas", pods.iter().filter(|pod| pod.summary.ready).count());
    set_count(object, "currentReplicas", of_current);
    set_count(object, "updatedReplicas", updated);
    set(object, &["status", "currentRevision"], current);
    set(object, &["status", "updateRevision"], revision);
    set(object, &["status", "collisionCount"], 0);
    let generation = at(object, "/metadata/generation").clone();
    set(object, &["status", "observedGeneration"], generation);
}
