//! Pods and other objects made from a controller's template.

use serde_json::{Value, json as make};

use crate::api::{catalogue, defaults};
use crate::digest;
use crate::json::{self, at, set, text};
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// The label by which a Deployment tells its ReplicaSets apart.
pub(crate) const TEMPLATE_HASH: &str = "pod-template-hash";
/// The label by which a DaemonSet or StatefulSet tells its pods apart.
pub(crate) const REVISION_HASH: &str = "controller-revision-hash";

/// A reference to the controller of what is made.
pub(crate) fn owner(api_version: &str, kind: &str, controller: &Value) -> Value {
    make!({
        "apiVersion": api_version, "kind": kind, "name": text(controller, "/metadata/name"),
        "uid": text(controller, "/metadata/uid"), "controller": true, "blockOwnerDeletion": true,
    })
}

/// A pod of a controller, as the API server takes it in.
pub(crate) fn pod(controller: &Value, owner: Value, name: &str) -> Value {
    let template = at(controller, "/spec/template");
    let mut pod = make!({
        "metadata": {
            "name": name,
            "namespace": text(controller, "/metadata/namespace"),
            "labels": at(template, "/metadata/labels"),
            "ownerReferences": [owner],
        },
        "spec": at(template, "/spec"),
    });
    let annotations = at(template, "/metadata/annotations");
    if !annotations.is_null() {
        set(&mut pod, &["metadata", "annotations"], annotations.clone());
    }
    pod
}

/// A name for a pod of a controller.
pub(crate) fn generated_name(world: &mut World, controller: &str) -> String {
    format!("{controller}-{}", world.random.suffix())
}

/// Fills in what the API server fills in.
pub(crate) fn complete(world: &mut World, pod: &mut Value) {
    let minor = super::minor(world);
    if let Some(entry) = catalogue::of_kind("v1", "Pod") {
        defaults::begin_generation(Resource::PODS, minor.minor, pod);
        defaults::fill(world, minor.minor, entry, pod);
    }
}

/// Creates a pod.
pub(crate) fn create(world: &mut World, mut pod: Value) {
    complete(world, &mut pod);
    let now = world.now();
    // A pod of that name is there already: the controller looks again when it goes.
    let _taken = world.store.create(Resource::PODS, pod, now);
}

/// The hash of an object's pod template.
pub(crate) fn hash(controller: &Value) -> String {
    let mut template = at(controller, "/spec/template").clone();
    // Servers of different minors write it or not.
    json::remove(&mut template, &["metadata", "creationTimestamp"]);
    digest::template(&template.to_string())
}

/// The number of replicas an object asks for; one where it does not say.
pub(crate) fn replicas(controller: &Value) -> u32 {
    at(controller, "/spec/replicas").as_u64().map_or(1, |count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// A number in an object; 0 where there is none.
pub(crate) fn number(value: &Value, pointer: &str) -> u32 {
    at(value, pointer).as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
}

/// The controller's object, unless it is gone or going.
pub(crate) fn living(world: &World, key: &ObjectKey) -> Option<Value> {
    let object = world.store.get(key)?;
    (!object.summary.deleting).then(|| object.value())
}
