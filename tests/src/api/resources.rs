//! The resources of the built-in groups that the fixtures use, and those that a fixture's CustomResourceDefinitions add.

use serde_json::{Value, json};

use super::fixture::Fixture;

/// A resource of one group and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) namespaced: bool,
}

/// Group and version, kind, plural, namespaced.
const BUILT_IN: &[(&str, &str, &str, bool)] = &[
    ("v1", "ConfigMap", "configmaps", true),
    ("v1", "Endpoints", "endpoints", true),
    ("v1", "Event", "events", true),
    ("v1", "Namespace", "namespaces", false),
    ("v1", "Node", "nodes", false),
    ("v1", "PersistentVolume", "persistentvolumes", false),
    ("v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
    ("v1", "Pod", "pods", true),
    ("v1", "ReplicationController", "replicationcontrollers", true),
    ("v1", "Secret", "secrets", true),
    ("v1", "Service", "services", true),
    ("v1", "ServiceAccount", "serviceaccounts", true),
    ("apps/v1", "ControllerRevision", "controllerrevisions", true),
    ("apps/v1", "DaemonSet", "daemonsets", true),
    ("apps/v1", "Deployment", "deployments", true),
    ("apps/v1", "ReplicaSet", "replicasets", true),
    ("apps/v1", "StatefulSet", "statefulsets", true),
    ("batch/v1", "Job", "jobs", true),
    ("coordination.k8s.io/v1", "Lease", "leases", true),
    ("coordination.k8s.io/v1beta1", "Lease", "leases", true),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", true),
    ("policy/v1beta1", "PodDisruptionBudget", "poddisruptionbudgets", true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "customresourcedefinitions", false),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false),
    ("apiregistration.k8s.io/v1", "APIService", "apiservices", false),
    ("storage.k8s.io/v1", "StorageClass", "storageclasses", false),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false),
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
];

/// The resources that the fixture's server serves under one group and version.
pub(super) fn served(fixture: &Fixture, group_version: &str) -> Vec<Resource> {
    if !fixture.serves(group_version) {
        return Vec::new();
    }
    let built_in = BUILT_IN.iter().filter(|(served, ..)| *served == group_version);
    let built_in = built_in.map(|(_, kind, plural, namespaced)| Resource {
        kind: (*kind).to_owned(),
        plural: (*plural).to_owned(),
        namespaced: *namespaced,
    });
    let custom = fixture.objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
    built_in.chain(custom.filter_map(|definition| defined(definition, group_version))).collect()
}

/// What a CustomResourceDefinition adds to that group and version.
fn defined(definition: &Value, group_version: &str) -> Option<Resource> {
    let spec = &definition["spec"];
    let (group, version) = group_version.split_once('/')?;
    let versions = spec["versions"].as_array()?;
    let is_served =
        spec["group"] == group && versions.iter().any(|one| one["name"] == version && one["served"] == true);
    is_served.then(|| Resource {
        kind: spec["names"]["kind"].as_str().unwrap_or_default().to_owned(),
        plural: spec["names"]["plural"].as_str().unwrap_or_default().to_owned(),
        namespaced: spec["scope"] == "Namespaced",
    })
}

/// The answer to `GET /api` or `GET /apis`.
pub(super) fn groups(fixture: &Fixture) -> Value {
    let mut groups: Vec<Value> = Vec::new();
    for (group, version) in fixture.served.iter().filter_map(|served| served.split_once('/')) {
        let entry = json!({"groupVersion": format!("{group}/{version}"), "version": version});
        match groups.iter_mut().find(|known| known["name"] == group) {
            Some(known) => known["versions"].as_array_mut().expect("made below").push(entry),
            None => groups.push(json!({"name": group, "versions": [entry.clone()], "preferredVersion": entry})),
        }
    }
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// The answer to `GET /api/v1` or `GET /apis/GROUP/VERSION`.
pub(super) fn resource_list(resources: &[Resource], group_version: &str) -> Value {
    let resources: Vec<_> = resources
        .iter()
        .map(|resource| {
            json!({
                "name": resource.plural,
                "singularName": resource.kind.to_lowercase(),
                "kind": resource.kind,
                "namespaced": resource.namespaced,
                "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
            })
        })
        .collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}
