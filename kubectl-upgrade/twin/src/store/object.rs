//! One object: its text, and what is asked of it often.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::resource::Resource;
use crate::json::{self, at, text};

/// What names an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its resource.
    pub resource: Resource,
    /// Its namespace; empty for what has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An object as it was at one version.
#[derive(Clone, Debug)]
pub struct Object {
    /// What names it.
    pub key: ObjectKey,
    /// Its resource version.
    pub version: u64,
    /// Its JSON, without `apiVersion` and `kind`: those depend on who asks.
    pub body: Arc<str>,
    /// What is asked of it often.
    pub summary: Summary,
}

/// What selectors, controllers and the scheduler ask of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Its UID.
    pub uid: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its controller.
    pub owner: Option<Owner>,
    /// Whether it has a deletion timestamp.
    pub deleting: bool,
    /// The node a pod is bound to.
    pub node: Option<String>,
    /// The phase of a pod or namespace.
    pub phase: String,
    /// Whether its condition `Ready` is true.
    pub ready: bool,
    /// Whether a node is cordoned.
    pub unschedulable: bool,
    /// What a pod asks for.
    pub requests: Requests,
}

/// The resources that a pod asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Thousandths of a CPU.
    pub cpu_milli: u64,
    /// Bytes of memory.
    pub memory: u64,
}

/// The controller of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

impl ObjectKey {
    /// A key.
    #[must_use]
    pub fn new(resource: Resource, namespace: &str, name: &str) -> Self {
        Self { resource, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The key of an object.
    #[must_use]
    pub fn of(resource: Resource, value: &Value) -> Self {
        Self::new(resource, text(value, "/metadata/namespace"), text(value, "/metadata/name"))
    }

    /// Less than every key of the resource, or of the namespace.
    pub(super) fn first(resource: Resource, namespace: Option<&str>) -> Self {
        Self::new(resource, namespace.unwrap_or_default(), "")
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        write!(f, "{} {}{slash}{}", self.resource, self.namespace, self.name)
    }
}

impl Object {
    pub(super) fn new(key: ObjectKey, mut value: Value, version: u64) -> Self {
        if let Some(object) = value.as_object_mut() {
            object.remove("apiVersion");
            object.remove("kind");
        }
        json::set(&mut value, &["metadata", "resourceVersion"], version.to_string());
        let summary = Summary::of(key.resource, &value);
        Self { key, version, body: value.to_string().into(), summary }
    }

    /// As it would be, were it kept: with the resource version it has, or with none.
    pub(super) fn draft(key: ObjectKey, value: Value) -> Self {
        let version = text(&value, "/metadata/resourceVersion").parse().unwrap_or_default();
        let mut draft = Self::new(key, value, version);
        if version == 0 {
            let mut value = draft.value();
            json::remove(&mut value, &["metadata", "resourceVersion"]);
            draft.body = value.to_string().into();
        }
        draft
    }

    /// Whether it is a pod that has ended by itself.
    #[must_use]
    pub fn ended(&self) -> bool {
        matches!(self.summary.phase.as_str(), "Succeeded" | "Failed")
    }

    /// It, parsed; without `apiVersion` and `kind`.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Summary {
    pub(super) fn of(resource: Resource, value: &Value) -> Self {
        let node = text(value, "/spec/nodeName");
        let label = |(key, value): (&String, &Value)| (key.clone(), value.as_str().unwrap_or_default().to_owned());
        Self {
            uid: text(value, "/metadata/uid").to_owned(),
            labels: json::entries(value, "/metadata/labels").map(label).collect(),
            owner: owner(value),
            deleting: !at(value, "/metadata/deletionTimestamp").is_null(),
            node: (resource == Resource::PODS && !node.is_empty()).then(|| node.to_owned()),
            phase: text(value, "/status/phase").to_owned(),
            ready: ready(value),
            unschedulable: at(value, "/spec/unschedulable").as_bool().unwrap_or_default(),
            requests: match resource == Resource::PODS {
                true => crate::quantity::requests(value),
                false => Requests::default(),
            },
        }
    }
}

fn owner(value: &Value) -> Option<Owner> {
    let mut owners = json::items(value, "/metadata/ownerReferences");
    let owner = owners.find(|owner| *at(owner, "/controller") == Value::Bool(true))?;
    let text = |field: &str| text(owner, field).to_owned();
    Some(Owner { kind: text("/kind"), name: text("/name"), uid: text("/uid") })
}

fn ready(value: &Value) -> bool {
    json::items(value, "/status/conditions")
        .any(|condition| text(condition, "/type") == "Ready" && text(condition, "/status") == "True")
}

/// Whether two objects are the same but for their resource version.
pub(super) fn same(before: &Value, after: &Value) -> bool {
    let metadata = |value| json::at(value, "/metadata");
    same_but(before, after, &["apiVersion", "kind", "metadata"])
        && same_but(metadata(before), metadata(after), &["resourceVersion"])
}

/// Whether two values are the same, or two maps that are the same but for these keys.
fn same_but(before: &Value, after: &Value, keys: &[&str]) -> bool {
    let (Some(one), Some(other)) = (before.as_object(), after.as_object()) else { return before == after };
    let counted = |map: &Map<String, Value>| map.keys().filter(|key| !keys.contains(&key.as_str())).count();
    counted(one) == counted(other)
        && one.iter().all(|(key, value)| keys.contains(&key.as_str()) || other.get(key) == Some(value))
}

/// Fills in what the API server gives every new object, where it is missing.
pub(super) fn complete(value: &mut Value, number: u64, now: Timestamp) {
    if text(value, "/metadata/uid").is_empty() {
        json::set(value, &["metadata", "uid"], uid(number));
    }
    if at(value, "/metadata/creationTimestamp").is_null() {
        let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        json::set(value, &["metadata", "creationTimestamp"], time);
    }
}

/// A UID in the usual form; the same number gives the same one.
pub(super) fn uid(number: u64) -> String {
    // Spread over the digits, as people and tools cut UIDs short.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ number;
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        spread >> 32,
        (spread >> 16) & 0xffff,
        spread & 0xfff,
        number >> 48,
        number & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_resource_version_and_the_type_may_differ() {
        let pod =
            || json!({"kind": "Pod", "metadata": {"name": "a", "resourceVersion": "1"}, "spec": {"nodeName": "w1"}});
        let changed = |keys: &[&str], to: Value| {
            let mut pod = pod();
            json::set(&mut pod, keys, to);
            pod
        };
        assert!(same(&pod(), &changed(&["metadata", "resourceVersion"], json!("2"))));
        assert!(same(&pod(), &changed(&["apiVersion"], json!("v1"))));
        for (keys, to) in [
            (["metadata", "name"], json!("b")),
            (["metadata", "labels"], json!({})),
            (["spec", "nodeName"], json!("w2")),
            (["status", "phase"], json!("Running")),
        ] {
            assert!(!same(&pod(), &changed(&keys, to.clone())), "{keys:?}");
            assert!(!same(&changed(&keys, to), &pod()), "{keys:?}");
        }
        assert!(!same(&pod(), &json!({"kind": "Pod", "spec": {"nodeName": "w1"}})));
    }
}
