//! What a host answered when asked over SSH.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::component::Component;
use crate::version::{Minor, Version};

/// What was observed on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The address it was reached at.
    pub address: String,
    /// `/etc/os-release`.
    pub os: OperatingSystem,
    /// The package manager that is there.
    pub packages_by: PackageManager,
    /// Where its Kubernetes packages come from.
    pub repository: Repository,
    /// kubeadm, kubelet, kubectl as installed; by package name.
    pub installed: BTreeMap<String, InstalledPackage>,
    /// The kubeadm package versions on offer, as the repository writes them (`1.34.2-1.1`), by minor: of the present
    /// repository and of the ones for the minors asked about.
    pub offered: BTreeMap<Minor, Vec<String>>,
    /// `kubeadm version -o short`, where it is installed.
    pub kubeadm: Option<Version>,
    /// cgroup v1 or v2.
    pub cgroup: CgroupVersion,
    /// Bytes free on the file system of `/etc/kubernetes`, where kubeadm copies etcd's data to.
    pub free_etc_kubernetes: u64,
    /// Bytes free on the file system of `/var/lib`.
    pub free_var_lib: u64,
    /// Bytes of `/var/lib/etcd`; none where there is no etcd.
    pub etcd_data: Option<u64>,
    /// How far the host's clock is ahead of here, in milliseconds; negative when behind.
    pub clock_offset_ms: i64,
    /// Whether swap is on.
    pub swap: bool,
    /// Extra kubelet arguments from `/etc/default/kubelet`, `/etc/sysconfig/kubelet` and `kubeadm-flags.env`, by file.
    pub kubelet_arguments: BTreeMap<String, Vec<String>>,
    /// Static pod manifests that reference API objects (ConfigMap, Secret, ServiceAccount), which kubelets from 1.34
    /// drop silently; by file name.
    pub static_pods_with_references: Vec<String>,
    /// The local etcd member, where there is one.
    pub etcd: Option<EtcdMember>,
    /// Components that run here as units or static pods of their own; asked for on hand-built clusters only.
    #[serde(default)]
    pub components: Vec<HostComponent>,
    /// The machine's architecture as release files write it, such as `amd64`; with [`Host::components`].
    #[serde(default)]
    pub arch: Option<String>,
}

/// A component that runs on a host as a unit or static pod of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostComponent {
    /// Which.
    pub component: Component,
    /// What starts it.
    pub runs: RunsAs,
    /// Whether it runs now.
    pub active: bool,
    /// The file its unit starts; none for a static pod.
    pub binary: Option<String>,
    /// The image in its manifest; none for a unit.
    #[serde(default)]
    pub image: Option<String>,
    /// What the running process says it is; the image's tag for a static pod whose process does not say.
    pub running: Option<Version>,
    /// What the file says it is: after a switch, and before the restart, another version than the running one.
    pub installed: Option<Version>,
    /// Its arguments as it runs, or as its unit has them when it does not.
    pub arguments: Vec<String>,
    /// The files that make up its unit: the unit, its drop-ins, its environment files.
    pub unit_files: Vec<String>,
    /// The package that the binary came with, as the package manager writes it.
    pub package: Option<String>,
}

/// What starts a component on its host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunsAs {
    /// A systemd unit, by name.
    Unit(String),
    /// A static pod, by the path of its manifest.
    StaticPod(String),
}

impl RunsAs {
    /// The manifest of a static pod.
    #[must_use]
    pub const fn manifest(&self) -> Option<&String> {
        match self {
            Self::Unit(_) => None,
            Self::StaticPod(path) => Some(path),
        }
    }
}

impl RunsAs {
    /// The unit's name, or the manifest's path.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unit(name) => name,
            Self::StaticPod(path) => path,
        }
    }
}

impl std::fmt::Display for RunsAs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unit(name) => write!(f, "unit {name}"),
            Self::StaticPod(path) => write!(f, "static pod {path}"),
        }
    }
}

/// The local etcd member and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtcdMember {
    /// Its version.
    pub version: Version,
    /// Whether `etcdctl` is on the host; otherwise the one in etcd's container is used.
    pub etcdctl_on_host: bool,
}

/// The operating system of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatingSystem {
    /// `ID`, such as `debian`.
    pub id: String,
    /// `VERSION_ID`, such as `12`.
    pub version: String,
    /// `PRETTY_NAME`.
    pub name: String,
}

/// The package managers whose procedure is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageManager {
    /// apt, deb.
    Apt,
    /// dnf 4, rpm.
    Dnf4,
    /// dnf 5, rpm; its option to lift excludes has another name.
    Dnf5,
    /// yum, rpm.
    Yum,
    /// zypper, rpm.
    Zypper,
}

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledPackage {
    /// The version as the package manager writes it: `1.34.2-1.1`.
    pub version: String,
    /// Whether it is held (apt), excluded (dnf, yum) or locked (zypper).
    pub held: bool,
}

/// Where a host gets its Kubernetes packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Whether it must be switched at each minor.
    pub layout: RepositoryLayout,
    /// The files that configure it, whole lines only where they name the repository.
    pub files: Vec<RepositoryFile>,
}

/// How the repository is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepositoryLayout {
    /// One repository per minor (pkgs.k8s.io and its mirrors), presently for this one.
    PerMinor(Minor),
    /// One repository for all minors (the legacy one, flat mirrors).
    AllMinors,
    /// None that offers kubeadm was found.
    Missing,
}

/// A file that configures the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFile {
    /// Its path.
    pub path: String,
    /// The lines in it that carry the repository's URL, as they are.
    pub lines: Vec<String>,
}

/// The cgroup hierarchy of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CgroupVersion {
    /// v1 or hybrid: kubelets from 1.35 refuse to start there.
    V1,
    /// v2.
    V2,
}
