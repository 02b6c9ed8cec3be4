//! Clusters built by hand: units and binaries, no kubeadm.

use std::collections::{BTreeMap, BTreeSet};

use upgrade_core::component::Component;
use upgrade_core::components::{Components, Source};
use upgrade_core::inventory::HostComponent;
use upgrade_core::version::Version;

use super::{Blueprint, Form, Machine};
use crate::hosts;

/// What a cluster built by hand has beyond its machines. Unless it was found otherwise, hosts of the control plane have no
/// Node, and no kubelet but for static pods; they are behind a load balancer, where there are several.
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
    /// Whether the control plane's hosts run their components as static pods of a kubelet that no API server knows.
    pub static_pods: bool,
    /// What runs where, as it was found on a real cluster; none for the usual.
    pub found: Option<Found>,
}

/// A hand-built cluster as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The units of each machine. Machines that are not named run nothing that is known.
    pub hosts: BTreeMap<String, Vec<HostComponent>>,
    /// The machines with a Node.
    pub nodes: BTreeSet<String>,
    /// The binaries that are taken to be where they are to be fetched from.
    pub binaries: Vec<Binary>,
}

/// A binary that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// Where it is.
    pub from: Source,
    /// Which component.
    pub component: Component,
    /// At which version.
    pub version: Version,
    /// Its SHA-256, where that is known beforehand.
    pub sha256: Option<String>,
}

impl Blueprint {
    /// Whether a kubelet has registered a Node of that machine.
    #[must_use]
    pub fn has_node(&self, machine: &Machine) -> bool {
        let Form::HandBuilt(built) = &self.form else { return true };
        built.found.as_ref().map_or(!machine.control_plane, |found| found.nodes.contains(&machine.name))
    }

    /// One more machine with a Node.
    pub fn add_node(&mut self, machine: Machine) {
        if let Form::HandBuilt(HandBuilt { found: Some(found), .. }) = &mut self.form {
            found.nodes.insert(machine.name.clone());
        }
        self.machines.push(machine);
    }

    /// The components file that the owner of the cluster keeps; none of clusters that were not built by hand.
    #[must_use]
    pub fn components(&self) -> Option<Components> {
        hosts::components(self)
    }
}
