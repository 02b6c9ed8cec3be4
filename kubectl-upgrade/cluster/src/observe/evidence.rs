//! The marks that tell who built a cluster and who owns its upgrades. What they mean is decided elsewhere.

use std::collections::BTreeSet;

use futures::future;
use upgrade_core::inventory::{ControlPlanePod, Evidence, Gap, GapSubject};

use super::addons::Workloads;
use super::gaps::gap;
use super::nodes::{NodesSeen, marks};
use super::served::Served;
use crate::api::Api;
use crate::failure::Failure;
use crate::wire::{ConfigMap, Meta, ObjectMeta};

/// Namespaces that say who built or manages a cluster; the others are nobody's business here.
const TELLING: [&str; 20] = [
    "kube-",
    "openshift",
    "cattle-",
    "fleet-",
    "calico-",
    "tigera-",
    "cilium",
    "capi-",
    "cluster-api",
    "gke-",
    "gmp-",
    "aks-",
    "azure-",
    "amazon-",
    "eks",
    "argocd",
    "flux-system",
    "system-upgrade",
    "gardener",
    "vcluster",
];

/// The lists that only evidence needs.
pub(super) struct Lists {
    config_maps: Result<Vec<ObjectMeta>, Failure>,
    namespaces: Result<Vec<ObjectMeta>, Failure>,
    /// Of CoreDNS, where it could be seen: what needs it says when it could not.
    pub(super) corefile: Option<String>,
}

pub(super) async fn ask(api: &Api) -> Lists {
    let (config_maps, namespaces, corefile) = future::join3(
        api.list_metadata("/api/v1/namespaces/kube-system/configmaps"),
        api.list_metadata("/api/v1/namespaces"),
        api.get::<ConfigMap>("/api/v1/namespaces/kube-system/configmaps/coredns"),
    )
    .await;
    let corefile = corefile.ok().and_then(|mut map| map.data.remove("Corefile"));
    Lists { config_maps, namespaces, corefile }
}

/// Everything that was read, as marks.
pub(super) struct Marks<'a> {
    pub(super) git_version: &'a str,
    pub(super) served: Option<&'a Served>,
    pub(super) nodes: &'a NodesSeen,
    pub(super) workloads: &'a Workloads,
    pub(super) mirrors: &'a [ControlPlanePod],
    pub(super) lists: Lists,
}

/// Gathers the evidence and says what is missing from it.
pub(super) fn read(marks_read: Marks<'_>) -> (Evidence, Vec<Gap>) {
    let Marks { git_version, served, nodes, workloads, mirrors, lists } = marks_read;
    let mut objects = BTreeSet::new();
    let mut managers = BTreeSet::new();
    let mut gaps = Vec::new();
    let mut add = |kind: &str, meta: &Meta| {
        objects.insert(format!("{kind}/{}/{}", meta.namespace, meta.name));
        if kind != "Namespace" {
            managers.extend(meta.managed_fields.iter().map(|field| field.manager.clone()));
        }
    };
    for (kind, list) in [("DaemonSet", &workloads.daemon_sets), ("Deployment", &workloads.deployments)] {
        list.iter().flatten().for_each(|workload| add(kind, &workload.metadata));
    }
    match &lists.config_maps {
        Ok(maps) => maps.iter().for_each(|map| add("ConfigMap", &map.metadata)),
        Err(failure) => {
            gaps.push(gap(GapSubject::Evidence, failure, "list configmaps in namespace kube-system"));
        }
    }
    match &lists.namespaces {
        Ok(all) => {
            let telling = |name: &str| TELLING.iter().any(|prefix| name.starts_with(prefix));
            let namespaces = all.iter().map(|object| &object.metadata).filter(|meta| telling(&meta.name));
            namespaces.for_each(|meta| add("Namespace", meta));
        }
        Err(failure) => gaps.push(gap(GapSubject::Evidence, failure, "list namespaces")),
    }
    for node in &nodes.objects {
        managers.extend(node.metadata.managed_fields.iter().map(|field| field.manager.clone()));
    }
    managers.remove("");
    let evidence = Evidence {
        git_version: git_version.to_owned(),
        api_groups: served.map(Served::groups).unwrap_or_default(),
        objects,
        nodes: marks(nodes),
        control_plane_pods: mirrors.to_vec(),
        managers,
    };
    (evidence, gaps)
}
