//! What a plan does through a cloud, or to a whole node pool.
//!
//! The verbs are those the clouds share; what only one of them has is a parameter. Which call each comes down to is in
//! [`crate::commands::cloud`], shown by the plan and made by the provider.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::action::{Action, DrainForecast};
use super::cloud_options::{Conflicts, Surge};
use super::options::DrainPolicy;
use crate::ids::{AddonName, PoolName};
use crate::version::Version;

/// One thing done to the control plane, an add-on or a pool of a managed cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CloudAction {
    /// Have the cloud look again at what would be in the way of an upgrade.
    RefreshInsights,
    /// Stop an operation that goes on and is not of the run, as was asked for by name.
    StopOperation {
        /// The cloud's id.
        id: String,
        /// What it does, in the cloud's words.
        kind: String,
        /// The pool it is done to; none for the cluster.
        on: Option<PoolName>,
    },
    /// Take the control plane to a version.
    UpgradeControlPlane {
        /// The version it is at.
        from: Version,
        /// The version to reach.
        to: Version,
        /// Whether the cloud's own checks that stand in the way are overridden.
        force: bool,
        /// In two steps, with so many seconds in which it can still go back; none in one step.
        soak_s: Option<u32>,
        /// The pools that the cloud takes along in the same call; none where they stay as they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        along: Option<Along>,
    },
    /// Take the second step of an upgrade of the control plane in two, after which there is no way back.
    CompleteControlPlane {
        /// The version reached.
        version: Version,
    },
    /// Take the control plane back to the minor it came from.
    RollbackControlPlane {
        /// The version it is at.
        from: Version,
        /// The version it came from.
        to: Version,
    },
    /// Take an add-on to the version that goes with a control plane.
    UpgradeAddon {
        /// The add-on.
        addon: AddonName,
        /// The version it is at, as the cloud writes it.
        from: String,
        /// The version to reach, as the cloud writes it.
        to: String,
        /// What happens to fields that someone else has changed.
        conflicts: Conflicts,
    },
    /// Set how the cloud replaces the pool's nodes, for the run or back to what was.
    ConfigurePool {
        /// The pool.
        pool: PoolName,
        /// What is set.
        surge: Surge,
        /// What it replaces.
        before: Surge,
    },
    /// Have the cloud replace the pool's nodes with ones of a version.
    UpgradePool {
        /// The pool.
        pool: PoolName,
        /// The version it is at.
        from: Version,
        /// The version to reach.
        to: Version,
        /// The image that goes with it, as the cloud writes it; none for the newest.
        image: Option<String>,
        /// The version of its launch template to go to; none where that stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<LaunchTemplate>,
        /// Whether pods whose eviction is refused are deleted when their time is up.
        force: bool,
        /// What its nodes hold, as seen when the plan was made. Late-bound: nodes and pods come and go.
        seen: PoolForecast,
    },
    /// Take the pool back to the version and image it came from.
    RollbackPool {
        /// The pool.
        pool: PoolName,
        /// The version it is at.
        from: Version,
        /// The version it came from.
        to: Version,
        /// The image it came from, where the cloud tells.
        image: Option<String>,
    },
    /// Make a new pool beside an old one, with everything as the old one has it but name and version.
    CreatePool {
        /// The new pool.
        pool: PoolName,
        /// The pool it is made like.
        like: PoolName,
        /// Its version.
        version: Version,
        /// Its image, as the cloud writes it; none for the newest.
        image: Option<String>,
        /// How many nodes it starts with.
        nodes: u32,
    },
    /// Watch the pool's nodes stay ready for a while.
    SoakPool {
        /// The pool.
        pool: PoolName,
        /// For so many seconds.
        seconds: u32,
    },
    /// Mark every node of the pool unschedulable, in this run's name.
    CordonPool {
        /// The pool.
        pool: PoolName,
    },
    /// Evict the pods of the pool's nodes under their budgets, some nodes at a time.
    DrainPool {
        /// The pool.
        pool: PoolName,
        /// So many nodes at a time.
        at_once: u32,
        /// What the drain may and may not do.
        policy: DrainPolicy,
        /// What it would have to move, as seen when the plan was made.
        seen: PoolForecast,
    },
    /// Make the nodes of the pool schedulable again, where the cordon is this tool's.
    UncordonPool {
        /// The pool.
        pool: PoolName,
    },
    /// Delete the pool and its machines.
    DeletePool {
        /// The pool.
        pool: PoolName,
    },
    /// Empty the pool's nodes that are not at a version, under budgets and some at a time, and see each replaced by one
    /// that is.
    RenewPool {
        /// The pool.
        pool: PoolName,
        /// The version its nodes reach.
        to: Version,
        /// What puts a new node in the place of an old one.
        renewal: Renewal,
        /// So many nodes at a time.
        at_once: u32,
        /// What the drains may and may not do.
        policy: DrainPolicy,
        /// What they would have to move, as seen when the plan was made.
        seen: PoolForecast,
    },
    /// Wait until nodes that somebody else replaces are at a version: the cloud itself, Karpenter, or the operator.
    FollowPool {
        /// The pool.
        pool: PoolName,
        /// The version its nodes reach.
        to: Version,
        /// Who replaces them, and what to do about it, in words.
        by: String,
    },
}

