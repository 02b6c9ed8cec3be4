//! Kinds that make no pods.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{each, or, or_text};
use crate::json::{self, at, items, text};
use crate::world::World;

/// The first minor that writes the families of a Service's addresses.
const FAMILIES_SINCE: u16 = 20;

/// The first minor that writes how a Service's traffic inside the cluster goes.
const INTERNAL_TRAFFIC_SINCE: u16 = 22;

/// The first minor that labels namespaces with their names.
const NAME_LABEL_SINCE: u16 = 21;

pub(super) fn service(world: &mut World, minor: u16, value: &mut Value) {
    or_text(value, &["spec", "type"], "ClusterIP");
    or_text(value, &["spec", "sessionAffinity"], "None");
    for port in each(value, "/spec/ports") {
        or_text(port, &["protocol"], "TCP");
        let number = at(port, "/port").clone();
        or(port, &["targetPort"], number);
    }
    or(value, &["status", "loadBalancer"], json!({}));
    if text(value, "/spec/type") == "ExternalName" {
        return;
    }
    if text(value, "/spec/clusterIP").is_empty() {
        let (high, low) = (world.random.below(16), 2 + world.random.below(250));
        json::set(value, &["spec", "clusterIP"], format!("10.{}.{high}.{low}", 96 + world.random.below(16)));
    }
    if minor >= FAMILIES_SINCE {
        let address = at(value, "/spec/clusterIP").clone();
        or(value, &["spec", "clusterIPs"], json!([address]));
    }
    if minor > FAMILIES_SINCE {
        or(value, &["spec", "ipFamilies"], json!(["IPv4"]));
        or_text(value, &["spec", "ipFamilyPolicy"], "SingleStack");
    }
    if minor >= INTERNAL_TRAFFIC_SINCE {
        or_text(value, &["spec", "internalTrafficPolicy"], "Cluster");
    }
}

pub(super) fn namespace(minor: u16, value: &mut Value) {
    if at(value, "/metadata/deletionTimestamp").is_null() {
        or(value, &["spec", "finalizers"], json!(["kubernetes"]));
    }
    or_text(value, &["status", "phase"], "Active");
    if minor >= NAME_LABEL_SINCE {
        let name = text(value, "/metadata/name").to_owned();
        json::set(value, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
    }
}

/// A Node. What is new is not ready until its kubelet says so.
pub(super) fn node(value: &mut Value) {
    or(value, &["spec"], json!({}));
    or(value, &["status", "daemonEndpoints", "kubeletEndpoint", "Port"], 0);
    for field in [
        "architecture",
        "bootID",
        "containerRuntimeVersion",
        "kernelVersion",
        "kubeProxyVersion",
        "kubeletVersion",
        "machineID",
        "operatingSystem",
        "osImage",
        "systemUUID",
    ] {
        or(value, &["status", "nodeInfo", field], "");
    }
}

/// Marks a new Node as not ready, as admission does.
pub(crate) fn taint_new_node(value: &mut Value) {
    const KEY: &str = "node.kubernetes.io/not-ready";
    let mut taints: Vec<Value> = items(value, "/spec/taints").cloned().collect();
    if !taints.iter().any(|taint| text(taint, "/key") == KEY) {
        taints.push(json!({"key": KEY, "effect": "NoSchedule"}));
        json::set(value, &["spec", "taints"], taints);
    }
}

pub(super) fn secret(value: &mut Value) {
    or_text(value, &["type"], "Opaque");
    if let Some(Value::Object(plain)) = json::remove(value, &["stringData"]) {
        for (key, text) in plain {
            json::set(value, &["data", &key], STANDARD.encode(text.as_str().unwrap_or_default()));
        }
    }
}

pub(super) fn event(group: &str, value: &mut Value) {
    let object = json::object(value, &[]);
    object.entry("eventTime").or_insert(Value::Null);
    if group.is_empty() {
        object.entry("firstTimestamp").or_insert(Value::Null);
        object.entry("lastTimestamp").or_insert(Value::Null);
        object.entry("source").or_insert(json!({}));
        object.entry("reportingComponent").or_insert(json!(""));
        object.entry("reportingInstance").or_insert(json!(""));
    }
}

pub(super) fn claim(value: &mut Value) {
    or_text(value, &["spec", "volumeMode"], "Filesystem");
    or_text(value, &["status", "phase"], "Pending");
}

pub(super) fn volume(value: &mut Value) {
    or_text(value, &["spec", "persistentVolumeReclaimPolicy"], "Retain");
    or_text(value, &["spec", "volumeMode"], "Filesystem");
    or_text(value, &["status", "phase"], "Pending");
}

pub(super) fn budget(value: &mut Value) {
    or(value, &["spec"], json!({}));
    for count in ["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"] {
        or(value, &["status", count], 0);
    }
}

pub(super) fn storage_class(value: &mut Value) {
    or_text(value, &["reclaimPolicy"], "Delete");
    or_text(value, &["volumeBindingMode"], "Immediate");
}
