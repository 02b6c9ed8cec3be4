//! Static pods, and the mirror pods by which the API shows them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pods::MIRROR;
use super::{runs, status};
use crate::controllers::work::{self, Work};
use crate::digest;
use crate::json::{set, text};
use crate::store::{Object, ObjectKey, Resource};
use crate::time;
use crate::world::World;

/// The static pods, by node and component.
#[derive(Debug, Default)]
pub(super) struct StaticPods(BTreeMap<(String, String), StaticPod>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct StaticPod {
    image: String,
    command: Vec<String>,
    running: bool,
}

impl StaticPods {
    pub(super) fn forget(&mut self, node: &str) {
        self.0.retain(|(on, _), _| on != node);
    }
}

/// A kubelet runs this component as a static pod, or tries to.
pub fn set_static_pod(
    world: &mut World,
    node: &str,
    component: &str,
    image: &str,
    command: Vec<String>,
    running: bool,
) {
    let pod = StaticPod { image: image.to_owned(), command, running };
    let key = (node.to_owned(), component.to_owned());
    world.controllers.kubelets.statics.0.insert(key, pod);
    work::enqueue(world, Work::Mirror(node.to_owned(), component.to_owned()));
}

/// The component no longer runs as a static pod of that node.
pub fn remove_static_pod(world: &mut World, node: &str, component: &str) {
    world.controllers.kubelets.statics.0.remove(&(node.to_owned(), component.to_owned()));
    work::enqueue(world, Work::Mirror(node.to_owned(), component.to_owned()));
}

/// Whether a component of the control plane runs somewhere. One that is no static pod anywhere is taken to run.
pub(crate) fn component_runs(world: &World, component: &str) -> bool {
    let mut pods = world.controllers.kubelets.statics.0.iter().filter(|((_, of), _)| of == component).peekable();
    pods.peek().is_none() || pods.any(|(_, pod)| pod.running)
}

/// The hosts on which a component runs.
pub(crate) fn hosts_of<'a>(world: &'a World, component: &'a str) -> impl Iterator<Item = &'a str> {
    let pods = world.controllers.kubelets.statics.0.iter();
    pods.filter(move |((_, of), pod)| of == component && pod.running).map(|((node, _), _)| node.as_str())
}

/// The kubelet of a node looks at all its static pods again.
pub(super) fn look_after(world: &mut World, node: &str) {
    for component in components_on(world, node) {
        work::enqueue(world, Work::Mirror(node.to_owned(), component));
    }
}

/// Shows every static pod of a node at once.
pub(crate) fn mirror_all(world: &mut World, node: &str) {
    for component in components_on(world, node) {
        mirror(world, node, &component);
    }
}

fn components_on(world: &World, node: &str) -> Vec<String> {
    let statics = world.controllers.kubelets.statics.0.keys();
    statics.filter(|(on, _)| on == node).map(|(_, of)| of.clone()).collect()
}

/// A kubelet sees a mirror pod. One that is being deleted makes room for the next at once. False for a pod that merely
/// looks like a mirror of what is no static pod here.
pub(super) fn heed(world: &mut World, pod: &Object) -> bool {
    let Some(node) = pod.summary.node.clone() else { return false };
    let component = pod.key.name.strip_suffix(&format!("-{node}")).unwrap_or_default().to_owned();
    if !world.controllers.kubelets.statics.0.contains_key(&(node.clone(), component.clone())) {
        return false;
    }
    if pod.summary.deleting {
        world.store.remove(&pod.key);
    }
    true
}

/// A mirror pod is gone: the kubelet shows its static pod anew, if there still is one.
pub(crate) fn gone(world: &mut World, pod: &Object) {
    let Some(node) = pod.summary.node.clone() else { return };
    let component = pod.key.name.strip_suffix(&format!("-{node}")).unwrap_or_default().to_owned();
    if world.controllers.kubelets.statics.0.contains_key(&(node.clone(), component.clone())) {
        work::enqueue(world, Work::Mirror(node, component));
    }
}

/// Whether the API shows a static pod as it is.
pub fn is_shown(world: &World, node: &str, component: &str) -> bool {
    let wanted = world.controllers.kubelets.statics.0.get(&(node.to_owned(), component.to_owned()));
    let shown = world.store.value(&mirror_key(node, component));
    let hash = shown.as_ref().map(|pod| text(pod, "/metadata/annotations/kubernetes.io~1config.mirror"));
    wanted.map(|pod| pod.hash(node)).as_deref() == hash
}

fn mirror_key(node: &str, component: &str) -> ObjectKey {
    ObjectKey::new(Resource::PODS, "kube-system", &format!("{component}-{node}"))
}

/// Brings the mirror pod in line with the static pod.
pub(crate) fn mirror(world: &mut World, node: &str, component: &str) {
    if !runs(world, node) {
        return;
    }
    let key = mirror_key(node, component);
    let found = world.store.value(&key);
    let wanted = world.controllers.kubelets.statics.0.get(&(node.to_owned(), component.to_owned())).cloned();
    let hash = wanted.as_ref().map(|pod| pod.hash(node));
    let shown = found.as_ref().map(|pod| text(pod, "/metadata/annotations/kubernetes.io~1config.mirror").to_owned());
    if shown.is_some() && shown != hash {
        world.store.remove(&key);
    }
    let Some(pod) = wanted else { return };
    let now = world.now();
    if shown.is_none() || shown != hash {
        let made = pod.object(world, node, component);
        // The name was freed just now.
        let _made = world.store.create(Resource::PODS, made, now);
    }
    world.store.modify(&key, |object| match pod.running {
        true => status::ready(object, now),
        false => status::failing(object, now),
    });
}

impl StaticPod {
    /// What the kubelet tells one manifest from another by.
    fn hash(&self, node: &str) -> String {
        let text = format!("{node} {} {}", self.image, self.command.join(" "));
        format!("{:016x}{:016x}", digest::fnv64(&text), digest::fnv64(&format!("{text}.")))
    }

    fn object(&self, world: &World, node: &str, component: &str) -> Value {
        let now = world.now();
        let hash = self.hash(node);
        let address = world.controllers.index.nodes.get(node).map(|node| node.address.clone()).unwrap_or_default();
        let uid = world.store.get(&ObjectKey::new(Resource::NODES, "", node)).map(|node| node.summary.uid.clone());
        let mut pod = json!({
            "metadata": {
                "name": format!("{component}-{node}"),
                "namespace": "kube-system",
                "labels": { "component": component, "tier": "control-plane" },
                "annotations": {
                    MIRROR: hash,
                    "kubernetes.io/config.hash": hash,
                    "kubernetes.io/config.seen": time::micros(now),
                    "kubernetes.io/config.source": "file",
                },
                "ownerReferences": [{
                    "apiVersion": "v1", "kind": "Node", "name": node, "uid": uid.unwrap_or_default(),
                    "controller": true,
                }],
            },
            "spec": {
                "containers": [{
                    "name": component, "image": self.image, "command": self.command,
                    "imagePullPolicy": "IfNotPresent",
                    "resources": { "requests": { "cpu": cpu(component) } },
                }],
                "hostNetwork": true,
                "nodeName": node,
                "priorityClassName": "system-node-critical",
                "restartPolicy": "Always",
                "terminationGracePeriodSeconds": 30,
                "tolerations": [{ "operator": "Exists", "effect": "NoExecute" }],
            },
            "status": {},
        });
        if let Some((key, endpoint)) = self.endpoint(component) {
            set(&mut pod, &["metadata", "annotations", key], endpoint);
        }
        status::running(&mut pod, &address, now);
        pod
    }

    /// The annotation by which kubeadm finds the endpoint again.
    fn endpoint(&self, component: &str) -> Option<(&'static str, String)> {
        let flag = |name: &str| self.command.iter().find_map(|word| word.strip_prefix(name)).map(str::to_owned);
        match component {
            "etcd" => Some(("kubeadm.kubernetes.io/etcd.advertise-client-urls", flag("--advertise-client-urls=")?)),
            "kube-apiserver" => {
                let port = flag("--secure-port=").unwrap_or_else(|| "6443".to_owned());
                let endpoint = format!("{}:{port}", flag("--advertise-address=")?);
                Some(("kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint", endpoint))
            }
            _ => None,
        }
    }
}

/// What kubeadm's manifests ask for.
fn cpu(component: &str) -> &'static str {
    match component {
        "kube-apiserver" => "250m",
        "kube-controller-manager" => "200m",
        _ => "100m",
    }
}
