//! Field selectors: which fields each resource can be selected by, and what they are.

use std::borrow::Cow;

use serde_json::Value;

use crate::api::catalogue::Entry;
use crate::api::refusal::Refusal;
use crate::json;
use crate::store::{Object, Resource};

/// What one field must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldTerm {
    field: Field,
    value: String,
    equal: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Namespace,
    Node,
    Phase,
    Unschedulable,
    /// At that JSON pointer.
    At(String),
}

impl FieldTerm {
    pub(super) fn name(name: &str) -> Self {
        Self { field: Field::Name, value: name.to_owned(), equal: true }
    }

    pub(super) fn matches(&self, object: &Object) -> bool {
        (self.field.of(object) == self.value) == self.equal
    }
}

impl Field {
    fn of<'o>(&self, object: &'o Object) -> Cow<'o, str> {
        match self {
            Self::Name => Cow::Borrowed(&object.key.name),
            Self::Namespace => Cow::Borrowed(&object.key.namespace),
            Self::Node => Cow::Borrowed(object.summary.node.as_deref().unwrap_or_default()),
            Self::Phase => Cow::Borrowed(&object.summary.phase),
            Self::Unschedulable => Cow::Borrowed(if object.summary.unschedulable { "true" } else { "false" }),
            Self::At(pointer) => Cow::Owned(match json::at(&object.value(), pointer) {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            }),
        }
    }

    fn named(name: &str, resource: Resource) -> Option<Self> {
        match name {
            "metadata.name" => return Some(Self::Name),
            "metadata.namespace" => return Some(Self::Namespace),
            _ => {}
        }
        if !further(resource).contains(&name) {
            return None;
        }
        Some(match name {
            "spec.nodeName" if resource == Resource::PODS => Self::Node,
            "status.phase" => Self::Phase,
            "spec.unschedulable" => Self::Unschedulable,
            "name" => Self::Name,
            other => Self::At(format!("/{}", other.replace('.', "/"))),
        })
    }
}

/// The fields that objects of a resource can be selected by beside name and namespace.
fn further(resource: Resource) -> &'static [&'static str] {
    match resource.plural() {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "nodes" => &["spec.unschedulable"],
        "namespaces" => &["status.phase", "name"],
        "secrets" => &["type"],
        "replicationcontrollers" | "replicasets" => &["status.replicas"],
        "jobs" => &["status.successful"],
        "services" => &["spec.clusterIP", "spec.type"],
        "certificatesigningrequests" => &["spec.signerName"],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        _ => &[],
    }
}

/// Reads the text of a query.
pub(super) fn parse(text: &str, entry: &Entry) -> Result<Vec<FieldTerm>, Refusal> {
    let terms = text.split(',').map(str::trim).filter(|term| !term.is_empty());
    terms.map(|term| parse_term(term, text, entry)).collect()
}

fn parse_term(term: &str, whole: &str, entry: &Entry) -> Result<FieldTerm, Refusal> {
    let (name, value, equal) = if let Some((name, value)) = term.split_once("!=") {
        (name, value, false)
    } else if let Some((name, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        (name, value, true)
    } else {
        return Err(Refusal::bad_request(format!("invalid selector: '{whole}'; can't understand '{term}'")));
    };
    let field = Field::named(name, entry.resource).ok_or_else(|| unsupported(name, entry))?;
    Ok(FieldTerm { field, value: value.replace('\\', ""), equal })
}

fn unsupported(name: &str, entry: &Entry) -> Refusal {
    // Kinds with fields of their own say it in other words.
    Refusal::bad_request(if further(entry.resource).is_empty() {
        format!("{name:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    } else {
        format!("field label not supported: {name}")
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::api::catalogue;
    use crate::store::Store;

    #[test]
    fn fields_select_what_they_name() {
        let mut store = Store::default();
        let pod = json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"nodeName": "w1", "hostNetwork": true}, "status": {"phase": "Running"}});
        let pod = store.create(Resource::PODS, pod, Timestamp::UNIX_EPOCH).unwrap();
        let entry = catalogue::find(30, "", "v1", "pods", None).unwrap();
        let selects = |text: &str| parse(text, entry).unwrap().iter().all(|term| term.matches(&pod));
        assert!(selects("metadata.name=web,spec.nodeName==w1,status.phase!=Failed,spec.hostNetwork=true"));
        assert!(!selects("spec.nodeName=w2") && !selects("metadata.namespace!=shop"));
        assert!(parse("spec.unschedulable=true", entry).is_err() && parse("web", entry).is_err());
    }
}
