//! Kubelets: what runs on nodes, and what nodes say of themselves.
//!
//! Hosts tell here what happened to a kubelet; whatever follows in the API follows by itself.

pub(crate) mod pods;
pub(crate) mod static_pods;
mod status;

use std::collections::BTreeMap;

use jiff::Timestamp;
use upgrade_core::version::Version;

pub(crate) use pods::MIRROR;
pub use pods::{NEVER_PULLED, NEVER_READY, NO_IMAGE, RUNS_FOR};
pub(crate) use static_pods::component_runs;
pub use static_pods::{is_shown, remove_static_pod, set_static_pod};
pub(crate) use status::{Own, ready, running};

use super::conditions::{self, Condition};
use super::work::{self, Work};
use crate::blueprint;
use crate::json::{self, text};
use crate::store::{ObjectKey, Resource};
use crate::time;
use crate::world::World;
use static_pods::StaticPods;

/// The kubelets, by the name of their node.
#[derive(Debug, Default)]
pub(crate) struct Kubelets {
    nodes: BTreeMap<String, Kubelet>,
    statics: StaticPods,
}

/// One kubelet.
#[derive(Debug)]
pub(crate) struct Kubelet {
    pub(crate) version: Version,
    pub(crate) running: bool,
    ready: bool,
}

/// There is a kubelet on that node, and its Node is registered.
pub(crate) fn register(world: &mut World, node: &str, version: &Version) {
    let kubelet = Kubelet { version: version.clone(), running: true, ready: true };
    world.controllers.kubelets.nodes.insert(node.to_owned(), kubelet);
}

/// The host of that node is gone.
pub(crate) fn forget(world: &mut World, node: &str) {
    world.controllers.kubelets.nodes.remove(node);
    world.controllers.kubelets.statics.forget(node);
}

/// The kubelet runs with another version.
pub fn set_version(world: &mut World, node: &str, version: &Version) {
    if let Some(kubelet) = world.controllers.kubelets.nodes.get_mut(node) {
        kubelet.version = version.clone();
        work::enqueue(world, Work::Report(node.to_owned()));
    }
}

/// The kubelet runs, or no longer does. A silent one's Node becomes unknown after the grace period.
pub fn set_running(world: &mut World, node: &str, running: bool) {
    let now = world.now();
    let Some(kubelet) = world.controllers.kubelets.nodes.get_mut(node) else { return };
    if std::mem::replace(&mut kubelet.running, running) == running {
        return;
    }
    if running {
        work::enqueue(world, Work::Report(node.to_owned()));
    } else {
        super::heartbeat::stopped(world, node, now);
        work::enqueue(world, Work::Silent(node.to_owned()));
    }
}

/// The kubelet has been dead since long before.
pub(crate) fn die(world: &mut World, node: &str) {
    let since = world.now().checked_sub(jiff::SignedDuration::from_mins(10)).unwrap_or_default();
    if let Some(kubelet) = world.controllers.kubelets.nodes.get_mut(node) {
        kubelet.running = false;
    }
    super::heartbeat::stopped(world, node, since);
}

/// The kubelet says that its node is ready, or not.
pub fn set_ready(world: &mut World, node: &str, ready: bool) {
    if let Some(kubelet) = world.controllers.kubelets.nodes.get_mut(node) {
        kubelet.ready = ready;
        work::enqueue(world, Work::Report(node.to_owned()));
    }
}

/// Every container of the node is started again, as after a reboot.
pub fn restart_pods(world: &mut World, node: &str) {
    let now = world.now();
    let keys: Vec<ObjectKey> =
        world.store.pods_on(node).filter(|pod| !pod.ended()).map(|pod| pod.key.clone()).collect();
    for key in keys {
        world.store.modify(&key, |pod| status::restarted(pod, now));
    }
}

/// The kubelet of a node.
pub(crate) fn of<'a>(world: &'a World, node: &str) -> Option<&'a Kubelet> {
    world.controllers.kubelets.nodes.get(node)
}

/// The nodes whose kubelet runs, with the version of each.
pub(crate) fn living(world: &World) -> impl Iterator<Item = (&String, &Kubelet)> {
    world.controllers.kubelets.nodes.iter().filter(|(_, kubelet)| kubelet.running)
}

/// Whether the kubelet of a node runs.
pub(crate) fn runs(world: &World, node: &str) -> bool {
    of(world, node).is_some_and(|kubelet| kubelet.running)
}

/// The kubelet writes what it knows into its Node, and looks after its pods.
pub(crate) fn report(world: &mut World, node: &str) {
    let now = world.now();
    let Some(kubelet) = of(world, node).filter(|kubelet| kubelet.running) else { return };
    let (version, ready) = (kubelet.version.clone(), kubelet.ready);
    world.store.modify(&ObjectKey::new(Resource::NODES, "", node), |object| {
        json::set(object, &["status", "nodeInfo", "kubeletVersion"], version.tag());
        json::set(object, &["status", "nodeInfo", "kubeProxyVersion"], blueprint::kube_proxy_version(&version));
        for (kind, reason, message) in HEALTHY {
            conditions::set(object, Condition::not(kind).because(reason).saying(message), now);
        }
        let condition = Condition::whether("Ready", ready);
        let condition = match ready {
            true => condition.because("KubeletReady").saying("kubelet is posting ready status"),
            false => condition.because("KubeletNotReady").saying("container runtime network not ready"),
        };
        conditions::set(object, condition, now);
        beat(object, now);
    });
    super::heartbeat::join(world, node);
    let pods: Vec<_> = world.store.pods_on(node).cloned().collect();
    for pod in pods {
        pods::heed(world, &pod);
    }
    static_pods::look_after(world, node);
}

/// Conditions of a node that has nothing wrong with it.
const HEALTHY: [(&str, &str, &str); 3] = [
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
];

/// Sets the time at which the kubelet last spoke.
pub(in crate::controllers) fn beat(node: &mut serde_json::Value, now: Timestamp) {
    let now = time::seconds(now);
    let Some(conditions) = node.pointer_mut("/status/conditions").and_then(serde_json::Value::as_array_mut) else {
        return;
    };
    for condition in conditions.iter_mut().filter(|one| !text(one, "/type").is_empty()) {
        json::set(condition, &["lastHeartbeatTime"], now.clone());
    }
}