/// Pools that a cloud takes along with the control plane, one after the other, as parts of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Along {
    /// The pools.
    pub pools: Vec<PoolName>,
    /// What their nodes hold, as seen when the plan was made.
    pub seen: PoolForecast,
}

/// A version of a pool's launch template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchTemplate {
    /// The version, as its owner counts.
    pub version: String,
    /// Whether it names the image of the nodes, so that the cloud is given neither version nor image.
    pub names_image: bool,
}

/// What the nodes of a pool hold, as seen when the plan was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolForecast {
    /// Nodes.
    pub nodes: u32,
    /// Pods and budgets of all of them.
    pub drain: DrainForecast,
}

/// How a run sets a pool up for itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetUp<'a> {
    /// What is set.
    pub(crate) surge: &'a Surge,
    /// What that replaces, and what is put back.
    pub(crate) before: &'a Surge,
}

/// How these actions set pools up for their run: the first that is set of a pool, as the others put it back.
pub(crate) fn set_up<'a>(actions: impl Iterator<Item = &'a Action>) -> BTreeMap<&'a PoolName, SetUp<'a>> {
    let mut pools = BTreeMap::new();
    for action in actions {
        if let Action::Cloud(CloudAction::ConfigurePool { pool, surge, before }) = action {
            pools.entry(pool).or_insert(SetUp { surge, before });
        }
    }
    pools
}

/// What puts a new node in the place of one that was emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Renewal {
    /// Nothing has to: each pod brings a machine of its own, at the control plane's version, and takes it along.
    WithPod,
    /// Whoever owns the machines: an Auto Scaling group whose template names the new version, or a person.
    ByOwner,
}

/// Who carries an action out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The Kubernetes API.
    Cluster,
    /// The provider, on a host.
    Host,
    /// The provider, through the cloud.
    Cloud,
    /// A person; what came of it is observed.
    Person,
}

impl Carrier {
    /// Whether what was begun goes on with nobody asking how it stands.
    #[must_use]
    pub const fn goes_on_by_itself(self) -> bool {
        match self {
            Self::Host | Self::Cloud => true,
            Self::Cluster | Self::Person => false,
        }
    }
}

impl CloudAction {
    /// The pool it is done to, if it is done to one.
    #[must_use]
    pub const fn pool(&self) -> Option<&PoolName> {
        match self {
            Self::RefreshInsights
            | Self::UpgradeControlPlane { .. }
            | Self::CompleteControlPlane { .. }
            | Self::RollbackControlPlane { .. }
            | Self::UpgradeAddon { .. } => None,
            Self::StopOperation { on, .. } => on.as_ref(),
            Self::ConfigurePool { pool, .. }
            | Self::UpgradePool { pool, .. }
            | Self::RollbackPool { pool, .. }
            | Self::CreatePool { pool, .. }
            | Self::SoakPool { pool, .. }
            | Self::CordonPool { pool }
            | Self::DrainPool { pool, .. }
            | Self::UncordonPool { pool }
            | Self::DeletePool { pool }
            | Self::RenewPool { pool, .. }
            | Self::FollowPool { pool, .. } => Some(pool),
        }
    }

