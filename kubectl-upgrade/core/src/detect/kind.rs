//! The kinds of clusters and the owners of foreign ones.

use std::fmt;

use super::owner::Ownership;

/// What kind of cluster it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClusterKind {
    /// Amazon EKS.
    Eks,
    /// Google Kubernetes Engine.
    Gke,
    /// Azure Kubernetes Service.
    Aks,
    /// Built with kubeadm and left to kubeadm.
    Kubeadm,
    /// Built component by component: nobody's marks are on it.
    HandBuilt,
    /// Another tool owns its upgrades.
    Foreign(Owner),
}

/// The tools that own the upgrades of what they built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// k3s.
    K3s,
    /// RKE2.
    Rke2,
    /// The first RKE, with its control plane in Docker containers.
    Rke1,
    /// k0s.
    K0s,
    /// MicroK8s.
    MicroK8s,
    /// Talos Linux.
    Talos,
    /// kOps.
    Kops,
    /// Cluster API, from its management cluster.
    ClusterApi,
    /// OpenShift and OKD.
    OpenShift,
    /// kubespray.
    Kubespray,
    /// Amazon EKS Anywhere.
    EksAnywhere,
    /// vcluster.
    Vcluster,
    /// kind.
    Kind,
    /// minikube.
    Minikube,
    /// Rancher, with plans of its system-upgrade-controller.
    Rancher,
    /// A managed service.
    ManagedBy(Vendor),
}

/// Managed services that are recognised but not upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    /// DigitalOcean Kubernetes.
    DigitalOcean,
    /// Linode Kubernetes Engine.
    Linode,
    /// IBM Cloud Kubernetes Service.
    Ibm,
    /// Oracle Kubernetes Engine.
    Oracle,
    /// Gardener and the services built on it.
    Gardener,
    /// Google Distributed Cloud (GKE on bare metal or on VMware).
    GoogleDistributedCloud,
    /// Alibaba Cloud Container Service.
    Alibaba,
    /// Tencent Kubernetes Engine.
    Tencent,
    /// Vultr Kubernetes Engine.
    Vultr,
    /// Scaleway Kapsule.
    Scaleway,
    /// Civo Kubernetes.
    Civo,
    /// VMware Tanzu Kubernetes Grid.
    Tanzu,
}

impl Vendor {
    /// The service's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DigitalOcean => "DigitalOcean Kubernetes",
            Self::Linode => "Linode Kubernetes Engine",
            Self::Ibm => "IBM Cloud Kubernetes Service",
            Self::Oracle => "Oracle Kubernetes Engine",
            Self::Gardener => "Gardener",
            Self::GoogleDistributedCloud => "Google Distributed Cloud",
            Self::Alibaba => "Alibaba Cloud Container Service",
            Self::Tencent => "Tencent Kubernetes Engine",
            Self::Vultr => "Vultr Kubernetes Engine",
            Self::Scaleway => "Scaleway Kapsule",
            Self::Civo => "Civo Kubernetes",
            Self::Tanzu => "VMware Tanzu Kubernetes Grid",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Ownership::of(*self).name)
    }
}

impl fmt::Display for ClusterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eks => f.pad("EKS"),
            Self::Gke => f.pad("GKE"),
            Self::Aks => f.pad("AKS"),
            Self::Kubeadm => f.pad("kubeadm"),
            Self::HandBuilt => f.pad("built by hand"),
            Self::Foreign(owner) => owner.fmt(f),
        }
    }
}
