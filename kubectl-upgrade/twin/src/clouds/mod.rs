//! Managed clusters: what a cloud knows of a cluster beside its Kubernetes API, and what it does to it when asked.
//!
//! One model serves all three clouds: a control plane without hosts, pools of machines, and operations that take their
//! time. The fronts (`eks`, `gke`, `aks`) translate between their vendor's wire and this model. They hold no state: what a
//! vendor keeps that nothing here acts upon is kept for them as JSON, in `extra` of the cluster, of each pool and of each
//! operation. Nodes are the twin's nodes: machines join through [`crate::controllers::nodes`], pods leave by the API's own
//! eviction, and budgets are real.
//!
//! # For fronts
//!
//! A front is `answer(&mut World, &Call, &[&str]) -> Answer` in its module, given the segments of the path; [`CloudService`] brings requests there.
//! A request is let in by [`faults::admit`] (throttling, expired credentials), reads what a reader may see by now through
//! [`CloudWorld::seen`] (eventual consistency), and cuts lists with [`faults::page`]. Changes go through functions on the
//! world, each of which returns the id of an operation at once and lets it happen in virtual time:
//!
//! | to | call |
//! |---|---|
//! | change the control plane's version, up or down | [`control_plane::upgrade`] |
//! | end a control plane's soak, or go back within it | [`control_plane::complete`], [`control_plane::roll_back`] |
//! | replace a pool's nodes by others of a version and image | [`pools::upgrade`] |
//! | end a blue-green soak early, or go back | [`pools::complete`], [`pools::roll_back`] |
//! | create, delete, resize a pool | [`pools::create`], [`pools::delete`], [`pools::resize`] |
//! | change settings of a pool, or of the cluster | [`change`] within [`operations::brief`], or alone when it takes no time |
//! | stop something half-way | [`operations::cancel`] |
//! | anything else that takes its time | [`operations::begin`], [`crate::world::World::after`], [`operations::finish`] |
//! | let a workload of the cloud's own run another image | [`set_image`] within [`operations::brief`] |
//! | several in a row under one operation | [`operations::begin`], [`operations::when_ended`], [`operations::finish`] |
//!
//! They refuse what no cloud allows ([`Refused`]); which versions may follow which is the front's to judge, as the vendors
//! differ. A [`Request`] carries the client's token: the same token for the same thing gives the same operation again.

mod aks;
pub mod control_plane;
mod eks;
pub mod faults;
pub(crate) mod gke;
mod machines;
pub mod operations;
mod place;
pub mod pools;
mod system;
#[cfg(test)]
mod tests;
pub mod whole;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};
use upgrade_core::version::Version;

pub use aks::{fqdn as aks_fqdn, note_deprecated_use};
pub use eks::nodegroup_settings;
pub use place::{Cloud, Place};
pub use system::set_image;
pub(crate) use system::{build, objects};
pub use wire::{CloudService, Exchange, serve};

use crate::blueprint::Machine;
use crate::world::World;
use control_plane::ManagedControlPlane;
use faults::CloudFaults;
use operations::{Operation, OperationId, Waiting};
use pools::{Pool, PoolSpec, Rollout};

/// What vendors keep that nothing here acts upon.
pub type Extra = Map<String, Value>;

/// The part of a blueprint that only managed clusters have. Machines of the blueprint itself are in no pool: self-managed
/// ones, or Karpenter's.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Whose and where.
    pub place: Place,
    /// What the cloud offers, oldest first.
    pub offers: Vec<Offer>,
    /// How many API servers there are behind the endpoint. A single one is away while it is replaced.
    pub api_servers: u8,
    /// Its pools, their nodes all there and at the pool's version.
    pub pools: Vec<PoolSpec>,
    /// The machines of the pools, by pool, of a copy of a real cluster. Its Nodes and what the cloud runs in it are among
    /// the objects of the blueprint then. Empty, each pool has as many machines as its size says.
    pub members: BTreeMap<String, Vec<Machine>>,
    /// What goes wrong on purpose.
    pub faults: CloudFaults,
    /// What the vendor keeps of the cluster.
    pub extra: Extra,
}

/// One version on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// As `GET /version` has it: `1.33.5-gke.1080000`, `1.33.5-eks-3025e55`, `1.33.5`.
    pub version: Version,
    /// As kubelets of new nodes have it.
    pub node_version: Version,
    /// The newest node image that goes with it: `1.33.5-20251112`, `AKSUbuntu-2204gen2containerd-202511.07.0`.
    pub image: String,
    /// Since when.
    pub released: Date,
    /// The last day of standard support; none while it is not known.
    pub standard_until: Option<Date>,
    /// The last day of extended support; none where there is none, or it is not known.
    pub extended_until: Option<Date>,
    /// What the vendor says of it besides: channels, preview, default.
    pub extra: Extra,
}

