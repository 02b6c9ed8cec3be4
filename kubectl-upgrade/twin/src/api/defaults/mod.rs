//! What the API server fills in or counts by itself, as far as controllers, kubectl or an upgrade notice.

mod kinds;
mod pod;
mod workload;

use serde_json::{Value, json};

pub(crate) use kinds::taint_new_node;

use super::catalogue::{self, Entry};
use crate::json::{self, at, text};
use crate::store::Resource;
use crate::world::World;

/// The first minor that counts the generations of pods.
const POD_GENERATION_SINCE: u16 = 33;

/// Resources whose generation is counted.
const GENERATION: &[&str] = &[
    "cronjobs",
    "customresourcedefinitions",
    "daemonsets",
    "deployments",
    "endpointslices",
    "flowschemas",
    "ingresses",
    "ingressclasses",
    "jobs",
    "mutatingwebhookconfigurations",
    "networkpolicies",
    "poddisruptionbudgets",
    "prioritylevelconfigurations",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "validatingwebhookconfigurations",
];

/// Fills in what is missing.
pub(crate) fn fill(world: &mut World, minor: u16, entry: &Entry, value: &mut Value) {
    match entry.resource.plural() {
        "pods" => pod::pod(world, minor, value),
        "deployments" => workload::deployment(minor, value),
        "daemonsets" => workload::daemon_set(minor, value),
        "statefulsets" => workload::stateful_set(minor, value),
        "replicasets" => workload::replica_set(minor, value),
        "replicationcontrollers" => workload::replication_controller(minor, value),
        "jobs" => workload::job(minor, value),
        "cronjobs" => workload::cron_job(minor, value),
        "services" => kinds::service(world, minor, value),
        "namespaces" => kinds::namespace(minor, value),
        "nodes" => kinds::node(value),
        "secrets" => kinds::secret(value),
        "events" => kinds::event(entry.group, value),
        "leases" => or(value, &["spec"], json!({})),
        "persistentvolumeclaims" => kinds::claim(value),
        "persistentvolumes" => kinds::volume(value),
        "poddisruptionbudgets" => kinds::budget(value),
        "storageclasses" => kinds::storage_class(value),
        _ => {}
    }
}

/// Fills in what is missing of a status that was set.
pub(crate) fn fill_status(resource: Resource, value: &mut Value) {
    let times: &[&str] = match resource {
        Resource::PODS => &["lastProbeTime", "lastTransitionTime"],
        Resource::NODES => &["lastHeartbeatTime", "lastTransitionTime"],
        _ => return,
    };
    for condition in each(value, "/status/conditions") {
        times.iter().for_each(|time| or(condition, &[time], Value::Null));
    }
    let capacity = at(value, "/status/capacity").clone();
    if resource == Resource::NODES && !capacity.is_null() {
        or(value, &["status", "allocatable"], capacity);
    }
}

/// Takes away what is written only where there is any of it.
pub(crate) fn tidy(value: &mut Value) {
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let found = at(value, &format!("/metadata/{field}"));
        if found.as_object().is_some_and(serde_json::Map::is_empty) || found.as_array().is_some_and(Vec::is_empty) {
            json::remove(value, &["metadata", field]);
        }
    }
}

/// Gives a new object its first generation.
pub(crate) fn begin_generation(resource: Resource, minor: u16, value: &mut Value) {
    if counts(resource, minor) {
        json::set(value, &["metadata", "generation"], 1);
    }
}

/// Counts a change of what is wanted of an object.
pub(crate) fn count_generation(resource: Resource, minor: u16, old: &Value, new: &mut Value) {
    let wanted = |value: &Value| {
        let mut value = value.clone();
        for field in ["metadata", "status", "apiVersion", "kind"] {
            json::remove(&mut value, &[field]);
        }
        value
    };
    if counts(resource, minor) && wanted(old) != wanted(new) {
        bump_generation(resource, minor, new);
    }
}

/// Counts one up, where it is counted at all.
pub(crate) fn bump_generation(resource: Resource, minor: u16, value: &mut Value) {
    let now = at(value, "/metadata/generation").as_i64().unwrap_or_default();
    if counts(resource, minor) && now > 0 {
        json::set(value, &["metadata", "generation"], now + 1);
    }
}

/// Whether the status of these objects is a part with requests of its own.
pub(crate) fn has_status(resource: Resource) -> bool {
    catalogue::entries().iter().any(|entry| entry.resource == resource && entry.subresource == Some("status"))
}

fn counts(resource: Resource, minor: u16) -> bool {
    let pods = resource == Resource::PODS && minor >= POD_GENERATION_SINCE;
    pods || GENERATION.contains(&resource.plural())
}

/// Sets what is not set.
fn or(value: &mut Value, keys: &[&str], to: impl Into<Value>) {
    if value.pointer(&format!("/{}", keys.join("/"))).is_none_or(Value::is_null) {
        json::set(value, keys, to);
    }
}

/// Sets text that is missing or empty.
fn or_text(value: &mut Value, keys: &[&str], to: &str) {
    if text(value, &format!("/{}", keys.join("/"))).is_empty() {
        json::set(value, keys, to);
    }
}

/// The elements of a list, to be changed.
fn each<'a>(value: &'a mut Value, pointer: &str) -> impl Iterator<Item = &'a mut Value> {
    value.pointer_mut(pointer).and_then(Value::as_array_mut).into_iter().flatten()
}
