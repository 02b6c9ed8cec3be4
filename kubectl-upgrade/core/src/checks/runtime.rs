//! KU0504 and KU0505: container runtimes the target's kubelet cannot work with.

use super::CheckContext;
use super::words::finding;
use crate::component::Component;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{GapSubject, Inventory, Node};
use crate::version::{Minor, Version};

/// KU0504: Docker driven by the kubelet itself. With cri-dockerd, named in kubeadm's annotation or by a kubelet that
/// could not do without it, nothing is wrong.
pub(super) fn dockershim(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(change) = context.in_force(inventory, "dockershim-removed") else { return Vec::new() };
    let moving = inventory.nodes.iter().filter(|node| context.moves(node));
    let on_docker = moving.filter(|node| node.runtime.starts_with("docker://") && node.kubelet.minor() < change.since);
    on_docker
        .filter(|node| !through_cri_dockerd(inventory, node))
        .map(|node| {
            let found = format!("{}: {}", node.runtime, change.consequence);
            finding(FindingCode::Dockershim, Severity::Blocker, format!("node {}", node.name), found, change.remedy)
        })
        .collect()
}

fn through_cri_dockerd(inventory: &Inventory, node: &Node) -> bool {
    let marks = inventory.evidence.nodes.iter().filter(|marks| marks.node.as_ref() == Some(&node.name));
    marks
        .filter_map(|marks| marks.annotations.get("kubeadm.alpha.kubernetes.io/cri-socket"))
        .any(|socket| socket.contains("cri-dockerd"))
}

/// A runtime that is too old from some target on.
struct TooOld {
    runtime: &'static str,
    below: Version,
    from: Minor,
    severity: Severity,
    why: &'static str,
}

/// The kubelet speaks only CRI v1 from 1.26 on. From 1.36 on, what lacks the RuntimeConfig call of the CRI lives on
/// borrowed time: the kubelet's own metric named 1.36, the release notes put the removal off, last to 1.38.
const TOO_OLD: [TooOld; 4] = [
    too_old_row(
        "containerd",
        Version::new(1, 6, 0),
        Minor::new(1, 26),
        Severity::Blocker,
        "lacks CRI v1: the node does not register",
    ),
    too_old_row(
        "cri-o",
        Version::new(1, 20, 0),
        Minor::new(1, 26),
        Severity::Blocker,
        "lacks CRI v1: the node does not register",
    ),
    too_old_row(
        "containerd",
        Version::new(2, 0, 0),
        Minor::new(1, 36),
        Severity::Warning,
        "loses the kubelet's support soon",
    ),
    too_old_row(
        "cri-o",
        Version::new(1, 28, 0),
        Minor::new(1, 36),
        Severity::Warning,
        "loses the kubelet's support soon",
    ),
];

const fn too_old_row(
    runtime: &'static str,
    below: Version,
    from: Minor,
    severity: Severity,
    why: &'static str,
) -> TooOld {
    TooOld { runtime, below, from, severity, why }
}

/// KU0505, or KU0202 where the version cannot be read and no gap has said so.
pub(super) fn too_old(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(target) = context.target(inventory) else { return Vec::new() };
    let moving = inventory.nodes.iter().filter(|node| context.moves(node));
    moving.filter_map(|node| of_node(node, target, inventory)).collect()
}

fn of_node(node: &Node, target: Minor, inventory: &Inventory) -> Option<Finding> {
    let subject = format!("node {}", node.name);
    let Some((name, version)) = parsed(&node.runtime) else {
        if inventory.gaps.iter().any(|gap| matches!(gap.subject, GapSubject::Component(Component::ContainerRuntime, _)))
        {
            return None;
        }
        let found = format!("container runtime {:?} cannot be read", node.runtime);
        let remedy = format!("kubectl describe node {}", node.name);
        return Some(finding(FindingCode::VersionUnknown, Severity::Warning, subject, found, remedy));
    };
    let rule = TOO_OLD.into_iter().find(|rule| rule.runtime == name && rule.from <= target && version < rule.below)?;
    let found = format!("{name} {version} {}", rule.why);
    let remedy =
        format!("upgrade {name} to {} or newer on the drained node, restart it, then the kubelet", rule.below.minor());
    Some(finding(FindingCode::RuntimeTooOld, rule.severity, subject, found, remedy))
}

/// `containerd://1.7.24~ds1` as name and release.
fn parsed(runtime: &str) -> Option<(&str, Version)> {
    let (name, version) = runtime.split_once("://")?;
    let numbers: String =
        version.trim_start_matches('v').chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let mut parts = numbers.split('.').map(str::parse::<u16>);
    let mut next = || parts.next().and_then(Result::ok);
    Some((name, Version::new(next()?, next()?, next().unwrap_or(0))))
}
