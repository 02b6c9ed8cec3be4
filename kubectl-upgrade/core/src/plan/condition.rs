//! What a step expects and what it is to reach, as questions to an inventory.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::PackagePin;
use super::cloud_condition::CloudCondition;
use super::component::ComponentCondition;
use super::options::DrainPolicy;
use crate::ids::NodeName;
use crate::version::{Minor, Version};

/// A question an inventory can answer with yes, no or *not seen*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// A read that reaches etcd succeeds.
    ApiHealthy,
    /// The API server, controller-manager and scheduler on the node are at the version.
    ControlPlaneAt {
        /// The node.
        node: NodeName,
        /// The version.
        version: Version,
    },
    /// Each of them is at a version from `from` to `to`, as after a `kubeadm` that died half-way.
    ControlPlaneWithin {
        /// The node.
        node: NodeName,
        /// The oldest allowed.
        from: Version,
        /// The newest allowed.
        to: Version,
    },
    /// kubeadm recorded the version as finished.
    RecordAt {
        /// The version.
        version: Version,
    },
    /// The kube-proxy DaemonSet has the version; holds too where there is no kube-proxy.
    KubeProxyAt {
        /// The version.
        version: Version,
    },
    /// The node's kubelet reports the version.
    KubeletAt {
        /// The node.
        node: NodeName,
        /// The version.
        version: Version,
    },
    /// The node's kubelet reports a version from `from` to `to`.
    KubeletWithin {
        /// The node.
        node: NodeName,
        /// The oldest allowed.
        from: Version,
        /// The newest allowed.
        to: Version,
    },
    /// The node is Ready and its Lease is fresh.
    NodeReady {
        /// The node.
        node: NodeName,
    },
    /// The node takes no new pods.
    NodeUnschedulable {
        /// The node.
        node: NodeName,
    },
    /// The node takes new pods, or is kept from it by someone else's cordon.
    NotCordonedByUs {
        /// The node.
        node: NodeName,
    },
    /// No pod is left on the node that its drain would evict.
    NodeDrained {
        /// The node.
        node: NodeName,
        /// What its drain may do.
        policy: DrainPolicy,
    },
    /// The host's package repository serves the minor.
    RepositoryServes {
        /// The node.
        node: NodeName,
        /// The minor.
        minor: Minor,
    },
    /// The packages are installed at exactly these versions.
    PackagesInstalled {
        /// The node.
        node: NodeName,
        /// The packages.
        packages: Vec<PackagePin>,
    },
    /// The step's own operation on the host ended with exit status 0.
    OperationSucceeded {
        /// The node.
        node: NodeName,
    },
    /// Something about a cluster that a cloud runs.
    Cloud(CloudCondition),
    /// Something about a component of a hand-built cluster.
    Component(ComponentCondition),
}

/// The answer to a [`Condition`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not; this was found instead.
    Fails {
        /// What was found.
        found: String,
    },
    /// It could not be seen, and why.
    Unseen {
        /// Why.
        why: String,
    },
}

/// How old a Lease may be for its kubelet to count as alive, in seconds. The kubelet renews every 10 s; a dead one
/// keeps its Ready condition for 40 s and more (observed: 54 s), so the condition alone proves nothing.
pub const LEASE_FRESH_S: i64 = 30;

/// Whether a Lease renewed then is fresh now.
#[must_use]
pub fn lease_is_fresh(renewed: Timestamp, now: Timestamp) -> bool {
    now.as_second().saturating_sub(renewed.as_second()) <= LEASE_FRESH_S
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiHealthy => f.write_str("the API answers reads that reach etcd"),
            Self::ControlPlaneAt { node, version } => write!(f, "control plane on {node} at {version}"),
            Self::ControlPlaneWithin { node, from, to } => write!(f, "control plane on {node} from {from} to {to}"),
            Self::RecordAt { version } => write!(f, "kubeadm's record at {version}"),
            Self::KubeProxyAt { version } => write!(f, "kube-proxy at {version}"),
            Self::KubeletAt { node, version } => write!(f, "kubelet on {node} at {version}"),
            Self::KubeletWithin { node, from, to } => write!(f, "kubelet on {node} from {from} to {to}"),
            Self::NodeReady { node } => write!(f, "node {node} Ready with a fresh Lease"),
            Self::NodeUnschedulable { node } => write!(f, "node {node} cordoned"),
            Self::NotCordonedByUs { node } => write!(f, "node {node} schedulable"),
            Self::NodeDrained { node, .. } => write!(f, "node {node} drained"),
            Self::RepositoryServes { node, minor } => write!(f, "package repository of {node} at {minor}"),
            Self::PackagesInstalled { node, packages } => {
                write!(f, "on {node}")?;
                packages.iter().try_for_each(|pin| write!(f, " {}={}", pin.name, pin.version))
            }
            Self::OperationSucceeded { node } => write!(f, "the step's command on {node} ended with exit status 0"),
            Self::Cloud(condition) => condition.fmt(f),
            Self::Component(condition) => condition.fmt(f),
        }
    }
}
