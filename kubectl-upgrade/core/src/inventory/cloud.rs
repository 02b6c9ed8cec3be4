//! What a cloud says of a cluster that it runs.
//!
//! One form for all clouds: what a cloud does not have is absent, and what it could not be asked is a gap of the
//! inventory. The cloud's answer wins over every table.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::schedule::{Opening, Schedule};
use crate::ids::{AddonName, PoolName};
use crate::plan::{ProviderKind, Surge, SurgeAmount};
use crate::version::{Minor, Version};

/// A managed cluster as its cloud shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudCluster {
    /// Which cloud.
    pub provider: ProviderKind,
    /// The cloud's own names.
    pub names: CloudNames,
    /// The version of its control plane.
    pub version: Version,
    /// How exactly the cloud names versions of control planes.
    pub precision: Precision,
    /// Whether it can be worked on.
    pub state: CloudState,
    /// The release channel, where there is one: `REGULAR`, `stable`.
    pub channel: Option<String>,
    /// What the control plane may be taken to, oldest first; empty when it was not asked.
    pub offers: Vec<Offer>,
    /// The node pools, and nodes that form one without being the cloud's own kind of pool.
    pub pools: Vec<Pool>,
    /// The add-ons the cloud manages.
    pub addons: Vec<Addon>,
    /// What the cloud found that bears on an upgrade.
    pub insights: Vec<Insight>,
    /// When the insights were last gathered; none where there are none.
    pub insights_at: Option<Timestamp>,
    /// Operations that are going on, ours or another's.
    pub operations: Vec<CloudOperation>,
    /// When the cloud may and may not change the cluster by itself.
    pub maintenance: Vec<MaintenanceWindow>,
    /// The way back of the control plane, where there is one right now.
    pub rollback: Option<Rollback>,
    /// Settings that bear on an upgrade and fit nowhere else, in words: `automatic upgrades: patch`.
    pub notes: Vec<String>,
    /// The subnets that its control plane and its pools take addresses from, by id; empty where the cloud has none to name.
    #[serde(default, skip_serializing_if = "Network::is_empty")]
    pub network: Network,
}

/// Where a cluster's addresses come from, as far as the cloud tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The subnets of the control plane, by id.
    pub control_plane: Vec<String>,
    /// Those whose free addresses were told, of the control plane and of pools. One that is missing was not seen.
    pub subnets: Vec<Subnet>,
}

/// A part of a network from which machines and control planes take addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// The cloud's id.
    pub id: String,
    /// Where it is.
    pub zone: String,
    /// Addresses that nothing holds.
    pub free: u32,
}

/// The names a cloud knows a cluster by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudNames {
    /// Account, project or subscription.
    pub account: String,
    /// Region, or zone of a zonal cluster.
    pub region: String,
    /// Resource group; only Azure has them.
    pub group: Option<String>,
    /// The cluster.
    pub cluster: String,
}

/// How exactly versions are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// By minor; the patch is the cloud's own business.
    Minor,
    /// To the last digit.
    Exact,
}

/// Whether something can be worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloudState {
    /// Yes.
    Ready,
    /// Not now: the cloud's own word for what goes on.
    Busy(String),
    /// The last operation failed, or it is degraded: the cloud's own word.
    Failed(String),
}

/// A version on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The version.
    pub version: Version,
    /// The last day of standard support, where the cloud tells.
    pub standard_until: Option<Date>,
    /// The last day of extended or long-term support.
    pub extended_until: Option<Date>,
    /// Whether the control plane can be taken there from where it is, in one step.
    pub reachable: bool,
    /// Whether it is a preview.
    pub preview: bool,
}

/// Nodes that are replaced together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Its name.
    pub name: PoolName,
    /// Who replaces its nodes.
    pub kind: PoolKind,
    /// The version its nodes shall have; none where the cloud keeps none.
    pub version: Option<Version>,
    /// The image its nodes shall have, as the cloud writes it.
    pub image: Option<String>,
    /// The newest image of its version, where the cloud tells of one that is newer than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_image: Option<String>,
    /// The kind of image: `AL2_x86_64`, `COS_CONTAINERD`, `Ubuntu`.
    pub image_type: Option<String>,
    /// What it may be taken to, newest last; empty when the cluster's own offers hold.
    pub offers: Vec<Version>,
    /// How many nodes.
    pub size: PoolSize,
    /// How the cloud replaces them.
    pub surge: Surge,
    /// Whether it can be worked on.
    pub state: CloudState,
    /// Where its nodes are.
    pub zones: Vec<String>,
    /// The launch template, node template or NodeClass it is made from, where there is one.
    pub template: Option<String>,
    /// The way back, where there is one right now.
    pub rollback: Option<Rollback>,
    /// What else bears on an upgrade, in words.
    pub notes: Vec<String>,
    /// The subnets its machines get addresses from, by id; empty where the cloud names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// How it is replaced as a whole, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blue_green: Option<BlueGreen>,
}

/// How a whole second pool takes the place of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlueGreen {
    /// How many of the old nodes are drained at a time; none where an autoscaler decides.
    pub batch: Option<SurgeAmount>,
    /// How long is waited after each batch, in seconds.
    pub batch_soak_s: u32,
    /// How long both stand when the old one is empty, in seconds.
    pub soak_s: u32,
}

/// Who replaces the nodes of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKind {
    /// The cloud, when it is told to.
    Managed,
    /// The cloud, by itself: EKS Auto Mode, GKE Autopilot, node auto-provisioning.
    Automatic,
    /// Karpenter, when its nodes drift from what it would make.
    Karpenter,
    /// Nobody but the operator.
    SelfManaged,
    /// The cloud makes a machine for each pod: Fargate.
    PerPod,
}

