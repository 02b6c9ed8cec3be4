//! Answers a condition from an inventory.
//!
//! What the inventory does not show is *unseen*, never a yes.

use jiff::Timestamp;

use super::{cloud, component};
use crate::component::Component;
use crate::drain::{PodVerdict, verdict as drain_verdict};
use crate::ids::NodeName;
use crate::inventory::{Gap, GapSubject, Host, Inventory, Node, OperationOutcome, Place, Readiness, RepositoryLayout};
use crate::plan::{Condition, DrainPolicy, PackagePin, Verdict, lease_is_fresh};
use crate::version::{Minor, Version};

/// The components kubeadm runs as static pods next to each API server.
const CONTROL_PLANE: [Component; 3] = [Component::ApiServer, Component::ControllerManager, Component::Scheduler];

/// Whether `condition` holds in `seen`, which was observed at `now`.
#[must_use]
pub fn verdict(condition: &Condition, seen: &Inventory, now: Timestamp) -> Verdict {
    match condition {
        Condition::ApiHealthy => api_healthy(seen),
        Condition::ControlPlaneAt { node, version } => control_plane(seen, node, version, version),
        Condition::ControlPlaneWithin { node, from, to } => control_plane(seen, node, from, to),
        Condition::RecordAt { version } => record(seen, version),
        Condition::KubeProxyAt { version } => kube_proxy(seen, version),
        Condition::KubeletAt { node, version } => kubelet(seen, node, version, version),
        Condition::KubeletWithin { node, from, to } => kubelet(seen, node, from, to),
        Condition::NodeReady { node } => with_node(seen, node, |node| ready(node, seen.observed_at)),
        Condition::NodeUnschedulable { node } => {
            with_node(seen, node, |node| holds_or(node.unschedulable, || "it is schedulable".to_owned()))
        }
        Condition::NotCordonedByUs { node } => with_node(seen, node, |node| {
            let ours = node.unschedulable && node.cordoned_by.is_some();
            holds_or(!ours, || "it is still cordoned by this tool".to_owned())
        }),
        Condition::NodeDrained { node, policy } => drained(seen, node, policy),
        Condition::RepositoryServes { node, minor } => with_host(seen, node, |host| repository(host, *minor)),
        Condition::PackagesInstalled { node, packages } => with_host(seen, node, |host| installed(host, packages)),
        Condition::OperationSucceeded { .. } => operation(seen),
        Condition::Cloud(condition) => cloud::verdict(condition, seen, now),
        Condition::Component(condition) => component::verdict(condition, seen),
    }
}

/// Yes, or what was found instead.
pub(super) fn holds_or(holds: bool, found: impl FnOnce() -> String) -> Verdict {
    if holds { Verdict::Holds } else { Verdict::Fails { found: found() } }
}

/// Not seen: for the reason the gap of that subject has, if there is one.
pub(super) fn unseen(seen: &Inventory, subject: &GapSubject, otherwise: &str) -> Verdict {
    let gap = seen.gaps.iter().find(|gap| gap.subject == *subject);
    let words = |gap: &Gap| match &gap.hint {
        Some(hint) => format!("{}; {hint}", gap.why),
        None => gap.why.clone(),
    };
    Verdict::Unseen { why: gap.map_or_else(|| otherwise.to_owned(), words) }
}

fn with_node(seen: &Inventory, name: &NodeName, ask: impl FnOnce(&Node) -> Verdict) -> Verdict {
    seen.node(name).map_or_else(|| Verdict::Fails { found: format!("there is no node {name}") }, ask)
}

fn with_host(seen: &Inventory, name: &NodeName, ask: impl FnOnce(&Host) -> Verdict) -> Verdict {
    match seen.hosts.get(name) {
        Some(host) => ask(host),
        None => unseen(seen, &GapSubject::Host(name.clone()), "the host was not looked at"),
    }
}

fn api_healthy(seen: &Inventory) -> Verdict {
    holds_or(seen.health.etcd_read, || "reads that reach etcd fail".to_owned())
}

fn control_plane(seen: &Inventory, node: &NodeName, from: &Version, to: &Version) -> Verdict {
    let mut wrong = Vec::new();
    for component in CONTROL_PLANE {
        let place = Place::Node(node.clone());
        match seen.version_at(component, &place) {
            None => return unseen(seen, &GapSubject::Component(component, Some(place)), "its mirror pod was not seen"),
            Some(version) if version < from || version > to => wrong.push(format!("{component} {version}")),
            Some(_) => {}
        }
    }
    holds_or(wrong.is_empty(), || wrong.join(", "))
}

