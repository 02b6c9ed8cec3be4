//! kube-proxy, CoreDNS and the cloud-controller-manager: what runs from DaemonSets and Deployments of kube-system.

use upgrade_core::component::Component;
use upgrade_core::inventory::{Dns, GapSubject, Instance, Place, VersionSource};

use super::gaps::{Found, gap};
use super::image::version_of;
use crate::api::Api;
use crate::failure::Failure;
use crate::wire::{Container, Workload};

/// DaemonSets and Deployments of kube-system.
pub(super) struct Workloads {
    pub(super) daemon_sets: Result<Vec<Workload>, Failure>,
    pub(super) deployments: Result<Vec<Workload>, Failure>,
}

pub(super) async fn ask(api: &Api) -> Workloads {
    let list = |kind: &'static str| async move {
        let path = format!("/apis/apps/v1/namespaces/kube-system/{kind}");
        api.list::<Workload>(&path, "").await.map(|(workloads, _)| workloads)
    };
    let (daemon_sets, deployments) = futures::future::join(list("daemonsets"), list("deployments")).await;
    Workloads { daemon_sets, deployments }
}

pub(super) fn read(workloads: &Workloads) -> Found {
    let mut found = Found::default();
    let gap_of = |component: Component, failure: &Failure, what: &str| {
        gap(GapSubject::Component(component, None), failure, &format!("list {what} in namespace kube-system"))
    };
    match &workloads.daemon_sets {
        Ok(sets) => sets.iter().for_each(|set| add(set, &Place::DaemonSet, &mut found)),
        Err(failure) => found.gaps.push(gap_of(Component::KubeProxy, failure, "daemonsets")),
    }
    match &workloads.deployments {
        Ok(sets) => sets.iter().for_each(|set| add(set, &Place::Deployment, &mut found)),
        Err(failure) => found.gaps.push(gap_of(Component::CoreDns, failure, "deployments")),
    }
    found
}

/// Adds the workload if it is one of the components.
fn add(workload: &Workload, place: &dyn Fn(String) -> Place, found: &mut Found) {
    let Some(component) = component(workload) else { return };
    let Some(container) = container(workload, component) else { return };
    let place = place(workload.metadata.name.clone());
    match version_of(&container.image) {
        Ok(version) => found.instances.push(Instance {
            component,
            place,
            version,
            source: VersionSource::WorkloadImage,
            detail: Some(container.image.clone()),
        }),
        Err(why) => found.unseen(component, Some(place), why),
    }
}

/// The Deployment of CoreDNS, with its Corefile where that was asked for.
pub(super) fn dns(workloads: &Workloads, corefile: Option<String>) -> Option<Dns> {
    let deployment = workloads.deployments.as_ref().ok()?.iter().find(|one| one.metadata.name == "coredns")?;
    let container = container(deployment, Component::CoreDns)?;
    let (wanted, status) = (deployment.spec.replicas.unwrap_or(1), &deployment.status);
    let stale = status.observed_generation < deployment.metadata.generation;
    // Old ones are there for as long as there are more than renewed ones.
    let old = status.replicas.saturating_sub(status.updated_replicas);
    let renewed = status.updated_replicas.min(status.available_replicas).min(wanted.saturating_sub(old));
    let (name, image) = (container.name.clone(), container.image.clone());
    Some(Dns { container: name, image, wanted, renewed: if stale { 0 } else { renewed }, corefile })
}

/// The container that is the component, by its name or as the only one there is.
fn container(workload: &Workload, component: Component) -> Option<&Container> {
    let containers = &workload.spec.template.spec.containers;
    containers.iter().find(|container| container.name == component.name()).or(containers.first())
}

/// Which component a workload is. CoreDNS goes by its image: kube-dns and node-local caches carry the same label.
fn component(workload: &Workload) -> Option<Component> {
    let name = workload.metadata.name.as_str();
    let label = workload.metadata.labels.get("k8s-app").map(String::as_str);
    let image = workload.spec.template.spec.containers.first().map_or("", |container| container.image.as_str());
    if label == Some("kube-proxy") || name == "kube-proxy" || name.starts_with("kube-proxy-") {
        Some(Component::KubeProxy)
    } else if name == "coredns" || (label == Some("kube-dns") && image.contains("coredns")) {
        Some(Component::CoreDns)
    } else if name.contains("cloud-controller-manager") {
        Some(Component::CloudControllerManager)
    } else {
        None
    }
}