/// How many nodes a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSize {
    /// Now.
    pub nodes: u32,
    /// The fewest an autoscaler leaves; none when nothing scales it.
    pub min: Option<u32>,
    /// The most an autoscaler makes.
    pub max: Option<u32>,
}

/// A way back that runs out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// Where it leads.
    pub to: Version,
    /// To which image, for a pool.
    pub image: Option<String>,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// An add-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addon {
    /// Its name.
    pub name: AddonName,
    /// Its version, as the cloud writes it.
    pub version: String,
    /// Whether it can be worked on.
    pub state: CloudState,
    /// The versions that go with a minor, the cloud's default first.
    pub compatible: BTreeMap<Minor, Vec<String>>,
}

/// Something the cloud found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insight {
    /// The cloud's own id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it stands in the way.
    pub status: InsightStatus,
    /// The minor it is about; none when it is about all.
    pub minor: Option<Minor>,
    /// Why, in the cloud's words.
    pub reason: String,
    /// What to do, in the cloud's words.
    pub advice: String,
    /// What it was found on: objects, APIs, clients.
    pub found_on: Vec<String>,
}

/// Whether an insight stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InsightStatus {
    /// No.
    Passing,
    /// The cloud could not tell.
    Unknown,
    /// It may.
    Warning,
    /// It does.
    Error,
}

/// An operation that is going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudOperation {
    /// The cloud's id.
    pub id: String,
    /// What it does, in the cloud's words.
    pub kind: String,
    /// The pool or add-on it is done to; none for the cluster.
    pub on: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// When the cloud may, or may not, change the cluster by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceWindow {
    /// Its name.
    pub name: String,
    /// Whether it forbids changes rather than allowing them.
    pub exclusion: bool,
    /// What it forbids or allows, and when it comes again, in words.
    pub scope: String,
    /// What of an upgrade it is about; nothing where it is about other changes, or the cloud's words were not understood.
    #[serde(default)]
    pub covers: Vec<Moves>,
    /// From when.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// When it is open, where it comes again and that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

/// What of a cluster a step moves, as windows and exclusions tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moves {
    /// The control plane, to a patch of its minor.
    Patch,
    /// The control plane, to another minor.
    Minor,
    /// Nodes.
    Nodes,
}

impl Moves {
    /// All of an upgrade.
    pub const ALL: [Self; 3] = [Self::Patch, Self::Minor, Self::Nodes];
}

impl MaintenanceWindow {
    /// Whether it holds at that time.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Whether it is an exclusion that names that.
    #[must_use]
    pub fn forbids(&self, moves: Moves) -> bool {
        self.exclusion && self.covers.contains(&moves)
    }
}

impl Offer {
    /// Whether the cloud takes a control plane of that minor there in one step over several minors. Previews aside.
    #[must_use]
    pub fn is_leap_from(&self, minor: Minor) -> bool {
        self.reachable && !self.preview && self.version.minor().ahead_of(minor) > 1
    }
}

impl Network {
    /// Whether nothing is known of it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.control_plane.is_empty() && self.subnets.is_empty()
    }

    /// The subnets of these ids; none when there are no ids, or one of them was not seen.
    #[must_use]
    pub fn of(&self, ids: &[String]) -> Option<Vec<&Subnet>> {
        let found = ids.iter().map(|id| self.subnets.iter().find(|subnet| subnet.id == *id));
        found.collect::<Option<Vec<_>>>().filter(|found| !found.is_empty())
    }

    /// The free addresses of these together; none as in [`Network::of`].
    #[must_use]
    pub fn free_addresses(&self, ids: &[String]) -> Option<u32> {
        Some(self.of(ids)?.iter().map(|subnet| subnet.free).fold(0, u32::saturating_add))
    }
}

impl CloudCluster {
    /// The pool of that name.
    #[must_use]
    pub fn pool(&self, name: &PoolName) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.name == *name)
    }

    /// The add-on of that name.
    #[must_use]
    pub fn addon(&self, name: &AddonName) -> Option<&Addon> {
        self.addons.iter().find(|addon| addon.name == *name)
    }

    /// How the windows for such a move stand; none when there are none for it, or none that could be read.
    #[must_use]
    pub fn opening(&self, moves: Moves, now: Timestamp) -> Option<Opening> {
        let windows = self.maintenance.iter().filter(|window| !window.exclusion && window.covers.contains(&moves));
        let openings = windows.filter_map(|window| window.schedule.as_ref()).map(|schedule| schedule.at(now));
        openings.reduce(Opening::sooner)
    }

    /// Whether the minor it is at is left behind: the cloud offers no next one, so that there is no way but a leap, and that of
    /// the whole cluster (AKS, facts §3.6).
    #[must_use]
    pub fn is_left_behind(&self) -> bool {
        let next = self.version.minor().next();
        !self.offers.iter().any(|offer| offer.version.minor() == next)
            && self.offers.iter().any(|offer| offer.is_leap_from(self.version.minor()))
    }

    /// Whether the control plane is at the version, as exactly as the cloud names it.
    #[must_use]
    pub fn is_at(&self, version: &Version) -> bool {
        self.precision.same(&self.version, version)
    }
}

impl Precision {
    /// Whether two versions are one, as exactly as the cloud names them.
    #[must_use]
    pub fn same(self, one: &Version, other: &Version) -> bool {
        match self {
            Self::Minor => one.minor() == other.minor(),
            Self::Exact => one == other,
        }
    }
}
