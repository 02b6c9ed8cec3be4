//! The workloads that each cloud runs in a cluster of its own accord, and the cloud built from its blueprint.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use upgrade_core::version::Version;

use super::control_plane::ManagedControlPlane;
use super::pools::{Pool, PoolState};
use super::{Cloud, CloudWorld, Managed, Seen, machines};
use crate::blueprint::Machine;
use crate::json;
use crate::store::{ObjectKey, Resource};
use crate::world::{ApiServer, World};

/// Puts the cloud into the world. Returns the nodes of its pools for the builder to add.
pub(crate) fn build(world: &mut World, managed: &Managed, version: &Version) -> Vec<(Machine, Value)> {
    let now = world.now();
    for number in 1..=managed.api_servers.max(1) {
        let server = ApiServer { version: version.clone(), serving: true };
        world.control_plane.servers.insert(format!("managed-{number}"), server);
    }
    let created = crate::controllers::settle::since(now);
    let control_plane =
        ManagedControlPlane { version: version.clone(), emulates: None, way_back: None, previous: None, changes: 1 };
    let pool = |spec: &super::PoolSpec| (spec.name.clone(), Pool::new(spec.clone(), PoolState::Active, created));
    let mut seen = Seen {
        control_plane,
        pools: managed.pools.iter().map(pool).collect(),
        operations: Vec::new(),
        extra: managed.extra.clone(),
    };
    world.cloud = Some(CloudWorld {
        place: managed.place.clone(),
        offers: managed.offers.clone(),
        faults: managed.faults.clone(),
        created,
        exchanges: None,
        now: seen.clone(),
        past: VecDeque::new(),
        rollouts: BTreeMap::new(),
        waiting: BTreeMap::new(),
        machines: 0,
    });
    let mut nodes = Vec::new();
    for spec in &managed.pools {
        let first = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        match managed.members.get(&spec.name) {
            Some(members) => nodes.extend(machines::joined(world, &mut seen, spec, first, members)),
            None => nodes.extend(machines::there(world, &mut seen, spec, first)),
        }
    }
    if let Some(cloud) = &mut world.cloud {
        cloud.machines = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        cloud.now = seen;
    }
    match managed.place.cloud {
        Cloud::Eks => nodes.extend(super::eks::groupless_nodes(world, managed)),
        Cloud::Gke | Cloud::Aks => {}
    }
    nodes
}

/// What runs in `kube-system` of every cluster of that cloud.
pub(crate) fn objects(cloud: Cloud, version: &Version) -> Vec<Value> {
    let proxy = format!("v{}", version.release());
    match cloud {
        Cloud::Eks => vec![
            not_on_fargate(daemon_set("aws-node", "amazon-k8s-cni:v1.20.4")),
            not_on_fargate(daemon_set("kube-proxy", &format!("eks/kube-proxy:{proxy}-minimal-eksbuild.1"))),
            deployment("coredns", "eks/coredns:v1.12.4-eksbuild.1"),
        ],
        Cloud::Gke => vec![
            daemon_set("fluentbit-gke", "gke.gcr.io/fluent-bit:v1.8.1200"),
            daemon_set("gke-metrics-agent", "gke.gcr.io/gke-metrics-agent:1.15.6"),
            daemon_set("pdcsi-node", "gke.gcr.io/gcp-compute-persistent-disk-csi-driver:v1.20.6"),
            deployment("konnectivity-agent", "gke.gcr.io/proxy-agent:v0.31.4"),
            deployment("kube-dns", "gke.gcr.io/k8s-dns-kube-dns:1.24.1"),
        ],
        Cloud::Aks => vec![
            daemon_set("azure-ip-masq-agent", "mcr.microsoft.com/aks/ip-masq-agent-v2:v0.1.15"),
            daemon_set("cloud-node-manager", "mcr.microsoft.com/oss/kubernetes/azure-cloud-node-manager:v1.33.2"),
            daemon_set("csi-azuredisk-node", "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.33.5"),
            daemon_set("kube-proxy", &format!("mcr.microsoft.com/oss/kubernetes/kube-proxy:{proxy}")),
            deployment("coredns", "mcr.microsoft.com/oss/kubernetes/coredns:v1.12.1"),
            deployment("konnectivity-agent", "mcr.microsoft.com/oss/kubernetes/apiserver-network-proxy/agent:v0.31.4"),
            deployment("metrics-server", "mcr.microsoft.com/oss/kubernetes/metrics-server:v0.7.2"),
        ],
    }
}

fn daemon_set(name: &str, image: &str) -> Value {
    let mut template = template(name, image, "system-node-critical");
    json::set(&mut template, &["spec", "hostNetwork"], true);
    json::set(&mut template, &["spec", "tolerations"], json!([{ "operator": "Exists" }]));
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": name, "namespace": "kube-system", "labels": labels(name) },
        "spec": { "selector": { "matchLabels": labels(name) }, "template": template },
    })
}

/// A machine of Fargate's takes the one pod it was made for.
fn not_on_fargate(mut daemon_set: Value) -> Value {
    let not_there = json!({ "key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["fargate"] });
    let affinity = json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{ "matchExpressions": [not_there] }],
    } } });
    json::set(&mut daemon_set, &["spec", "template", "spec", "affinity"], affinity);
    daemon_set
}

fn deployment(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": name, "namespace": "kube-system", "labels": labels(name) },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": labels(name) },
            "template": template(name, image, "system-cluster-critical"),
        },
    })
}

fn labels(name: &str) -> Value {
    match name {
        "coredns" => json!({ "k8s-app": "kube-dns" }),
        name => json!({ "k8s-app": name }),
    }
}

fn template(name: &str, image: &str, priority: &str) -> Value {
    json!({
        "metadata": { "labels": labels(name) },
        "spec": {
            "containers": [{
                "name": name, "image": image, "resources": { "requests": { "cpu": "50m", "memory": "64Mi" } },
            }],
            "priorityClassName": priority,
        },
    })
}

/// Lets a workload of `kube-system` run another image, as an update of an add-on does. Nothing for one there is not.
pub fn set_image(world: &mut World, resource: Resource, name: &str, image: &str) {
    world.store.modify(&ObjectKey::new(resource, "kube-system", name), |object| {
        if let Some(container) = object.pointer_mut("/spec/template/spec/containers/0") {
            json::set(container, &["image"], image);
        }
        let generation = json::at(object, "/metadata/generation").as_u64().unwrap_or(1) + 1;
        json::set(object, &["metadata", "generation"], generation);
    });
}
