//! What a pool is to be, and what it is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use upgrade_core::version::Version;

use super::settings::Settings;
use crate::clouds::Extra;
use crate::clouds::operations::Failure;

/// What a pool is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolSpec {
    /// Its name.
    pub name: String,
    /// The version of its kubelets.
    pub version: Version,
    /// The image of its nodes, as the vendor names it.
    pub image: String,
    /// How many nodes.
    pub size: Size,
    /// Where they are; they take turns.
    pub zones: Vec<String>,
    /// Labels of its nodes besides those that the vendor sets, and over them.
    pub labels: BTreeMap<String, String>,
    /// Taints of its nodes, whole, as Kubernetes has them.
    pub taints: Vec<Value>,
    /// Thousandths of a CPU of each node.
    pub cpu_milli: u64,
    /// MiB of memory of each node.
    pub memory_mib: u64,
    /// How many pods each node takes.
    pub pods: u32,
    /// How its nodes are replaced.
    pub settings: Settings,
    /// What the vendor keeps of it: machine type, mode, launch template, …
    pub extra: Extra,
}

/// How many nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// To be there now.
    pub desired: u32,
    /// The least for an autoscaler.
    pub min: u32,
    /// The most for an autoscaler.
    pub max: u32,
    /// Whether an autoscaler minds it.
    pub autoscaled: bool,
}

impl Size {
    /// So many, without an autoscaler.
    #[must_use]
    pub const fn fixed(count: u32) -> Self {
        Self { desired: count, min: count, max: count, autoscaled: false }
    }
}

impl PoolSpec {
    /// A pool of so many nodes with four CPUs and 16 GiB.
    #[must_use]
    pub fn new(name: &str, version: &Version, image: &str, count: u32, zones: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            version: version.clone(),
            image: image.to_owned(),
            size: Size::fixed(count),
            zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
            labels: BTreeMap::new(),
            taints: Vec::new(),
            cpu_milli: 4_000,
            memory_mib: 16_384,
            pods: 110,
            settings: Settings::default(),
            extra: Extra::new(),
        }
    }
}

/// What a pool is.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// What it is to be.
    pub spec: PoolSpec,
    /// What is being done to it.
    pub state: PoolState,
    /// What ails it since its last operation.
    pub health: Health,
    /// Its machines by the names of their nodes.
    pub members: BTreeMap<String, Member>,
    /// What it was before its last upgrade began.
    pub previous: Option<Previous>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub changed: Timestamp,
    /// Counts its changes, for ETags.
    pub changes: u64,
}

impl Pool {
    /// A pool without machines.
    pub(in crate::clouds) fn new(spec: PoolSpec, state: PoolState, now: Timestamp) -> Self {
        let (health, members, previous) = (Health::new(), BTreeMap::new(), None);
        Self { spec, state, health, members, previous, created: now, changed: now, changes: 1 }
    }
}

/// What is being done to a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolState {
    /// Its machines start.
    Creating,
    /// Nothing.
    Active,
    /// Its nodes are replaced.
    Updating,
    /// Its machines go.
    Deleting,
    /// It never came to be.
    CreateFailed,
}

/// What ails a pool.
pub type Health = Vec<Failure>;

/// What a pool was before its last upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The version of its kubelets.
    pub version: Version,
    /// Its image.
    pub image: String,
    /// When the upgrade from it began.
    pub at: Timestamp,
}

/// One machine of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Counts the machines of the cluster, in the order in which they were asked for.
    pub number: u32,
    /// The version of its kubelet.
    pub version: Version,
    /// Its image.
    pub image: String,
    /// Where it is.
    pub zone: String,
    /// What is being done to it.
    pub state: MemberState,
    /// Which half of a blue-green rollout it is of.
    pub colour: Option<Colour>,
}

/// What is being done to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// It starts; there is no node of it yet.
    Starting,
    /// It is a node.
    Running,
    /// Its pods are leaving.
    Draining,
    /// Its pods did not leave, and it is left aside.
    Quarantined,
    /// It goes.
    Stopping,
}

/// The halves of a blue-green rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The old nodes.
    Blue,
    /// The new ones.
    Green,
}
