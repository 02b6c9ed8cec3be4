//! Pods.

use serde_json::Value;

use super::print::{AGE, Column, Context, NAME, number, or, since};
use crate::json::{at, items, text};

/// `kubectl get pods`
pub(super) const PODS: &[Column] = &[
    NAME,
    Column::text("Ready", |pod, _| ready(pod).into()),
    Column::text("Status", |pod, _| status(pod).into()),
    Column::text("Restarts", |pod, context| restarts(pod, context).into()),
    AGE,
    Column::text("IP", |pod, _| or(pod, "/status/podIP", "<none>").into()).wide(),
    Column::text("Node", |pod, _| or(pod, "/spec/nodeName", "<none>").into()).wide(),
    Column::text("Nominated Node", |pod, _| or(pod, "/status/nominatedNodeName", "<none>").into()).wide(),
    Column::text("Readiness Gates", |pod, _| gates(pod).into()).wide(),
];

fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true)
}

/// An init container that keeps running counts as a container.
fn sidecars(pod: &Value) -> Vec<&str> {
    let init = items(pod, "/spec/initContainers");
    init.filter(|container| text(container, "/restartPolicy") == "Always").map(|one| text(one, "/name")).collect()
}

fn ready(pod: &Value) -> String {
    let sidecars = sidecars(pod);
    let total = items(pod, "/spec/containers").count() + sidecars.len();
    let main = items(pod, "/status/containerStatuses")
        .filter(|status| is_true(at(status, "/ready")) && !at(status, "/state/running").is_null());
    let init = items(pod, "/status/initContainerStatuses")
        .filter(|status| sidecars.contains(&text(status, "/name")) && is_true(at(status, "/ready")));
    format!("{}/{total}", main.count() + init.count())
}

fn status(pod: &Value) -> String {
    let phase = text(pod, "/status/phase");
    let given = or(pod, "/status/reason", phase);
    let reason = initializing(pod).unwrap_or_else(|| running(pod, given));
    if at(pod, "/metadata/deletionTimestamp").is_null() {
        return reason;
    }
    match (text(pod, "/status/reason"), phase) {
        ("NodeLost", _) => "Unknown".to_owned(),
        (_, "Succeeded" | "Failed") => reason,
        _ => "Terminating".to_owned(),
    }
}

/// How far the init containers are; none when they are done.
fn initializing(pod: &Value) -> Option<String> {
    let (sidecars, total) = (sidecars(pod), items(pod, "/spec/initContainers").count());
    for (index, status) in items(pod, "/status/initContainerStatuses").enumerate() {
        let terminated = at(status, "/state/terminated");
        let started = sidecars.contains(&text(status, "/name")) && is_true(at(status, "/started"));
        if started || (!terminated.is_null() && number(terminated, "/exitCode") == 0) {
            continue;
        }
        let waiting = text(status, "/state/waiting/reason");
        return Some(match () {
            () if !terminated.is_null() => format!("Init:{}", end(terminated)),
            () if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
            () => format!("Init:{index}/{total}"),
        });
    }
    None
}

fn running(pod: &Value, given: &str) -> String {
    let mut reason = given.to_owned();
    let mut has_running = false;
    let statuses: Vec<&Value> = items(pod, "/status/containerStatuses").collect();
    for status in statuses.into_iter().rev() {
        let (waiting, terminated) = (text(status, "/state/waiting/reason"), at(status, "/state/terminated"));
        if !waiting.is_empty() {
            waiting.clone_into(&mut reason);
        } else if !terminated.is_null() {
            reason = end(terminated);
        } else if is_true(at(status, "/ready")) && !at(status, "/state/running").is_null() {
            has_running = true;
        }
    }
    if reason == "Completed" && has_running {
        let ready = items(pod, "/status/conditions")
            .any(|condition| text(condition, "/type") == "Ready" && text(condition, "/status") == "True");
        return if ready { "Running" } else { "NotReady" }.to_owned();
    }
    reason
}

/// How a container ended.
fn end(terminated: &Value) -> String {
    let (reason, signal) = (text(terminated, "/reason"), number(terminated, "/signal"));
    match (reason, signal) {
        ("", 0) => format!("ExitCode:{}", number(terminated, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn restarts(pod: &Value, context: Context) -> String {
    let statuses: Vec<&Value> = items(pod, "/status/containerStatuses").collect();
    let total: i64 = statuses.iter().map(|status| number(status, "/restartCount")).sum();
    let last = statuses.iter().map(|status| at(status, "/lastState/terminated/finishedAt"));
    let last = last.filter(|time| time.is_string()).max_by_key(|time| time.as_str());
    match last {
        // CHANGELOG-1.22: the time of the last restart is shown.
        Some(last) if total > 0 && context.minor >= 22 => format!("{total} ({} ago)", since(last, context)),
        _ => total.to_string(),
    }
}

fn gates(pod: &Value) -> String {
    let gates: Vec<&str> = items(pod, "/spec/readinessGates").map(|gate| text(gate, "/conditionType")).collect();
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let met = gates.iter().filter(|gate| {
        items(pod, "/status/conditions").any(|one| text(one, "/type") == **gate && text(one, "/status") == "True")
    });
    format!("{}/{}", met.count(), gates.len())
}
