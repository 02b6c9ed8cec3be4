//! Clusters built by hand: units and binaries, no kubeadm.

use upgrade_core::components::Components;
use upgrade_core::version::Version;

use super::Blueprint;
use crate::hosts;

/// What a cluster built by hand has beyond its machines. Hosts of the control plane have no kubelet and no Node; they are
/// behind a load balancer, where there are several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandBuilt {
    /// The version of etcd.
    pub etcd: Version,
    /// The version that its owner wants etcd at, where that is another one.
    pub etcd_to: Option<Version>,
    /// The machines with a member of etcd.
    pub members: Vec<String>,
    /// Those of them whose member is stopped when the story begins.
    pub stopped: Vec<String>,
}

impl Blueprint {
    /// The components file that the owner of the cluster keeps; none of clusters that were not built by hand.
    #[must_use]
    pub fn components(&self) -> Option<Components> {
        hosts::components(self)
    }
}
