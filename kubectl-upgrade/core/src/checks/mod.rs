//! What stands in the way of an upgrade, found before its first step.
//!
//! Each check is a pure function from an inventory and the way ahead to findings; `CHECKS` is the list of them. A check
//! that needs what could not be seen says so with a finding of its own, never with silence. Checks judge the state the
//! plan starts from; what changes on the way is the gate's to judge.

mod addresses;
mod advice;
mod apis;
mod budgets;
mod clocks;
mod cloud;
mod disk;
mod dns;
mod etcd;
mod flags;
mod half_done;
mod karpenter;
mod kubeadm_config;
mod nodes;
mod owner;
mod packages;
mod pods;
mod runtime;
mod support;
mod target;
mod unseen;
mod versions;
mod windows;
mod words;

use jiff::civil::Date;

pub use advice::advice;

use crate::facts::{Change, Facts};
use crate::finding::Finding;
use crate::inventory::{Inventory, Node};
use crate::path::nodes_due_before;
use crate::plan::Options;
use crate::version::{Minor, Version};

/// What checks are asked about, besides the inventory.
#[derive(Clone, Debug)]
pub struct CheckContext<'a> {
    /// The hops of the control plane, first to last: from, to. Empty when there is nowhere to go.
    pub hops: Vec<(Version, Version)>,
    /// The day support windows are judged on.
    pub today: Date,
    /// The choices of whoever plans.
    pub options: &'a Options,
    /// The kubectl beside the plugin, if any.
    pub kubectl: Option<&'a Version>,
    /// The tables.
    pub facts: &'a Facts,
}

impl CheckContext<'_> {
    /// The minor everything ends at: the last hop's, or without hops the control plane's own, which lagging nodes join.
    fn target(&self, inventory: &Inventory) -> Option<Minor> {
        self.hops.last().map(|(_, to)| to).or_else(|| inventory.oldest_api_server()).map(Version::minor)
    }

    /// Whether kubeadm of that minor runs on the node on its way to the target: it does at every hop, and before the
    /// first where the node is too old for it.
    fn passes(&self, inventory: &Inventory, node: &Node, minor: Minor) -> bool {
        let first = self.hops.first().filter(|(_, to)| nodes_due_before(to.minor(), node.kubelet.minor()));
        let mut visited = self.hops.iter().map(|(_, to)| to.minor()).chain(first.map(|(from, _)| from.minor()));
        visited.any(|visited| visited == minor) || self.target(inventory) == Some(minor)
    }

    /// The change of behaviour of that name, if it is in force at the target, wherever the path starts: what a node has
    /// escaped so far still catches it when its kubelet moves.
    fn in_force(&self, inventory: &Inventory, id: &str) -> Option<&Change> {
        self.facts.changes(Minor::new(0, 0), self.target(inventory)?).find(|change| change.id == id)
    }

    /// Whether the plan changes the node, and drains it for that.
    fn moves(&self, node: &Node) -> bool {
        !self.options.excluded.contains(&node.name)
    }
}

/// A check.
type Check = fn(&Inventory, &CheckContext<'_>) -> Vec<Finding>;

/// Every check, in the order of the codes they report.
const CHECKS: &[Check] = &[
    owner::owner,
    owner::declared,
    versions::violated,
    unseen::versions,
    versions::kubectl,
    half_done::half_done,
    etcd::too_old,
    budgets::never,
    budgets::now,
    budgets::overlap,
    pods::unmanaged,
    pods::local_data,
    pods::single_replica,
    dns::together,
    unseen::workloads,
    unseen::hosts,
    packages::missing,
    disk::room,
    clocks::skew,
    nodes::swap,
    nodes::not_ready,
    nodes::foreign_cordon,
    flags::control_plane,
    flags::kubelets,
    flags::on_hosts,
    flags::kubeadm_gates,
    target::cgroup_v1,
    target::static_pods,
    runtime::dockershim,
    runtime::too_old,
    apis::in_use,
    apis::unknown,
    kubeadm_config::api,
    cloud::all,
    addresses::free,
    karpenter::drift,
    support::current,
    support::target,
    support::path,
    support::calendar,
];

/// Everything the checks find, gravest first.
#[must_use]
pub fn findings(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(inventory, context)).collect();
    // Stable: within a severity the order of the list stays.
    findings.sort_by_key(|finding| finding.severity);
    findings
}

#[cfg(test)]
mod tests;
