//! What kubeadm reads from the cluster and writes to it.

use std::time::Duration;

use serde_json::Value;
use upgrade_core::component::Component;
use upgrade_core::version::{Minor, Version};

use super::{Phase, Run};
use crate::blueprint::images;
use crate::hosts::shell::Ran;
use crate::json;
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// How long kubeadm asks the API again before it gives up.
const PATIENCE: u32 = 60;

fn map(name: &str) -> ObjectKey {
    ObjectKey::new(Resource::CONFIG_MAPS, "kube-system", name)
}

/// What the world can tell at once.
pub(super) struct Nodes {
    /// Hosts of the control plane that are not ready.
    pub(super) not_ready: Vec<String>,
    /// The versions of all kubelets.
    pub(super) kubelets: Vec<Version>,
}

impl Run<'_> {
    /// Waits until the API answers; whether it does.
    pub(super) async fn api(&self) -> Ran<bool> {
        for _ in 0..PATIENCE {
            if self.call.place.world(|world| world.control_plane.answers()) {
                return Ok(true);
            }
            self.call.place.sleep(Duration::from_secs(1)).await?;
        }
        Ok(false)
    }

    /// As [`Self::api`]; kubeadm ends with that error when it does not.
    pub(super) async fn needs_api(&self, doing: &str) -> Ran<Phase> {
        if self.api().await? {
            return Ok(Phase::Done(()));
        }
        let address = self.call.place.host(|host| host.address.clone())?;
        self.fail(&format!(
            "{doing}: Get \"https://{address}:6443/\": dial tcp {address}:6443: connect: connection refused"
        ))
    }

    /// The version that the cluster's configuration names.
    pub(super) fn configured(&self) -> Option<Version> {
        self.call.place.world(|world| {
            let (_, text) = configuration(world)?;
            let line = text.lines().find_map(|line| line.trim().strip_prefix("kubernetesVersion:"))?.to_owned();
            line.trim().trim_start_matches('v').parse().ok()
        })
    }

    /// The version that the API servers say.
    pub(super) fn served(&self) -> Option<Version> {
        self.call.place.world(|world| {
            let serving = world.control_plane.servers.values().find(|server| server.serving);
            serving.map(|server| server.version.clone())
        })
    }

    pub(super) fn nodes(&self) -> Nodes {
        self.call.place.world(|world| {
            let mut nodes = Nodes { not_ready: Vec::new(), kubelets: Vec::new() };
            for object in world.store.list(Resource::NODES, None, None) {
                let labels = &object.summary.labels;
                let marks = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
                if marks.iter().any(|mark| labels.contains_key(*mark)) && !object.summary.ready {
                    nodes.not_ready.push(object.key.name.clone());
                }
                let value = object.value();
                let version = json::text(&value, "/status/nodeInfo/kubeletVersion");
                nodes.kubelets.extend(version.trim_start_matches('v').parse::<Version>().ok());
            }
            nodes
        })
    }

    /// Writes the version into the cluster's configuration.
    pub(super) fn store_version(&self, version: &Version) {
        self.call.place.world(|world| {
            let Some((key, text)) = configuration(world) else { return };
            let line = |line: &str| match line.starts_with("kubernetesVersion:") {
                true => format!("kubernetesVersion: {}\n", version.tag()),
                false => format!("{line}\n"),
            };
            let text: String = text.lines().map(line).collect();
            world.store.modify(&map("kubeadm-config"), |map| json::set(map, &["data", &key], text));
        });
    }

    /// Brings the kubelets' configuration to the name that kubeadm of the target keeps it under.
    pub(super) fn store_kubelet_config(&self, version: &Version) {
        let name = kubelet_map(version.minor());
        self.call.place.world(|world| {
            if world.store.get(&map(&name)).is_some() {
                return;
            }
            let Some(data) = kubelet_data(world, version.minor()) else { return };
            let now = world.now();
            let object = serde_json::json!({"metadata": {"name": name, "namespace": "kube-system"}, "data": data});
            // It was looked for just before.
            let _ = world.store.create(Resource::CONFIG_MAPS, object, now);
        });
    }

    /// The kubelets' configuration.
    pub(super) fn kubelet_config(&self, minor: Minor) -> Option<String> {
        self.call.place.world(|world| {
            let data = kubelet_data(world, minor)?;
            data.get("kubelet").and_then(Value::as_str).map(str::to_owned)
        })
    }

    /// From 1.34 on, a node no longer says where its runtime listens.
    pub(super) fn drop_socket(&self) {
        self.call.place.world(|world| {
            let key = ObjectKey::new(Resource::NODES, "", self.node());
            world.store.modify(&key, |node| {
                json::remove(node, &["metadata", "annotations", "kubeadm.alpha.kubernetes.io/cri-socket"]);
            });
        });
    }

    /// Hosts of the control plane whose API server is of another version.
    pub(super) fn lagging(&self, version: &Version) -> Vec<String> {
        self.call.place.world(|world| {
            let servers = world.control_plane.servers.iter();
            servers.filter(|(_, server)| server.version != *version).map(|(host, _)| host.clone()).collect()
        })
    }

    /// Sets the images of CoreDNS and kube-proxy.
    pub(super) fn store_addons(&self, version: &Version) {
        let proxy = (Resource::DAEMON_SETS, "kube-proxy", images::image(Component::KubeProxy, version));
        let dns = (Resource::DEPLOYMENTS, "coredns", images::image(Component::CoreDns, version));
        self.call.place.world(|world| {
            for (resource, name, image) in [dns, proxy] {
                let key = ObjectKey::new(resource, "kube-system", name);
                world.store.modify(&key, |workload| set_image(workload, &image));
            }
        });
    }
}

fn set_image(workload: &mut Value, image: &str) {
    let Some(place) = workload.pointer_mut("/spec/template/spec/containers/0/image") else { return };
    if place.as_str() == Some(image) {
        return;
    }
    *place = Value::from(image);
    let generation = json::at(workload, "/metadata/generation").as_u64().unwrap_or(1);
    json::set(workload, &["metadata", "generation"], generation + 1);
}

/// The cluster's configuration: under which key, and its text.
fn configuration(world: &World) -> Option<(String, String)> {
    let value = world.store.value(&map("kubeadm-config"))?;
    let mut entries =
        json::entries(&value, "/data").filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned())));
    entries.find(|(_, text)| text.contains("kubernetesVersion:"))
}

/// Under which name kubeadm keeps the kubelets' configuration.
fn kubelet_map(minor: Minor) -> String {
    if minor < Minor::new(1, 24) { format!("kubelet-config-{minor}") } else { "kubelet-config".to_owned() }
}

/// The data of that ConfigMap, or of the minor's before.
fn kubelet_data(world: &World, minor: Minor) -> Option<Value> {
    let names = [kubelet_map(minor), kubelet_map(minor.back(1))];
    let value = names.iter().find_map(|name| world.store.value(&map(name)))?;
    Some(json::at(&value, "/data").clone())
}
