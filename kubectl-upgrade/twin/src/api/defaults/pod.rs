//! Pods and the templates of pods.

use serde_json::{Map, Value, json};

use super::{each, or, or_text};
use crate::json::{self, at, items, text};
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// The first minor that knows pods that preempt no one.
const PREEMPTION_SINCE: u16 = 15;

/// The first minor that fills in service links.
const SERVICE_LINKS_SINCE: u16 = 13;

/// A pod, with what admission adds.
pub(super) fn pod(world: &World, minor: u16, pod: &mut Value) {
    spec(pod, "/spec");
    if minor >= SERVICE_LINKS_SINCE {
        or(pod, &["spec", "enableServiceLinks"], true);
    }
    or_text(pod, &["spec", "serviceAccountName"], "default");
    let account = text(pod, "/spec/serviceAccountName").to_owned();
    or_text(pod, &["spec", "serviceAccount"], &account);
    for container in each(pod, "/spec/containers") {
        requests(container);
    }
    priority(world, minor, pod);
    tolerate(pod, "node.kubernetes.io/not-ready");
    tolerate(pod, "node.kubernetes.io/unreachable");
    or(pod, &["status", "phase"], "Pending");
    let class = class(pod);
    or_text(pod, &["status", "qosClass"], class);
}

/// The template of a workload.
pub(super) fn template(minor: u16, workload: &mut Value) {
    if minor < 34 {
        // Times that are not set were written as null.
        let metadata = json::object(workload, &["spec", "template", "metadata"]);
        metadata.entry("creationTimestamp").or_insert(Value::Null);
    }
    spec(workload, "/spec/template/spec");
}

fn spec(value: &mut Value, pointer: &str) {
    let Some(spec) = value.pointer_mut(pointer).filter(|spec| spec.is_object()) else { return };
    or_text(spec, &["restartPolicy"], "Always");
    or(spec, &["terminationGracePeriodSeconds"], 30);
    or_text(spec, &["dnsPolicy"], "ClusterFirst");
    or(spec, &["securityContext"], json!({}));
    or_text(spec, &["schedulerName"], "default-scheduler");
    let host_network = at(spec, "/hostNetwork") == &json!(true);
    for list in ["/initContainers", "/containers"] {
        each(spec, list).for_each(|one| container(one, host_network));
    }
    each(spec, "/volumes").for_each(volume);
}

fn container(container: &mut Value, host_network: bool) {
    or(container, &["resources"], json!({}));
    or_text(container, &["terminationMessagePath"], "/dev/termination-log");
    or_text(container, &["terminationMessagePolicy"], "File");
    let image = text(container, "/image");
    let tag = image.rsplit('/').next().unwrap_or_default().split_once(':').map_or("latest", |(_, tag)| tag);
    let policy = if tag == "latest" && !image.contains('@') { "Always" } else { "IfNotPresent" };
    or_text(container, &["imagePullPolicy"], policy);
    for port in each(container, "/ports") {
        or_text(port, &["protocol"], "TCP");
        if let (true, Some(number)) = (host_network, at(port, "/containerPort").as_i64()) {
            or(port, &["hostPort"], number);
        }
    }
    for variable in each(container, "/env") {
        if variable.pointer("/valueFrom/fieldRef").is_some() {
            or_text(variable, &["valueFrom", "fieldRef", "apiVersion"], "v1");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(probe).is_some_and(Value::is_object) {
            let set = |container: &mut Value, field, to: i64| or(container, &[probe, field], to);
            set(container, "timeoutSeconds", 1);
            set(container, "periodSeconds", 10);
            set(container, "successThreshold", 1);
            set(container, "failureThreshold", 3);
            if container.pointer(&format!("/{probe}/httpGet")).is_some() {
                or_text(container, &[probe, "httpGet", "path"], "/");
                or_text(container, &[probe, "httpGet", "scheme"], "HTTP");
            }
        }
    }
}

fn volume(volume: &mut Value) {
    for kind in ["configMap", "secret", "projected", "downwardAPI"] {
        if volume.get(kind).is_some_and(Value::is_object) {
            or(volume, &[kind, "defaultMode"], 420);
        }
    }
    if volume.get("hostPath").is_some_and(Value::is_object) {
        or(volume, &["hostPath", "type"], "");
    }
}

/// Limits are requests where none are made.
fn requests(container: &mut Value) {
    let limits: Vec<(String, Value)> =
        json::entries(container, "/resources/limits").map(|(name, limit)| (name.clone(), limit.clone())).collect();
    for (name, limit) in limits {
        or(container, &["resources", "requests", &name], limit);
    }
}

fn priority(world: &World, minor: u16, pod: &mut Value) {
    let (value, policy) = match text(pod, "/spec/priorityClassName") {
        "" => (0, String::new()),
        "system-cluster-critical" => (2_000_000_000, String::new()),
        "system-node-critical" => (2_000_001_000, String::new()),
        name => {
            let key = ObjectKey::new(Resource::named("priorityclasses"), "", name);
            let class = world.store.value(&key).unwrap_or_default();
            (at(&class, "/value").as_i64().unwrap_or_default(), text(&class, "/preemptionPolicy").to_owned())
        }
    };
    or(pod, &["spec", "priority"], value);
    if minor >= PREEMPTION_SINCE {
        or_text(pod, &["spec", "preemptionPolicy"], if policy.is_empty() { "PreemptLowerPriority" } else { &policy });
    }
}

/// Lets a pod stay five minutes on a node that is away, where it says nothing of that itself.
fn tolerate(pod: &mut Value, key: &str) {
    let tolerated = items(pod, "/spec/tolerations").any(|toleration| {
        let effect = text(toleration, "/effect");
        (effect.is_empty() || effect == "NoExecute") && [key, ""].contains(&text(toleration, "/key"))
    });
    if tolerated {
        return;
    }
    let toleration = json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
    let spec = json::object(pod, &["spec"]);
    match spec.entry("tolerations").or_insert(json!([])).as_array_mut() {
        Some(list) => list.push(toleration),
        None => drop(spec.insert("tolerations".to_owned(), json!([toleration]))),
    }
}

/// The class of service that its requests and limits put a pod into.
fn class(pod: &Value) -> &'static str {
    let containers: Vec<&Value> = items(pod, "/spec/containers").chain(items(pod, "/spec/initContainers")).collect();
    let part = |container: &Value, pointer: &str| -> Map<String, Value> {
        let entries = json::entries(container, pointer).filter(|(name, _)| ["cpu", "memory"].contains(&name.as_str()));
        entries.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let none = |container: &&Value| {
        part(container, "/resources/limits").is_empty() && part(container, "/resources/requests").is_empty()
    };
    let full = |container: &&Value| {
        let limits = part(container, "/resources/limits");
        limits.len() == 2 && limits == part(container, "/resources/requests")
    };
    if containers.iter().all(none) {
        "BestEffort"
    } else if containers.iter().all(full) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
