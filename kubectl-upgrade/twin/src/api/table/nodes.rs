//! Nodes.

use serde_json::Value;

use super::print::{AGE, Column, NAME, or};
use crate::json::{at, entries, items, text};

/// `kubectl get nodes`
pub(super) const NODES: &[Column] = &[
    NAME,
    Column::text("Status", |node, _| status(node).into()),
    Column::text("Roles", |node, _| roles(node).into()),
    AGE,
    Column::text("Version", |node, _| text(node, "/status/nodeInfo/kubeletVersion").into()),
    Column::text("Internal-IP", |node, _| address(node, "InternalIP").into()).wide(),
    Column::text("External-IP", |node, _| address(node, "ExternalIP").into()).wide(),
    Column::text("OS-Image", |node, _| or(node, "/status/nodeInfo/osImage", "<unknown>").into()).wide(),
    Column::text("Kernel-Version", |node, _| or(node, "/status/nodeInfo/kernelVersion", "<unknown>").into()).wide(),
    Column::text("Container-Runtime", |node, _| {
        or(node, "/status/nodeInfo/containerRuntimeVersion", "<unknown>").into()
    })
    .wide(),
];

fn status(node: &Value) -> String {
    let ready = items(node, "/status/conditions").find(|condition| text(condition, "/type") == "Ready");
    let mut status = match ready {
        None => "Unknown",
        Some(ready) if text(ready, "/status") == "True" => "Ready",
        Some(_) => "NotReady",
    }
    .to_owned();
    if at(node, "/spec/unschedulable") == &Value::Bool(true) {
        status.push_str(",SchedulingDisabled");
    }
    status
}

fn roles(node: &Value) -> String {
    let mut roles: Vec<&str> = entries(node, "/metadata/labels")
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (key == "kubernetes.io/role").then(|| value.as_str().unwrap_or_default()),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }
}

fn address<'a>(node: &'a Value, kind: &str) -> &'a str {
    let address = items(node, "/status/addresses").find(|address| text(address, "/type") == kind);
    address.map_or("<none>", |address| text(address, "/address"))
}
