//! Nodes, their kubelets, runtimes and Leases.

use std::collections::BTreeMap;

use futures::future;
use jiff::Timestamp;
use upgrade_core::component::Component;
use upgrade_core::ids::{NodeName, PoolName};
use upgrade_core::inventory::{GapSubject, Instance, Node, NodeMarks, Place, Readiness, VersionSource};

use super::gaps::{Found, gap};
use super::image::lenient;
use crate::api::Api;
use crate::failure::Failure;
use crate::marks::CORDONED_BY;
use crate::wire::{Lease, NodeObject};

/// Every Node as it was read, and up to which resource version.
pub(super) struct NodesSeen {
    pub(super) objects: Vec<NodeObject>,
    pub(super) resource_version: String,
    leases: Result<BTreeMap<String, Timestamp>, Failure>,
}

/// Asks for Nodes and their Leases side by side. `leases` is the version of Leases served.
pub(super) async fn ask(api: &Api, leases: impl Future<Output = Option<&'static str>>) -> Result<NodesSeen, Failure> {
    let leases = async { renewals(api, leases.await).await };
    let (nodes, leases) = future::join(api.list::<NodeObject>("/api/v1/nodes", ""), leases).await;
    let (objects, resource_version) = nodes?;
    Ok(NodesSeen { objects, resource_version, leases })
}

async fn renewals(api: &Api, version: Option<&str>) -> Result<BTreeMap<String, Timestamp>, Failure> {
    let Some(version) = version else { return Ok(BTreeMap::new()) };
    let path = format!("/apis/coordination.k8s.io/{version}/namespaces/kube-node-lease/leases");
    let (leases, _) = api.list::<Lease>(&path, "").await?;
    Ok(leases.into_iter().filter_map(|lease| Some((lease.metadata.name, lease.spec.renew_time?))).collect())
}

/// The nodes and what runs on each.
pub(super) fn read(seen: &NodesSeen, leases_served: bool) -> (Vec<Node>, Found) {
    let mut found = Found::default();
    if let Err(failure) = &seen.leases {
        let subject = GapSubject::Component(Component::Kubelet, None);
        found.gaps.push(gap(subject, failure, "list leases in namespace kube-node-lease"));
    }
    let nodes = seen.objects.iter().filter_map(|object| node(object, seen, leases_served, &mut found)).collect();
    (nodes, found)
}

fn node(object: &NodeObject, seen: &NodesSeen, leases_served: bool, found: &mut Found) -> Option<Node> {
    let name = NodeName::new(&object.metadata.name);
    let info = &object.status.node_info;
    let place = Place::Node(name.clone());
    runtime(&info.container_runtime_version, &place, found);
    let Some(kubelet) = lenient(&info.kubelet_version) else {
        let why = format!("node {name} reports kubelet version {:?}", info.kubelet_version);
        found.unseen(Component::Kubelet, Some(place), why);
        return None;
    };
    found.instances.push(Instance {
        component: Component::Kubelet,
        place,
        version: kubelet.clone(),
        source: VersionSource::NodeInfo,
        detail: None,
    });
    let labels = &object.metadata.labels;
    let role = |role: &str| labels.contains_key(&format!("node-role.kubernetes.io/{role}"));
    let ready = object.status.conditions.iter().find(|condition| condition.kind == "Ready");
    // Before there were Leases, kubelets wrote the condition itself every 10 s.
    let heartbeat = ready.and_then(|condition| condition.last_heartbeat_time).filter(|_| !leases_served);
    let renewed = seen.leases.as_ref().ok().and_then(|leases| leases.get(name.as_str()).copied());
    Some(Node {
        control_plane: role("control-plane") || role("master"),
        kubelet,
        ready: match ready.map(|condition| condition.status.as_str()) {
            Some("True") => Readiness::Ready,
            Some("False") => Readiness::NotReady,
            Some(_) | None => Readiness::Unknown,
        },
        lease_renewed: renewed.or(heartbeat),
        unschedulable: object.spec.unschedulable,
        cordoned_by: object.metadata.annotations.get(CORDONED_BY).cloned(),
        runtime: info.container_runtime_version.clone(),
        os_image: info.os_image.clone(),
        addresses: addresses(object),
        zone: zone(labels),
        pool: pool(labels),
        ready_since: ready.and_then(|condition| condition.last_transition_time),
        name,
    })
}

fn addresses(object: &NodeObject) -> Vec<String> {
    let internal = object.status.addresses.iter().filter(|address| address.kind == "InternalIP");
    internal.map(|address| address.address.clone()).collect()
}

/// The zone label had another name before 1.17.
fn zone(labels: &BTreeMap<String, String>) -> Option<String> {
    let keys = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
    keys.iter().find_map(|key| labels.get(*key).cloned())
}

/// The labels that say which pool a node belongs to, of the clouds and of Karpenter (facts: detection marks).
const POOL_LABELS: [&str; 5] = [
    "eks.amazonaws.com/nodegroup",
    "karpenter.sh/nodepool",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
];

/// The machines that Fargate makes for pods name no pool, but say what they are.
const FARGATE: (&str, &str) = ("eks.amazonaws.com/compute-type", "fargate");

/// The pool that the labels of a node name.
pub(crate) fn pool(labels: &BTreeMap<String, String>) -> Option<PoolName> {
    let fargate = || labels.get(FARGATE.0).filter(|kind| *kind == FARGATE.1);
    POOL_LABELS.iter().find_map(|key| labels.get(*key)).or_else(fargate).map(PoolName::new)
}

/// `containerd://1.7.24` is containerd at 1.7.24.
fn runtime(text: &str, place: &Place, found: &mut Found) {
    let (name, version) = text.split_once("://").unwrap_or(("", text));
    match lenient(version) {
        Some(version) => found.instances.push(Instance {
            component: Component::ContainerRuntime,
            place: place.clone(),
            version,
            source: VersionSource::NodeInfo,
            detail: Some(name.to_owned()),
        }),
        None => {
            let why = format!("{place} reports container runtime {text:?}, in which no version is recognised");
            found.unseen(Component::ContainerRuntime, Some(place.clone()), why);
        }
    }
}

/// An annotation longer than this is some controller's notebook, not a mark of who built the cluster.
const LONGEST_MARK: usize = 200;

/// What the nodes say about who built the cluster.
pub(super) fn marks(seen: &NodesSeen) -> Vec<NodeMarks> {
    let short = |map: &BTreeMap<String, String>| {
        map.iter().filter(|(_, value)| value.len() <= LONGEST_MARK).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let of = |object: &NodeObject| NodeMarks {
        node: Some(NodeName::new(&object.metadata.name)),
        provider_id: object.spec.provider_id.clone(),
        labels: short(&object.metadata.labels),
        annotations: short(&object.metadata.annotations),
        os_image: object.status.node_info.os_image.clone(),
        kernel: object.status.node_info.kernel_version.clone(),
        kubelet: object.status.node_info.kubelet_version.clone(),
    };
    seen.objects.iter().map(of).collect()
}
