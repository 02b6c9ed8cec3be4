//! One Node as the API shows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{NodeName, PoolName};
use crate::version::Version;

/// What was observed of a Node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: NodeName,
    /// Whether it carries the control-plane (or, before 1.24, master) role label or control-plane mirror pods.
    pub control_plane: bool,
    /// `nodeInfo.kubeletVersion`: changes only after the kubelet restarted and registered.
    pub kubelet: Version,
    /// The Ready condition. A dead kubelet still looks ready for most of a minute: see `lease_renewed`.
    pub ready: Readiness,
    /// When the kubelet last renewed its Lease; the fresher sign of life.
    pub lease_renewed: Option<Timestamp>,
    /// `spec.unschedulable`.
    pub unschedulable: bool,
    /// Who cordoned it, when it was this tool: the run named in the cordon annotation.
    pub cordoned_by: Option<String>,
    /// `nodeInfo.containerRuntimeVersion`, such as `containerd://1.7.24`.
    pub runtime: String,
    /// `nodeInfo.osImage`.
    pub os_image: String,
    /// InternalIP addresses, in order.
    pub addresses: Vec<String>,
    /// `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
    /// The pool it belongs to, by the label of its cloud or of Karpenter.
    #[serde(default)]
    pub pool: Option<PoolName>,
    /// Since when the Ready condition says what it says.
    #[serde(default)]
    pub ready_since: Option<Timestamp>,
}

/// The status of a Node's Ready condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// `True`.
    Ready,
    /// `False`.
    NotReady,
    /// `Unknown`, or no such condition.
    Unknown,
}