/// What the cloud knows of its cluster.
pub struct CloudWorld {
    /// Whose and where.
    pub place: Place,
    /// What is on offer, oldest first.
    pub offers: Vec<Offer>,
    /// What goes wrong on purpose.
    pub faults: CloudFaults,
    /// When the cluster was created.
    pub created: Timestamp,
    /// Requests and answers, from when this is set to an empty list.
    pub exchanges: Option<Vec<Exchange>>,
    now: Seen,
    past: VecDeque<(Duration, Seen)>,
    rollouts: BTreeMap<String, Rollout>,
    waiting: BTreeMap<OperationId, Waiting>,
    machines: u32,
}

/// What a reader of the cloud's API may see.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The control plane.
    pub control_plane: ManagedControlPlane,
    /// The pools by name.
    pub pools: BTreeMap<String, Pool>,
    /// All operations ever begun, in order.
    pub operations: Vec<Operation>,
    /// What the vendor keeps of the cluster.
    pub extra: Extra,
}

/// Who asks for something, and how it is to be remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The client's token: once begun under it, the same thing is not begun again.
    pub token: Option<String>,
    /// What the vendor says of the operation besides.
    pub extra: Extra,
}

/// Why the cloud does not even begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The twin's cluster is not managed.
    #[error("expected a managed cluster")]
    NotManaged,
    /// There is no such pool.
    #[error("expected a pool named {0}, found none")]
    NoPool(String),
    /// There is a pool of that name.
    #[error("expected no pool named {0}, found one")]
    PoolExists(String),
    /// There is no such operation.
    #[error("expected an operation {0}, found none")]
    NoOperation(String),
    /// Something else is going on.
    #[error("expected nothing to be going on, found operation {0}")]
    Busy(OperationId),
    /// An operation has just ended, and the cloud is not done with it all the same.
    #[error("expected nothing to be going on, found the cloud still busy")]
    StillBusy,
    /// That version is not on offer.
    #[error("expected a version on offer, found {0}")]
    NotOffered(Version),
    /// Nodes may not be newer than the control plane.
    #[error("expected nodes no newer than the control plane at {control_plane}, found {nodes}")]
    NewerThanControlPlane {
        /// What was asked for.
        nodes: Version,
        /// What the control plane is at.
        control_plane: Version,
    },
    /// There is nothing that could be completed, gone back on or cancelled.
    #[error("expected {0}, found none")]
    NothingToDo(&'static str),
    /// A size, amount or setting that cannot be.
    #[error("expected {expected}, found {found}")]
    Invalid {
        /// What would do.
        expected: &'static str,
        /// What was asked for.
        found: String,
    },
}

impl CloudWorld {
    /// What is so.
    #[must_use]
    pub fn now(&self) -> &Seen {
        &self.now
    }

    /// What a reader sees at that time since the story began: what is so, or what was so a while ago where reads lag.
    #[must_use]
    pub fn seen(&self, elapsed: Duration) -> &Seen {
        let Some(until) = elapsed.checked_sub(self.faults.reads_lag) else {
            return self.past.front().map_or(&self.now, |(_, seen)| seen);
        };
        // Each entry is what was so until that moment.
        let then = self.past.iter().find(|(ended, _)| *ended > until);
        then.map_or(&self.now, |(_, seen)| seen)
    }

    /// The offer of a control plane's version.
    #[must_use]
    pub fn offer(&self, version: &Version) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.version == *version)
    }

    fn remember(&mut self, elapsed: Duration) {
        if self.faults.reads_lag.is_zero() {
            return self.past.clear();
        }
        let forgotten = elapsed.saturating_sub(self.faults.reads_lag);
        while self.past.front().is_some_and(|(ended, _)| *ended <= forgotten) {
            self.past.pop_front();
        }
        self.past.push_back((elapsed, self.now.clone()));
    }
}

/// The cloud of a world.
///
/// # Errors
/// When the cluster is not managed.
pub fn of(world: &World) -> Result<&CloudWorld, Refused> {
    world.cloud.as_ref().ok_or(Refused::NotManaged)
}

/// Changes what the cloud knows; readers hear of it when they are to. None when the cluster is not managed.
pub fn change<T>(world: &mut World, change: impl FnOnce(&mut Seen) -> T) -> Option<T> {
    let elapsed = world.clock().elapsed();
    let cloud = world.cloud.as_mut()?;
    cloud.remember(elapsed);
    Some(change(&mut cloud.now))
}