fn record(seen: &Inventory, version: &Version) -> Verdict {
    match &seen.kubeadm {
        Some(record) => holds_or(record.version == *version, || format!("it says {}", record.version)),
        None => unseen(seen, &GapSubject::KubeadmRecord, "there is no ConfigMap kube-system/kubeadm-config"),
    }
}

fn kube_proxy(seen: &Inventory, version: &Version) -> Verdict {
    let other = seen.instances(Component::KubeProxy).find(|instance| instance.version != *version);
    let gap = seen.gaps.iter().find(|gap| matches!(gap.subject, GapSubject::Component(Component::KubeProxy, _)));
    match (other, gap) {
        (Some(instance), _) => Verdict::Fails { found: format!("it is at {}", instance.version) },
        (None, Some(gap)) => Verdict::Unseen { why: gap.why.clone() },
        (None, None) => Verdict::Holds,
    }
}

fn kubelet(seen: &Inventory, node: &NodeName, from: &Version, to: &Version) -> Verdict {
    with_node(seen, node, |node| {
        let within = (from..=to).contains(&&node.kubelet);
        holds_or(within, || format!("it reports {}", node.kubelet))
    })
}

/// Whether a node is ready, by its condition and its Lease, when it was looked at: what else was looked at since, a slow
/// cloud or host, makes no Lease older.
pub(super) fn ready(node: &Node, looked: Timestamp) -> Verdict {
    match (node.ready, node.lease_renewed) {
        (Readiness::NotReady, _) => Verdict::Fails { found: "it is not ready".to_owned() },
        (Readiness::Unknown, _) => Verdict::Fails { found: "its readiness is unknown".to_owned() },
        // Kubelets before 1.13 keep no Lease: the condition is all there is.
        (Readiness::Ready, None) => Verdict::Holds,
        (Readiness::Ready, Some(renewed)) => holds_or(lease_is_fresh(renewed, looked), || {
            format!("its Lease was renewed {} s ago", looked.as_second().saturating_sub(renewed.as_second()))
        }),
    }
}

fn drained(seen: &Inventory, node: &NodeName, policy: &DrainPolicy) -> Verdict {
    if let Some(gap) = seen.gaps.iter().find(|gap| gap.subject == GapSubject::Pods) {
        return Verdict::Unseen { why: gap.why.clone() };
    }
    let left = left_on(seen, node, policy);
    holds_or(left.is_empty(), || format!("{} pods are left: {}", left.len(), shorten(&left)))
}

/// The pods on a node that its drain would move.
pub(super) fn left_on(seen: &Inventory, node: &NodeName, policy: &DrainPolicy) -> Vec<String> {
    seen.pods
        .iter()
        .filter(|pod| pod.node.as_ref() == Some(node))
        .filter(|pod| !matches!(drain_verdict(pod, policy), PodVerdict::Leave(_)))
        .map(|pod| pod.name.to_string())
        .collect()
}

/// The first few names, so that a line stays a line.
pub(super) fn shorten(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

fn repository(host: &Host, minor: Minor) -> Verdict {
    match host.repository.layout {
        RepositoryLayout::PerMinor(found) => holds_or(found == minor, || format!("it serves {found}")),
        RepositoryLayout::AllMinors => Verdict::Holds,
        RepositoryLayout::Missing => Verdict::Fails { found: "no repository offers kubeadm".to_owned() },
    }
}

fn installed(host: &Host, packages: &[PackagePin]) -> Verdict {
    let wrong: Vec<String> = packages
        .iter()
        .filter_map(|pin| match host.installed.get(&pin.name) {
            Some(found) if found.version == pin.version => None,
            Some(found) => Some(format!("{} is at {}", pin.name, found.version)),
            None => Some(format!("{} is not installed", pin.name)),
        })
        .collect();
    holds_or(wrong.is_empty(), || wrong.join(", "))
}

fn operation(seen: &Inventory) -> Verdict {
    match seen.operation {
        Some(OperationOutcome::Ended { exit_status: 0 }) => Verdict::Holds,
        Some(OperationOutcome::Ended { exit_status }) => {
            Verdict::Fails { found: format!("it ended with exit status {exit_status}") }
        }
        Some(OperationOutcome::Running) => Verdict::Fails { found: "it is still running".to_owned() },
        Some(OperationOutcome::Lost) => Verdict::Fails { found: "it is gone and left no exit status".to_owned() },
        Some(OperationOutcome::Absent) | None => Verdict::Fails { found: "it was not begun".to_owned() },
    }
}
