//! KU0405 to KU0407: the state nodes and hosts are in.

use super::CheckContext;
use super::words::finding;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{Inventory, Readiness};
use crate::plan::lease_is_fresh;

/// KU0405: kubeadm's preflight speaks of it; whether the kubelet minds is its configuration's.
pub(super) fn swap(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let moving = inventory.nodes.iter().filter(|node| context.moves(node));
    let on = moving.filter(|node| inventory.hosts.get(&node.name).is_some_and(|host| host.swap));
    on.map(|node| {
        let remedy = "swapoff -a, and take it out of /etc/fstab; fine where failSwapOn is false on purpose";
        finding(FindingCode::SwapOn, Severity::Note, format!("host {}", node.name), "swap is on", remedy)
    })
    .collect()
}

/// KU0406, by the Ready condition and by the Lease, which tells of a dead kubelet earlier.
pub(super) fn not_ready(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &inventory.nodes {
        let fresh = node.lease_renewed.is_none_or(|renewed| lease_is_fresh(renewed, inventory.observed_at));
        let found = match (node.ready, fresh) {
            (Readiness::Ready, true) => continue,
            (Readiness::Ready, false) => "says Ready, but its kubelet no longer renews its Lease",
            (Readiness::NotReady, _) => "not Ready",
            (Readiness::Unknown, _) => "its kubelet does not report",
        };
        let severity = if context.moves(node) { Severity::Blocker } else { Severity::Note };
        let remedy = format!("kubectl describe node {0}; put it right, or leave it out with --exclude {0}", node.name);
        findings.push(finding(FindingCode::NodeNotReady, severity, format!("node {}", node.name), found, remedy));
    }
    findings
}

/// KU0407: someone else's cordon stays.
pub(super) fn foreign_cordon(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let moving = inventory.nodes.iter().filter(|node| context.moves(node));
    let foreign = moving.filter(|node| node.unschedulable && node.cordoned_by.is_none());
    foreign
        .map(|node| {
            let found = "cordoned, not by this tool: it stays cordoned when its upgrade is done";
            let remedy = format!("if nobody needs it so: kubectl uncordon {}", node.name);
            finding(FindingCode::ForeignCordon, Severity::Note, format!("node {}", node.name), found, remedy)
        })
        .collect()
}
