//! Which kind outranks which, and what belongs inside what.
//!
//! Tools build on each other: kind, minikube, kubespray and Cluster API run kubeadm, RKE2 is made of k3s. The outermost
//! owns the upgrade. Foreign kinds stand before the ones that are upgraded here, so that a doubtful cluster is refused
//! rather than broken.

use super::kind::{ClusterKind, Owner, Vendor};

/// One row of the order, outermost first.
struct Rank {
    kind: ClusterKind,
    inside: Inside,
}

/// The kinds whose marks are expected inside.
enum Inside {
    /// Any.
    Any,
    /// These.
    Only(&'static [ClusterKind]),
}

const K3S: ClusterKind = ClusterKind::Foreign(Owner::K3s);
const RKE2: ClusterKind = ClusterKind::Foreign(Owner::Rke2);
const RKE1: ClusterKind = ClusterKind::Foreign(Owner::Rke1);
const TALOS: ClusterKind = ClusterKind::Foreign(Owner::Talos);
const CLUSTER_API: ClusterKind = ClusterKind::Foreign(Owner::ClusterApi);

const fn rank(kind: ClusterKind, inside: &'static [ClusterKind]) -> Rank {
    Rank { kind, inside: Inside::Only(inside) }
}

const fn owner(owner: Owner, inside: &'static [ClusterKind]) -> Rank {
    rank(ClusterKind::Foreign(owner), inside)
}

const fn vendor(vendor: Vendor, inside: &'static [ClusterKind]) -> Rank {
    owner(Owner::ManagedBy(vendor), inside)
}

const ORDER: &[Rank] = &[
    // A vcluster shows copies of its host's nodes, marks and all.
    Rank { kind: ClusterKind::Foreign(Owner::Vcluster), inside: Inside::Any },
    owner(Owner::Kind, &[ClusterKind::Kubeadm]),
    owner(Owner::Minikube, &[ClusterKind::Kubeadm]),
    owner(Owner::EksAnywhere, &[CLUSTER_API, ClusterKind::Kubeadm, ClusterKind::Eks]),
    vendor(Vendor::Tanzu, &[CLUSTER_API, ClusterKind::Kubeadm]),
    vendor(Vendor::GoogleDistributedCloud, &[CLUSTER_API, ClusterKind::Gke, ClusterKind::Kubeadm]),
    // Cluster API drives whatever its control-plane provider makes: kubeadm, Talos, RKE2, managed services.
    Rank { kind: CLUSTER_API, inside: Inside::Any },
    owner(Owner::OpenShift, &[ClusterKind::Foreign(Owner::ManagedBy(Vendor::Ibm))]),
    owner(Owner::Rancher, &[K3S, RKE2, RKE1]),
    vendor(Vendor::DigitalOcean, &[]),
    vendor(Vendor::Linode, &[]),
    vendor(Vendor::Ibm, &[]),
    vendor(Vendor::Oracle, &[]),
    vendor(Vendor::Gardener, &[]),
    vendor(Vendor::Alibaba, &[]),
    vendor(Vendor::Tencent, &[]),
    vendor(Vendor::Vultr, &[]),
    vendor(Vendor::Scaleway, &[]),
    vendor(Vendor::Civo, &[K3S, TALOS]),
    owner(Owner::Rke2, &[K3S]),
    owner(Owner::K3s, &[]),
    owner(Owner::Rke1, &[]),
    owner(Owner::K0s, &[]),
    owner(Owner::MicroK8s, &[]),
    owner(Owner::Talos, &[]),
    owner(Owner::Kops, &[]),
    owner(Owner::Kubespray, &[ClusterKind::Kubeadm]),
    rank(ClusterKind::Eks, &[]),
    rank(ClusterKind::Gke, &[]),
    rank(ClusterKind::Aks, &[]),
    rank(ClusterKind::Kubeadm, &[]),
    rank(ClusterKind::HandBuilt, &[]),
];

/// Every kind, outermost first.
pub(super) fn kinds() -> impl Iterator<Item = ClusterKind> {
    ORDER.iter().map(|rank| rank.kind)
}

/// Whether marks of `inner` are expected in a cluster of kind `outer`.
pub(super) fn may_contain(outer: ClusterKind, inner: ClusterKind) -> bool {
    ORDER.iter().filter(|rank| rank.kind == outer).any(|rank| match rank.inside {
        Inside::Any => true,
        Inside::Only(kinds) => kinds.contains(&inner),
    })
}
