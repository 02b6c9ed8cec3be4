//! Pods and the templates of pods.

use serde_json::{Value, json};

use crate::api::refusal::Cause;
use crate::json::{self, at, items, text};

/// The first minor that lets a negative grace period of a pod be made 1.
const GRACE_SINCE: u16 = 22;

/// What is wrong with the spec of a pod at a path such as `spec` or `spec.template.spec`.
pub(super) fn spec(spec: &Value, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    if items(spec, "/containers").next().is_none() {
        causes.push(Cause::required(&format!("{path}.containers"), ""));
    }
    for (index, container) in items(spec, "/containers").enumerate() {
        for field in ["name", "image"] {
            if text(container, &format!("/{field}")).is_empty() {
                causes.push(Cause::required(&format!("{path}.containers[{index}].{field}"), ""));
            }
        }
    }
    causes
}

/// What of a pod may not change and did.
pub(super) fn changed(minor: u16, old: &Value, new: &Value) -> Option<Cause> {
    if fixed(old) == fixed(new) {
        return None;
    }
    let grace = if minor >= GRACE_SINCE {
        ",`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
    } else {
        ""
    };
    let or = if minor >= GRACE_SINCE { "," } else { " or " };
    let why = format!(
        "pod updates may not change fields other than `spec.containers[*].image`{}`spec.initContainers[*].image`{}\
         `spec.activeDeadlineSeconds`{or}`spec.tolerations` (only additions to existing tolerations){grace}\n  core.PodSpec{{…}}\n",
        if minor >= GRACE_SINCE { "," } else { ", " },
        if minor >= GRACE_SINCE { "," } else { ", " },
    );
    Some(Cause::forbidden("spec", &why))
}

fn fixed(pod: &Value) -> Value {
    let mut spec = at(pod, "/spec").clone();
    for list in ["/containers", "/initContainers"] {
        for container in spec.pointer_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            json::set(container, &["image"], json!(null));
            json::remove(container, &["resources"]);
        }
    }
    for field in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers"] {
        json::remove(&mut spec, &[field]);
    }
    // Gates of scheduling only ever go.
    json::remove(&mut spec, &["schedulingGates"]);
    spec
}
