//! What a step expects and reaches of a cluster that a cloud runs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cloud_options::Surge;
use super::options::DrainPolicy;
use crate::ids::{AddonName, PoolName};
use crate::version::Version;

/// A question about a managed cluster, answered like every condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CloudCondition {
    /// The cloud says that the control plane is at the version, as exactly as it names versions.
    ControlPlaneAt {
        /// The version.
        version: Version,
    },
    /// The time is over in which an upgrade of the control plane in two steps can still go back.
    ControlPlaneSoaked,
    /// No second step of an upgrade of the control plane is left to take: it cannot go back.
    ControlPlaneComplete,
    /// The cloud takes changes of the cluster: nothing else is going on.
    Ready,
    /// The operation does not go on any more.
    OperationEnded {
        /// The cloud's id.
        id: String,
    },
    /// The cloud's insights are no older than this.
    InsightsFresh {
        /// Seconds.
        within_s: u32,
    },
    /// The add-on is at the version and well.
    AddonAt {
        /// The add-on.
        addon: AddonName,
        /// The version, as the cloud writes it.
        version: String,
    },
    /// The pool exists.
    PoolExists {
        /// The pool.
        pool: PoolName,
    },
    /// The pool is gone, and its nodes with it.
    PoolGone {
        /// The pool.
        pool: PoolName,
    },
    /// The cloud says that the pool is at the version, and every node of it reports that.
    PoolAt {
        /// The pool.
        pool: PoolName,
        /// The version.
        version: Version,
    },
    /// The pool takes changes, and every node of it is Ready with a fresh Lease.
    PoolReady {
        /// The pool.
        pool: PoolName,
    },
    /// Every node of the pool has been Ready for so long, and there is at least one.
    PoolReadyFor {
        /// The pool.
        pool: PoolName,
        /// Seconds.
        seconds: u32,
    },
    /// The pool is set up like this.
    PoolConfigured {
        /// The pool.
        pool: PoolName,
        /// What is set.
        surge: Surge,
    },
    /// The cloud says that the pool has the image.
    PoolImage {
        /// The pool.
        pool: PoolName,
        /// The image, as the cloud writes it.
        image: String,
    },
    /// No node of the pool takes new pods.
    PoolUnschedulable {
        /// The pool.
        pool: PoolName,
    },
    /// No node of the pool has a cordon of this tool.
    PoolNotCordonedByUs {
        /// The pool.
        pool: PoolName,
    },
    /// No pod is left on any node of the pool that its drain would evict.
    PoolDrained {
        /// The pool.
        pool: PoolName,
        /// What its drain may do.
        policy: DrainPolicy,
    },
}

impl CloudCondition {
    /// The pool it is about, if it is about one.
    #[must_use]
    pub const fn pool(&self) -> Option<&PoolName> {
        match self {
            Self::ControlPlaneAt { .. }
            | Self::ControlPlaneSoaked
            | Self::ControlPlaneComplete
            | Self::Ready
            | Self::OperationEnded { .. }
            | Self::InsightsFresh { .. }
            | Self::AddonAt { .. } => None,
            Self::PoolExists { pool }
            | Self::PoolGone { pool }
            | Self::PoolAt { pool, .. }
            | Self::PoolReady { pool }
            | Self::PoolReadyFor { pool, .. }
            | Self::PoolConfigured { pool, .. }
            | Self::PoolImage { pool, .. }
            | Self::PoolUnschedulable { pool }
            | Self::PoolNotCordonedByUs { pool }
            | Self::PoolDrained { pool, .. } => Some(pool),
        }
    }
}

impl fmt::Display for CloudCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlPlaneAt { version } => write!(f, "control plane at {version}"),
            Self::ControlPlaneSoaked => f.write_str("the control plane's time to go back over"),
            Self::ControlPlaneComplete => f.write_str("no second step of the control plane left"),
            Self::Ready => f.write_str("the cloud takes changes of the cluster"),
            Self::OperationEnded { id } => write!(f, "operation {id} ended"),
            Self::InsightsFresh { within_s } => write!(f, "insights gathered within {} min", within_s.div_ceil(60)),
            Self::AddonAt { addon, version } => write!(f, "add-on {addon} at {version}"),
            Self::PoolExists { pool } => write!(f, "pool {pool} exists"),
            Self::PoolGone { pool } => write!(f, "pool {pool} and its nodes gone"),
            Self::PoolAt { pool, version } => write!(f, "pool {pool} and its nodes at {version}"),
            Self::PoolReady { pool } => write!(f, "nodes of pool {pool} Ready with fresh Leases"),
            Self::PoolReadyFor { pool, seconds } => {
                write!(f, "nodes of pool {pool} Ready for {} min", seconds.div_ceil(60))
            }
            Self::PoolConfigured { pool, surge } => write!(f, "pool {pool} with {surge}"),
            Self::PoolImage { pool, image } => write!(f, "pool {pool} with image {image}"),
            Self::PoolUnschedulable { pool } => write!(f, "nodes of pool {pool} cordoned"),
            Self::PoolNotCordonedByUs { pool } => write!(f, "nodes of pool {pool} schedulable"),
            Self::PoolDrained { pool, .. } => write!(f, "nodes of pool {pool} drained"),
        }
    }
}
