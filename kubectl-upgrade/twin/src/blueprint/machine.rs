//! One machine of a cluster.

use std::collections::BTreeMap;

use serde_json::Value;
use upgrade_core::version::Version;

/// One machine: a Node and a host.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The name of its Node.
    pub name: String,
    /// Its InternalIP.
    pub address: String,
    /// Whether it is a host of the control plane.
    pub control_plane: bool,
    /// The version of its kubelet, and of the packages kubelet and kubectl.
    pub kubelet: Version,
    /// The version of the package kubeadm.
    pub kubeadm: Version,
    /// The version of its static pods, where it is not the cluster's: an upgrade was left half-done.
    pub static_pods: Option<Version>,
    /// Whether it is cordoned.
    pub cordoned: bool,
    /// Whether its kubelet runs.
    pub ready: bool,
    /// Thousandths of a CPU.
    pub cpu_milli: u64,
    /// MiB of memory.
    pub memory_mib: u64,
    /// How many pods it takes.
    pub pods: u32,
    /// Its zone.
    pub zone: Option<String>,
    /// Further labels of its Node.
    pub labels: BTreeMap<String, String>,
    /// Taints of its Node beyond that of the control plane, whole.
    pub taints: Vec<Value>,
    /// Whether etcdctl is installed on it, beside the one in etcd's image.
    pub etcdctl: bool,
    /// Its operating system.
    pub os: OperatingSystem,
    /// Its package sources as they are written; none for those that go with [`super::Packages`].
    pub sources: Vec<Source>,
}

/// One file of package sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: String,
    /// Its lines.
    pub lines: Vec<String>,
}

/// An operating system, with the package manager that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatingSystem {
    /// Debian 12 with apt.
    Debian12,
    /// Ubuntu 24.04 with apt.
    Ubuntu2404,
}

impl Machine {
    /// A machine with four CPUs and 16 GiB, at one version throughout.
    #[must_use]
    pub fn new(name: &str, address: &str, version: &Version) -> Self {
        Self {
            name: name.to_owned(),
            address: address.to_owned(),
            control_plane: false,
            kubelet: version.clone(),
            kubeadm: version.clone(),
            static_pods: None,
            cordoned: false,
            ready: true,
            cpu_milli: 4_000,
            memory_mib: 16_384,
            pods: 110,
            zone: None,
            labels: BTreeMap::new(),
            taints: Vec::new(),
            etcdctl: false,
            os: OperatingSystem::Debian12,
            sources: Vec::new(),
        }
    }

    /// It, as a host of the control plane.
    #[must_use]
    pub fn control_plane(self) -> Self {
        Self { control_plane: true, ..self }
    }
}
