//! Which version of what runs where.

use std::collections::BTreeMap;

use jiff::Timestamp;
use upgrade_core::component::Component;
use upgrade_core::version::Version;

use crate::controllers::kubelet::MIRROR;
use crate::json::text;
use crate::store::{Change, Object};
use crate::world::World;

/// What runs of a component on a node, from that time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// When.
    pub at: Timestamp,
    /// The component.
    pub component: Component,
    /// The node.
    pub node: String,
    /// Its version; none when it is gone.
    pub version: Option<Version>,
}

/// What was last known to run.
pub(super) type Versions = BTreeMap<(Component, String), Version>;

/// Components that the API shows as mirror pods. The API servers are asked themselves.
const MIRRORED: [Component; 3] = [Component::ControllerManager, Component::Scheduler, Component::Etcd];

/// Sees a change of a pod: of a mirror, or of kube-proxy.
pub(super) fn see_pod(world: &mut World, change: &Change) {
    let pod = &change.object;
    let Some(node) = pod.summary.node.clone().filter(|_| pod.key.namespace == "kube-system") else { return };
    let mirror = pod.body.contains(MIRROR);
    let of_label = |label: &str| pod.summary.labels.get(label).map(String::as_str).unwrap_or_default();
    let component = if mirror {
        MIRRORED.into_iter().find(|component| of_label("component") == component.name())
    } else {
        (of_label("k8s-app") == "kube-proxy").then_some(Component::KubeProxy)
    };
    let Some(component) = component else { return };
    // One that is replaced is known by the next one.
    if !change.deleted && pod.summary.phase == "Running" && !pod.summary.deleting {
        know(world, component, node, image_version(pod));
    }
}

/// Sees a change of a node: the version of its kubelet.
pub(super) fn see_node(world: &mut World, change: &Change) {
    let name = change.object.key.name.clone();
    if change.deleted {
        let gone: Vec<_> = world.witness.known.keys().filter(|(_, node)| *node == name).cloned().collect();
        for (component, node) in gone {
            know(world, component, node, None);
        }
        return;
    }
    let version = text(&change.object.value(), "/status/nodeInfo/kubeletVersion").parse().ok();
    know(world, Component::Kubelet, name, version);
}

/// Looks whether an API server changed.
pub(super) fn see_servers(world: &mut World) {
    let changed = world.control_plane.servers.iter().filter(|(host, server)| {
        let known = world.witness.known.get(&(Component::ApiServer, (*host).clone()));
        known != Some(&server.version)
    });
    let changed: Vec<_> = changed.map(|(host, server)| (host.clone(), server.version.clone())).collect();
    for (host, version) in changed {
        know(world, Component::ApiServer, host, Some(version));
    }
}

fn know(world: &mut World, component: Component, node: String, version: Option<Version>) {
    let at = world.now();
    let known = &mut world.witness.known;
    let key = (component, node.clone());
    let before = match &version {
        Some(version) => known.insert(key, version.clone()),
        None => known.remove(&key),
    };
    if before != version {
        world.witness.versions.push(Running { at, component, node, version });
    }
}

fn image_version(pod: &Object) -> Option<Version> {
    let value = pod.value();
    let (_, tag) = text(&value, "/spec/containers/0/image").rsplit_once(':')?;
    tag.parse().ok().map(|version: Version| version.release())
}
