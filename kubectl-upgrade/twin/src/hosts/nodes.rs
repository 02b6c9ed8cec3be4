//! What a host's kubelet does to the objects of its node.

use serde_json::{Value, json};
use upgrade_core::version::Version;

use crate::json;
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// The kubelet on the node is of that version from now on.
pub(super) fn set_version(world: &mut World, node: &str, version: &Version) {
    world.store.modify(&ObjectKey::new(Resource::NODES, "", node), |node| {
        json::set(node, &["status", "nodeInfo", "kubeletVersion"], version.tag());
    });
}

/// Whether a kubelet runs on the node.
pub(super) fn set_running(world: &mut World, node: &str, running: bool) {
    set_ready(world, node, running);
}

/// Whether the kubelet says that the node is ready.
pub(super) fn set_ready(world: &mut World, node: &str, ready: bool) {
    world.store.modify(&ObjectKey::new(Resource::NODES, "", node), |node| {
        let status = if ready { "True" } else { "False" };
        json::set(node, &["status", "conditions"], json!([{"type": "Ready", "status": status}]));
    });
}

/// The static pod of that component on the node, as its mirror shows it.
pub(super) fn set_static_pod(
    world: &mut World,
    node: &str,
    component: &str,
    image: &str,
    command: Vec<String>,
    running: bool,
) {
    let name = format!("{component}-{node}");
    let key = ObjectKey::new(Resource::PODS, "kube-system", &name);
    let now = world.now();
    let container = json!({"name": component, "image": image, "command": command});
    if world.store.get(&key).is_none() {
        let pod: Value = json!({"metadata": {"name": name, "namespace": "kube-system",
            "labels": {"component": component, "tier": "control-plane"}}, "spec": {"nodeName": node}});
        // It was looked for just before.
        let _ = world.store.create(Resource::PODS, pod, now);
    }
    world.store.modify(&key, |pod| {
        json::set(pod, &["spec", "containers"], json!([container]));
        json::set(pod, &["status", "phase"], if running { "Running" } else { "Pending" });
    });
}
