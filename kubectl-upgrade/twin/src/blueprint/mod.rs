//! What a simulated cluster is to be: the input of [`crate::Twin::start`].
//!
//! Scenarios, generated clusters and snapshots of real ones all end up as a blueprint; nothing here knows which.

mod build;
mod hand_built;
pub(crate) mod images;
mod machine;
mod scenario;
mod workload;

use jiff::Timestamp;
use serde_json::Value;
use upgrade_core::version::Version;

pub use build::BlueprintError;
pub(crate) use build::{build, kube_proxy_version, kubelet_config, node};
pub use hand_built::{Binary, Found, HandBuilt};
pub use machine::{Machine, OperatingSystem, Source};
pub use scenario::{SCENARIOS, Scenario, UnknownScenario};
pub use workload::{Workload, local_volume};

use crate::clouds::Managed;
use crate::faults::Faults;
use crate::tempo::Tempo;

/// A cluster to be simulated.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// Its name in kubeconfigs.
    pub name: String,
    /// The time of day at which its story begins.
    pub epoch: Timestamp,
    /// How it was built.
    pub form: Form,
    /// The version of its control plane, as its configuration says.
    pub version: Version,
    /// Its machines: a Node and a host each.
    pub machines: Vec<Machine>,
    /// What the package repositories of its hosts hold.
    pub packages: Packages,
    /// Further objects, whole, with `apiVersion` and `kind`. They are put as they are before the builder adds what a
    /// cluster of this form has anyway and these lack.
    pub objects: Vec<Value>,
    /// How long things take.
    pub tempo: Tempo,
    /// What fails on purpose.
    pub faults: Faults,
}

/// How a cluster was built.
#[derive(Clone, Debug)]
pub enum Form {
    /// By kubeadm, from packages.
    Kubeadm,
    /// By hand: components that are units of their own.
    HandBuilt(HandBuilt),
    /// By a cloud, which runs its control plane and the machines of its pools.
    Managed(Box<Managed>),
}

/// What package repositories hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packages {
    /// The versions on offer, of kubeadm, kubelet and kubectl alike.
    pub offered: Vec<Version>,
    /// Further packages on offer, by their exact versions (`1.34.2-2.1`), as a copy of a real cluster needs them.
    pub exact: Vec<String>,
    /// One repository for each minor (`-1.1`, as pkgs.k8s.io), or one with all of them (`-00`, as apt.kubernetes.io).
    pub per_minor: bool,
}
