//! The blueprint's own objects, put as they are.

use serde_json::{Value, json};

use super::BlueprintError;
use crate::controllers::settle;
use crate::json::{at, set, text};
use crate::store::{ObjectKey, Resource};
use crate::time;
use crate::world::World;

/// Kinds known, with the plural of each and whether it lives in a namespace.
const KINDS: &[(&str, &str, bool)] = &[
    ("ClusterRole", "clusterroles", false),
    ("ClusterRoleBinding", "clusterrolebindings", false),
    ("ConfigMap", "configmaps", true),
    ("CronJob", "cronjobs", true),
    ("CustomResourceDefinition", "customresourcedefinitions", false),
    ("DaemonSet", "daemonsets", true),
    ("Deployment", "deployments", true),
    ("Endpoints", "endpoints", true),
    ("Event", "events", true),
    ("Ingress", "ingresses", true),
    ("Job", "jobs", true),
    ("Lease", "leases", true),
    ("LimitRange", "limitranges", true),
    ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false),
    ("Namespace", "namespaces", false),
    ("Node", "nodes", false),
    ("PersistentVolume", "persistentvolumes", false),
    ("PersistentVolumeClaim", "persistentvolumeclaims", true),
    ("Pod", "pods", true),
    ("PodDisruptionBudget", "poddisruptionbudgets", true),
    ("PriorityClass", "priorityclasses", false),
    ("ReplicaSet", "replicasets", true),
    ("ReplicationController", "replicationcontrollers", true),
    ("ResourceQuota", "resourcequotas", true),
    ("Role", "roles", true),
    ("RoleBinding", "rolebindings", true),
    ("Secret", "secrets", true),
    ("Service", "services", true),
    ("ServiceAccount", "serviceaccounts", true),
    ("StatefulSet", "statefulsets", true),
    ("StorageClass", "storageclasses", false),
    ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
];

/// Puts an object with `apiVersion` and `kind` into the world.
pub(super) fn put(world: &mut World, object: &Value) -> Result<(), BlueprintError> {
    let (version, kind, name) = (text(object, "/apiVersion"), text(object, "/kind"), text(object, "/metadata/name"));
    if version.is_empty() || kind.is_empty() || name.is_empty() {
        return Err(BlueprintError::Nameless(format!("{version} {kind} {name}")));
    }
    let known = KINDS.iter().find(|row| row.0 == kind);
    let (_, plural, namespaced) = known.ok_or_else(|| BlueprintError::Unknown(format!("{version} {kind}")))?;
    let mut object = object.clone();
    if !namespaced {
        crate::json::remove(&mut object, &["metadata", "namespace"]);
    } else if text(&object, "/metadata/namespace").is_empty() {
        set(&mut object, &["metadata", "namespace"], "default");
    }
    add(world, Resource::named(plural), object);
    Ok(())
}

/// Adds an object unless there is one of its name.
pub(super) fn add(world: &mut World, resource: Resource, mut object: Value) {
    let generated = !at(&object, "/spec").is_null() && resource != Resource::NODES;
    if generated && at(&object, "/metadata/generation").is_null() {
        set(&mut object, &["metadata", "generation"], 1);
    }
    if at(&object, "/metadata/creationTimestamp").is_null() {
        let since = settle::since(world.now());
        set(&mut object, &["metadata", "creationTimestamp"], time::seconds(since));
    }
    let now = world.now();
    // One that is there already was asked for, and is kept.
    let _kept = world.store.create(resource, object, now);
}

/// A namespace.
pub(super) fn add_namespace(world: &mut World, name: &str) {
    let labels = json!({ "kubernetes.io/metadata.name": name });
    let object = json!({
        "metadata": { "name": name, "labels": labels },
        "spec": { "finalizers": ["kubernetes"] },
        "status": { "phase": "Active" },
    });
    if world.store.get(&ObjectKey::new(Resource::NAMESPACES, "", name)).is_none() {
        add(world, Resource::NAMESPACES, object);
    }
}
