//! The contents of kinds.

use serde_json::Value;

use super::{pod, time};
use crate::api::catalogue::Entry;
use crate::api::refusal::{Cause, Refusal};
use crate::json::{at, entries, items, text};
use crate::selector::Selector;
use crate::store::Resource;

/// The first minor whose servers read JSON themselves; what they could not read was said in other words before.
const OWN_READER_SINCE: u16 = 23;

/// Checks what could not even be read as an object of its kind.
pub(crate) fn readable(entry: &Entry, minor: u16, value: &Value) -> Result<(), Refusal> {
    if entry.resource != Resource::LEASES {
        return Ok(());
    }
    for field in ["acquireTime", "renewTime"] {
        let text = text(value, &format!("/spec/{field}"));
        let Some(why) = time::unreadable(text).filter(|_| !text.is_empty()) else { continue };
        let (version, kind) = (entry.version, entry.kind);
        let place = match (minor < OWN_READER_SINCE, field) {
            (true, "acquireTime") => {
                format!("{version}.Lease.Spec: {version}.LeaseSpec.AcquireTime: unmarshalerDecoder: ")
            }
            (true, _) => format!("{version}.Lease.Spec: {version}.LeaseSpec.RenewTime: unmarshalerDecoder: "),
            (false, _) => String::new(),
        };
        let end = if minor < OWN_READER_SINCE { ", error found in #10 byte of ..." } else { "" };
        return Err(Refusal::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {kind}: {place}{why}{end}"
        )));
    }
    Ok(())
}

/// What is wrong with an object of its kind.
pub(super) fn content(entry: &Entry, value: &Value) -> Vec<Cause> {
    match entry.resource.plural() {
        "pods" => pod::spec(at(value, "/spec"), "spec"),
        "deployments" | "replicasets" | "statefulsets" | "daemonsets" => workload(value),
        "leases" => lease(value),
        "nodes" => taints(value),
        "configmaps" => keys(value),
        "poddisruptionbudgets" => budget(value),
        _ => Vec::new(),
    }
}

/// What of an object may not change and did.
pub(super) fn immutable(entry: &Entry, old: &Value, new: &Value) -> Vec<Cause> {
    let fields: &[&str] = match entry.resource.plural() {
        "deployments" | "replicasets" | "daemonsets" if entry.version == "v1" => &["selector"],
        _ => &[],
    };
    let changed =
        fields.iter().filter(|field| at(old, &format!("/spec/{field}")) != at(new, &format!("/spec/{field}")));
    changed
        .map(|field| Cause::invalid(&format!("spec.{field}"), at(new, &format!("/spec/{field}")), "field is immutable"))
        .collect()
}

fn workload(value: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let replicas = at(value, "/spec/replicas");
    if replicas.as_i64().is_some_and(|replicas| replicas < 0) {
        causes.push(Cause::invalid("spec.replicas", replicas, "must be greater than or equal to 0"));
    }
    let selector = at(value, "/spec/selector");
    if selector.is_null() {
        causes.push(Cause::required("spec.selector", ""));
    }
    let template = at(value, "/spec/template");
    let label = |(key, value): (&String, &Value)| (key.clone(), value.as_str().unwrap_or_default().to_owned());
    let labels = entries(template, "/metadata/labels").map(label).collect();
    if Selector::read(selector).is_some_and(|selector| !selector.matches(&labels)) {
        let shown: Vec<String> = labels.iter().map(|(key, value)| format!("{key:?}:{value:?}")).collect();
        causes.push(Cause {
            reason: "FieldValueInvalid",
            message: format!(
                "Invalid value: map[string]string{{{}}}: `selector` does not match template `labels`",
                shown.join(", ")
            ),
            field: "spec.template.metadata.labels".to_owned(),
        });
    }
    causes.extend(pod::spec(at(template, "/spec"), "spec.template.spec"));
    causes
}

fn lease(value: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let duration = at(value, "/spec/leaseDurationSeconds");
    if duration.as_i64().is_some_and(|seconds| seconds <= 0) {
        causes.push(Cause::invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"));
    }
    let transitions = at(value, "/spec/leaseTransitions");
    if transitions.as_i64().is_some_and(|count| count < 0) {
        causes.push(Cause::invalid("spec.leaseTransitions", transitions, "must to greater or equal than 0"));
    }
    causes
}

fn taints(value: &Value) -> Vec<Cause> {
    const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
    let wrong =
        items(value, "/spec/taints").enumerate().filter(|(_, taint)| !EFFECTS.contains(&text(taint, "/effect")));
    wrong
        .map(|(index, taint)| {
            Cause::not_supported(&format!("metadata.taints[{index}].effect"), text(taint, "/effect"), EFFECTS)
        })
        .collect()
}

fn keys(value: &Value) -> Vec<Cause> {
    let right =
        |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  \
               or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    let wrong = entries(value, "/data").filter(|(key, _)| !right(key));
    wrong.map(|(key, _)| Cause::invalid(&format!("data[{key}]"), &key.clone().into(), why)).collect()
}

fn budget(value: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let (least, most) = (at(value, "/spec/minAvailable"), at(value, "/spec/maxUnavailable"));
    if !least.is_null() && !most.is_null() {
        let why = "minAvailable and maxUnavailable cannot be both set";
        causes.push(dumped("spec", "policy.PodDisruptionBudgetSpec", at(value, "/spec"), why));
    }
    for (field, bound) in [("spec.minAvailable", least), ("spec.maxUnavailable", most)] {
        let percent = bound.as_str().and_then(|text| text.strip_suffix('%')).and_then(|text| text.parse::<u32>().ok());
        if percent.is_some_and(|percent| percent > 100) {
            causes.push(dumped(field, "intstr.IntOrString", bound, "must not be greater than 100%"));
        }
        if bound.as_i64().is_some_and(|count| count < 0) {
            causes.push(Cause::invalid(field, bound, "must be greater than or equal to 0"));
        }
    }
    causes
}

/// A cause that shows a value as the program has it, not as the client sent it.
fn dumped(field: &str, of: &str, value: &Value, why: &str) -> Cause {
    let message = format!("Invalid value: {of}{{{value}}}: {why}");
    Cause { reason: "FieldValueInvalid", message, field: field.to_owned() }
}
