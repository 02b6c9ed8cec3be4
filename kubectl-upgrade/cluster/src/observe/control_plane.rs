//! The components of the control plane, host by host.
//!
//! A load balancer hides all API servers but one, and a half-done upgrade leaves components of one host at different
//! versions: so the mirror pod of every component is read, and what the endpoint says is kept beside them.

use std::collections::{BTreeMap, BTreeSet};

use futures::future;
use jiff::Timestamp;
use upgrade_core::component::Component;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{ControlPlanePod, GapSubject, Instance, Node, Place, VersionSource};
use upgrade_core::version::Version;
use upgrade_provider::PortError;

use super::gaps::{Found, gap};
use super::image::{etcd_version_of, version_of};
use super::nodes::{self, NodesSeen};
use crate::api::{Api, escape};
use crate::failure::Failure;
use crate::marks::MIRROR;
use crate::wire::{Container, Form, Lease, PodObject};

/// The components that run as static pods.
const STATIC: [Component; 5] = [
    Component::ApiServer,
    Component::ControllerManager,
    Component::Scheduler,
    Component::Etcd,
    Component::CloudControllerManager,
];

/// How far an API server's Lease may be behind the freshest before it counts as gone, in seconds. They are renewed every
/// 10 s and kept for an hour after their server is gone.
const IDENTITY_STALE_S: i64 = 60;

/// The nodes, and the control plane host by host.
pub(super) struct ControlPlane {
    /// The Nodes as they came.
    pub(super) nodes_seen: NodesSeen,
    pub(super) nodes: Vec<Node>,
    pub(super) mirrors: Vec<ControlPlanePod>,
    pub(super) found: Found,
    /// How many API servers announce themselves.
    pub(super) announced: Result<Option<usize>, Failure>,
}

impl ControlPlane {
    /// How many API servers there are, as far as they show themselves.
    pub(super) fn api_servers(&self) -> usize {
        let name = Component::ApiServer.name();
        let mirrored = self.mirrors.iter().filter(|pod| pod.component == name).count();
        let announced = self.announced.as_ref().ok().copied().flatten();
        announced.map_or(mirrored, |announced| announced.max(mirrored))
    }
}

/// Looks at the nodes and the mirror pods. `leases` is the version of Leases served. Without the nodes nothing can be
/// said of a cluster: that they could not be listed is an error, not a gap.
pub(super) async fn ask(
    api: &Api,
    leases: impl Future<Output = Option<&'static str>> + Clone,
) -> Result<ControlPlane, PortError> {
    let announced = async { announced(api, leases.clone().await).await };
    let asked = future::join3(nodes::ask(api, leases.clone()), labelled(api), announced);
    let (seen, labelled, announced) = asked.await;
    let nodes_seen = seen.map_err(|failure| failure.port("list nodes at the cluster scope"))?;
    let (mut nodes, mut found) = nodes::read(&nodes_seen, leases.await.is_some());
    let mirrors = match mirrors(api, labelled, &nodes).await {
        Ok(mirrors) => {
            let hosts: BTreeSet<_> = mirrors.iter().map(|pod| &pod.node).collect();
            nodes.iter_mut().for_each(|node| node.control_plane |= hosts.contains(&node.name));
            found.join(read(&mirrors, &nodes));
            mirrors
        }
        Err(failure) => {
            for component in [Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Etcd]
            {
                let subject = GapSubject::Component(component, None);
                found.gaps.push(gap(subject, &failure, "list pods in namespace kube-system"));
            }
            Vec::new()
        }
    };
    Ok(ControlPlane { nodes_seen, nodes, mirrors, found, announced })
}

/// The mirror pods of the control plane that have its label.
async fn labelled(api: &Api) -> Result<Vec<ControlPlanePod>, Failure> {
    let names: Vec<_> = STATIC.iter().map(|component| component.name()).collect();
    let selector = escape(&format!("component in ({})", names.join(",")));
    pods(api, &format!("labelSelector={selector}")).await
}

/// The mirror pods of the control plane: by label, and where nothing is labelled, by name on the hosts of the control
/// plane.
async fn mirrors(
    api: &Api,
    labelled: Result<Vec<ControlPlanePod>, Failure>,
    hosts: &[Node],
) -> Result<Vec<ControlPlanePod>, Failure> {
    let labelled = labelled?;
    if !labelled.is_empty() {
        return Ok(labelled);
    }
    let of_host = hosts.iter().filter(|node| node.control_plane).map(|node| async move {
        pods(api, &format!("fieldSelector={}", escape(&format!("spec.nodeName={}", node.name)))).await
    });
    Ok(future::try_join_all(of_host).await?.into_iter().flatten().collect())
}

async fn pods(api: &Api, query: &str) -> Result<Vec<ControlPlanePod>, Failure> {
    let mut mirrors = Vec::new();
    let reduce =
        |page: Vec<PodObject<Container>>| future::ready(page.into_iter().filter_map(mirror).collect::<Vec<_>>());
    api.pages(Form::JSON, "/api/v1/namespaces/kube-system/pods", query, reduce, |page| mirrors.extend(page)).await?;
    mirrors.sort_by(|a, b| (&a.component, &a.node).cmp(&(&b.component, &b.node)));
    Ok(mirrors)
}

