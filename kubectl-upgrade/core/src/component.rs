//! The components whose versions the skew policy speaks of, and those an operator asks about on upgrade day.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A component of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Component {
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
    /// cloud-controller-manager.
    CloudControllerManager,
    /// etcd.
    Etcd,
    /// kubelet.
    Kubelet,
    /// kube-proxy.
    KubeProxy,
    /// CoreDNS.
    CoreDns,
    /// The container runtime of a node (containerd, CRI-O, Docker).
    ContainerRuntime,
    /// kubeadm, as installed on a host.
    Kubeadm,
    /// kubectl, where this plugin runs.
    Kubectl,
}

impl Component {
    /// Every component, in the order tables show them.
    pub const ALL: [Self; 11] = [
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::CloudControllerManager,
        Self::Etcd,
        Self::Kubelet,
        Self::KubeProxy,
        Self::CoreDns,
        Self::ContainerRuntime,
        Self::Kubeadm,
        Self::Kubectl,
    ];

    /// Those that run on hosts as programs of their own, in the order in which an upgrade takes them.
    pub const ON_HOSTS: [Self; 7] = [
        Self::Etcd,
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::CloudControllerManager,
        Self::Kubelet,
        Self::KubeProxy,
    ];

    /// The name the component goes by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::CloudControllerManager => "cloud-controller-manager",
            Self::Etcd => "etcd",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
            Self::CoreDns => "coredns",
            Self::ContainerRuntime => "container runtime",
            Self::Kubeadm => "kubeadm",
            Self::Kubectl => "kubectl",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