    /// The Kubernetes version it takes something to.
    #[must_use]
    pub const fn version(&self) -> Option<&Version> {
        match self {
            Self::UpgradeControlPlane { to: version, .. }
            | Self::CompleteControlPlane { version }
            | Self::RollbackControlPlane { to: version, .. }
            | Self::UpgradePool { to: version, .. }
            | Self::RollbackPool { to: version, .. }
            | Self::CreatePool { version, .. }
            | Self::RenewPool { to: version, .. }
            | Self::FollowPool { to: version, .. } => Some(version),
            Self::RefreshInsights
            | Self::StopOperation { .. }
            | Self::UpgradeAddon { .. }
            | Self::ConfigurePool { .. }
            | Self::SoakPool { .. }
            | Self::CordonPool { .. }
            | Self::DrainPool { .. }
            | Self::UncordonPool { .. }
            | Self::DeletePool { .. } => None,
        }
    }

    /// Who carries it out.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        match self {
            Self::RefreshInsights
            | Self::StopOperation { .. }
            | Self::UpgradeControlPlane { .. }
            | Self::CompleteControlPlane { .. }
            | Self::RollbackControlPlane { .. }
            | Self::UpgradeAddon { .. }
            | Self::ConfigurePool { .. }
            | Self::UpgradePool { .. }
            | Self::RollbackPool { .. }
            | Self::CreatePool { .. }
            | Self::DeletePool { .. } => Carrier::Cloud,
            Self::SoakPool { .. }
            | Self::CordonPool { .. }
            | Self::DrainPool { .. }
            | Self::UncordonPool { .. }
            | Self::RenewPool { .. }
            | Self::FollowPool { .. } => Carrier::Cluster,
        }
    }

    /// What the nodes it replaces or drains hold, as seen when the plan was made.
    #[must_use]
    pub const fn forecast(&self) -> Option<&PoolForecast> {
        match self {
            Self::UpgradePool { seen, .. }
            | Self::DrainPool { seen, .. }
            | Self::RenewPool { seen, .. }
            | Self::UpgradeControlPlane { along: Some(Along { seen, .. }), .. } => Some(seen),
            Self::RefreshInsights
            | Self::StopOperation { .. }
            | Self::UpgradeControlPlane { along: None, .. }
            | Self::CompleteControlPlane { .. }
            | Self::RollbackControlPlane { .. }
            | Self::UpgradeAddon { .. }
            | Self::ConfigurePool { .. }
            | Self::RollbackPool { .. }
            | Self::CreatePool { .. }
            | Self::SoakPool { .. }
            | Self::CordonPool { .. }
            | Self::UncordonPool { .. }
            | Self::DeletePool { .. }
            | Self::FollowPool { .. } => None,
        }
    }

    /// The policy of the drain that it is.
    #[must_use]
    pub const fn drain_policy(&self) -> Option<DrainPolicy> {
        match self {
            Self::DrainPool { policy, .. } | Self::RenewPool { policy, .. } => Some(*policy),
            Self::RefreshInsights
            | Self::StopOperation { .. }
            | Self::UpgradeControlPlane { .. }
            | Self::CompleteControlPlane { .. }
            | Self::RollbackControlPlane { .. }
            | Self::UpgradeAddon { .. }
            | Self::ConfigurePool { .. }
            | Self::UpgradePool { .. }
            | Self::RollbackPool { .. }
            | Self::CreatePool { .. }
            | Self::SoakPool { .. }
            | Self::CordonPool { .. }
            | Self::UncordonPool { .. }
            | Self::DeletePool { .. }
            | Self::FollowPool { .. } => None,
        }
    }
}
