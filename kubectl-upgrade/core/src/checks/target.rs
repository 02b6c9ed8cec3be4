//! KU0502 and KU0503: hosts that a kubelet of the target refuses, and what it drops there.

use super::CheckContext;
use super::words::{finding, names};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{CgroupVersion, Inventory};

/// The preflight check of kubeadm that refuses cgroup v1.
const PREFLIGHT: &str = "SystemVerification";

/// KU0502. Both the kubelet's setting and kubeadm's exception are needed: with the setting alone kubeadm refuses, with
/// the exception alone everything succeeds and the kubelet dies (observed at 1.35).
pub(super) fn cgroup_v1(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(change) = context.in_force(inventory, "cgroup-v1-refused") else { return Vec::new() };
    let allowed = inventory.kubeadm.as_ref().and_then(|record| record.fail_cgroup_v1) == Some(false);
    let ignored = context.options.ignore_preflight.iter().any(|name| name == PREFLIGHT || name == "all");
    let lacks = match (allowed, ignored) {
        (true, true) => return Vec::new(),
        (true, false) => format!("failCgroupV1 is false, but kubeadm still refuses: add --ignore-preflight-errors {PREFLIGHT}"),
        (false, true) => {
            "kubeadm's check is ignored, but the kubelet will die: set failCgroupV1: false in kube-system/kubelet-config too"
                .to_owned()
        }
        (false, false) => change.remedy.to_owned(),
    };
    let moving = inventory.nodes.iter().filter(|node| context.moves(node));
    let on_v1 =
        moving.filter(|node| inventory.hosts.get(&node.name).is_some_and(|host| host.cgroup == CgroupVersion::V1));
    on_v1
        .map(|node| {
            let found = format!("runs on cgroup v1; kubelet {} refuses to start there", change.since);
            let remedy = format!("{lacks}; or leave it out with --exclude {}", node.name);
            finding(FindingCode::CgroupV1, Severity::Blocker, format!("host {}", node.name), found, remedy)
        })
        .collect()
}

/// KU0503. A kubelet that is new enough already has dropped them; nobody may have noticed.
pub(super) fn static_pods(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(change) = context.in_force(inventory, "static-pod-api-references") else { return Vec::new() };
    let mut findings = Vec::new();
    for node in inventory.nodes.iter().filter(|node| context.moves(node)) {
        let files = inventory.hosts.get(&node.name).map_or(&[][..], |host| &host.static_pods_with_references);
        if files.is_empty() {
            continue;
        }
        let (severity, verb) = if node.kubelet.minor() < change.since {
            (Severity::Blocker, "drops")
        } else {
            (Severity::Warning, "has already dropped")
        };
        let found = format!("kubelet {} {verb} without a word: {}", change.since, names(files));
        let remedy = format!("{} in /etc/kubernetes/manifests", change.remedy);
        findings.push(finding(
            FindingCode::StaticPodReferences,
            severity,
            format!("host {}", node.name),
            found,
            remedy,
        ));
    }
    findings
}