/// The control-plane component a pod mirrors, if it does.
fn mirror(pod: PodObject<Container>) -> Option<ControlPlanePod> {
    let meta = &pod.metadata;
    if !meta.annotations.contains(MIRROR) || meta.deletion_timestamp.is_some() {
        return None;
    }
    let label = meta.labels.get("component").map(String::as_str);
    let is = |component: &&Component| {
        label == Some(component.name())
            || (label.is_none() && meta.name.strip_prefix(component.name()).is_some_and(|rest| rest.starts_with('-')))
    };
    let component = STATIC.iter().find(is)?.name();
    let named = pod.spec.containers.iter().find(|container| container.name == component);
    let Container { image, command, args, .. } = named.or(pod.spec.containers.first())?.clone();
    Some(ControlPlanePod {
        component: component.to_owned(),
        node: NodeName::new(pod.spec.node_name),
        image,
        command: command.into_iter().chain(args).collect(),
        annotations: pod.metadata.annotations,
    })
}

/// The instances behind the mirror pods, and the control-plane hosts that lack one.
fn read(mirrors: &[ControlPlanePod], nodes: &[Node]) -> Found {
    let mut found = Found::default();
    for pod in mirrors {
        let Some(component) = STATIC.into_iter().find(|component| component.name() == pod.component) else { continue };
        let place = Place::Node(pod.node.clone());
        let version = if component == Component::Etcd { etcd_version_of(&pod.image) } else { version_of(&pod.image) };
        match version {
            Ok(version) => found.instances.push(Instance {
                component,
                place,
                version,
                source: VersionSource::MirrorPodImage,
                detail: Some(pod.image.clone()),
            }),
            Err(why) => found.unseen(component, Some(place), why),
        }
    }
    let has = |component: Component, node: Option<&NodeName>| {
        mirrors.iter().any(|pod| pod.component == component.name() && node.is_none_or(|node| pod.node == *node))
    };
    for component in [Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Etcd] {
        if has(component, None) {
            for node in nodes.iter().filter(|node| node.control_plane && !has(component, Some(&node.name))) {
                let why = format!("no mirror pod of {component} on {}: its static pod is not running", node.name);
                found.unseen(component, Some(Place::Node(node.name.clone())), why);
            }
        } else if component != Component::ApiServer {
            found.unseen(component, None, format!("no mirror pods of {component} in namespace kube-system"));
        }
    }
    found
}

/// What `GET /version` adds: the only word on the API servers where there are no mirror pods, and otherwise worth
/// keeping when it contradicts all of them.
pub(super) fn endpoint(git_version: &str, found: &mut Found) {
    let Ok(version) = git_version.parse::<Version>() else {
        let why = format!("the endpoint says it runs {git_version:?}");
        found.unseen(Component::ApiServer, Some(Place::Endpoint), why);
        return;
    };
    let mut servers = found.instances.iter().filter(|instance| instance.component == Component::ApiServer);
    // Vendors put a suffix into the version that is not in the image's tag, and the reverse.
    if !servers.any(|instance| instance.version.release() == version.release()) {
        found.instances.push(Instance {
            component: Component::ApiServer,
            place: Place::Endpoint,
            version,
            source: VersionSource::VersionEndpoint,
            detail: Some(git_version.to_owned()),
        });
    }
}

/// How many API servers announce themselves; none where they do not (before 1.26) or it could not be asked.
async fn announced(api: &Api, leases: Option<&str>) -> Result<Option<usize>, Failure> {
    // They announce themselves only where Leases are v1.
    if leases != Some("v1") {
        return Ok(None);
    }
    let path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
    // The label's key changed in 1.27.
    let by_label = ["apiserver.kubernetes.io/identity", "k8s.io/component"].map(|label| async move {
        let selector = escape(&format!("{label}=kube-apiserver"));
        api.list::<Lease>(path, &format!("labelSelector={selector}")).await
    });
    let leases = future::try_join_all(by_label).await?.into_iter().flat_map(|(leases, _)| leases);
    let renewed = leases.filter_map(|lease| Some((lease.metadata.name, lease.spec.renew_time?)));
    let freshest: BTreeMap<String, Timestamp> = renewed.collect();
    let Some(newest) = freshest.values().max().copied() else { return Ok(None) };
    let alive = |renewed: &&Timestamp| newest.as_second() - renewed.as_second() <= IDENTITY_STALE_S;
    Ok(Some(freshest.values().filter(alive).count()))
}

/// API servers that announce themselves but were not seen one by one.
pub(super) fn unseen_servers(announced: &Result<Option<usize>, Failure>, found: &mut Found) {
    let seen = found.instances.iter().filter(|instance| instance.component == Component::ApiServer).count();
    let subject = || GapSubject::Component(Component::ApiServer, Some(Place::Endpoint));
    match announced {
        Ok(Some(count)) if *count > seen.max(1) => {
            let why = format!("{count} API servers announce themselves, the versions of {seen} are seen");
            found.unseen(Component::ApiServer, Some(Place::Endpoint), why);
        }
        Ok(Some(_) | None) => {}
        Err(failure) => found.gaps.push(gap(subject(), failure, "list leases in namespace kube-system")),
    }
}
