//! The objects of the named clusters.

use serde_json::{Value, json};

/// What a budget asks for.
#[derive(Clone, Copy)]
pub(super) enum Budget {
    MinAvailable(&'static str),
    MaxUnavailable(&'static str),
}

pub(super) fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}})
}

pub(super) fn deployment(namespace: &str, name: &str, replicas: u32, image: &str) -> Value {
    let spec = json!({"replicas": replicas, "selector": selector(name), "template": template(name, image)});
    object("Deployment", namespace, name, spec)
}

pub(super) fn stateful_set(namespace: &str, name: &str, replicas: u32, image: &str) -> Value {
    let spec = json!({"replicas": replicas, "serviceName": name, "selector": selector(name), "template": template(name, image)});
    object("StatefulSet", namespace, name, spec)
}

/// On every node, whatever its taints.
pub(super) fn daemon_set(namespace: &str, name: &str, image: &str) -> Value {
    let mut template = template(name, image);
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("hostNetwork".to_owned(), json!(true));
        spec.insert("tolerations".to_owned(), json!([{"operator": "Exists"}]));
    }
    object("DaemonSet", namespace, name, json!({"selector": selector(name), "template": template}))
}

pub(super) fn budget(api_version: &str, namespace: &str, name: &str, budget: Budget) -> Value {
    let (field, amount) = match budget {
        Budget::MinAvailable(amount) => ("minAvailable", amount),
        Budget::MaxUnavailable(amount) => ("maxUnavailable", amount),
    };
    let amount = amount.parse::<u32>().map_or_else(|_| json!(amount), |count| json!(count));
    json!({
        "apiVersion": api_version,
        "kind": "PodDisruptionBudget",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {(field): amount, "selector": selector(name)},
    })
}

fn object(kind: &str, namespace: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"namespace": namespace, "name": name, "labels": {"app": name}},
        "spec": spec,
    })
}

fn selector(name: &str) -> Value {
    json!({"matchLabels": {"app": name}})
}

fn template(name: &str, image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{
            "name": name,
            "image": image,
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        }]},
    })
}
