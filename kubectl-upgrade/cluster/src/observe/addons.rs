//! kube-proxy, CoreDNS and the cloud-controller-manager: what runs from DaemonSets and Deployments of kube-system.

use upgrade_core::component::Component;
use upgrade_core::inventory::{GapSubject, Instance, Place, VersionSource};

use super::gaps::{Found, gap};
use super::image::version_of;
use crate::api::Api;
use crate::failure::Failure;
use crate::wire::Workload;

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
    let containers = &workload.spec.template.spec.containers;
    let named = containers.iter().find(|container| container.name == component.name());
    let Some(container) = named.or(containers.first()) else { return };
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
