//! KU0403: kubeadm copies etcd's whole data beside its manifests before each etcd upgrade, and never cleans up.

use super::CheckContext;
use super::words::finding;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Inventory;

const GIB: u64 = 1 << 30;

/// KU0403: room for the data once more and for a copy at each hop, and 1 GiB to breathe.
pub(super) fn room(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let copies = u64::try_from(context.hops.len()).unwrap_or(u64::MAX).max(1).saturating_add(1);
    let mut findings = Vec::new();
    for node in inventory.nodes.iter().filter(|node| context.moves(node)) {
        let Some(host) = inventory.hosts.get(&node.name) else { continue };
        let Some(data) = host.etcd_data else { continue };
        let needed = data.saturating_mul(copies).saturating_add(GIB);
        if host.free_etc_kubernetes < needed {
            let (free, needed) = (mib(host.free_etc_kubernetes), mib(needed));
            let found = format!("{free} free for /etc/kubernetes/tmp, {needed} wanted: etcd holds {}", mib(data));
            let remedy =
                format!("free room on {}; old copies are in /etc/kubernetes/tmp/kubeadm-backup-etcd-*", node.name);
            findings.push(finding(
                FindingCode::DiskRoom,
                Severity::Blocker,
                format!("host {}", node.name),
                found,
                remedy,
            ));
        }
    }
    findings
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
