//! KU0304 to KU0306: what a drain loses or interrupts.

use std::collections::{BTreeMap, BTreeSet};

use super::CheckContext;
use super::words::{count, finding, names};
use crate::drain::{PodVerdict, RefuseReason, verdict};
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::NodeName;
use crate::inventory::{Inventory, Owner, Pod, PodPhase};
use crate::plan::DrainPolicy;

/// The pods on nodes that will be drained.
fn on_drained<'a>(inventory: &'a Inventory, context: &CheckContext<'_>) -> impl Iterator<Item = &'a Pod> {
    let drained: BTreeSet<&NodeName> =
        inventory.nodes.iter().filter(|node| context.moves(node)).map(|node| &node.name).collect();
    inventory.pods.iter().filter(move |pod| pod.node.as_ref().is_some_and(|node| drained.contains(node)))
}

/// The pods that drains have to move, every consent given, ended ones aside.
pub(super) fn evicted<'a>(inventory: &'a Inventory, context: &CheckContext<'_>) -> impl Iterator<Item = &'a Pod> {
    let policy = DrainPolicy { force: true, delete_empty_dir_data: true, ..DrainPolicy::default() };
    on_drained(inventory, context).filter(move |pod| runs(pod) && verdict(pod, &policy) == PodVerdict::Evict)
}

fn runs(pod: &Pod) -> bool {
    match pod.phase {
        PodPhase::Pending | PodPhase::Running | PodPhase::Unknown => true,
        PodPhase::Succeeded | PodPhase::Failed => false,
    }
}

/// KU0304.
pub(super) fn unmanaged(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let strict = DrainPolicy::default();
    let reason = RefuseReason::Unmanaged;
    let refused = on_drained(inventory, context).filter(|pod| verdict(pod, &strict) == PodVerdict::Refuse(reason));
    let severity = gravity(context.options.drain.force);
    refused
        .map(|pod| {
            let on = names(pod.node.as_ref());
            let remedy = format!("create it through a Deployment, or let it go with {}", reason.consent());
            let subject = format!("pod {}", pod.name);
            finding(FindingCode::UnmanagedPod, severity, subject, format!("on {on}: {reason}"), remedy)
        })
        .collect()
}

/// KU0305, one for each workload.
pub(super) fn local_data(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    // With the other consent given, what is still refused is refused for its data.
    let strict = DrainPolicy { force: true, ..DrainPolicy::default() };
    let reason = RefuseReason::EmptyDir;
    let refused = on_drained(inventory, context).filter(|pod| verdict(pod, &strict) == PodVerdict::Refuse(reason));
    let mut by_owner: BTreeMap<String, Vec<&Pod>> = BTreeMap::new();
    for pod in refused {
        by_owner.entry(workload(pod)).or_default().push(pod);
    }
    let severity = gravity(context.options.drain.delete_empty_dir_data);
    by_owner
        .into_iter()
        .map(|(subject, pods)| {
            let on = names(pods.iter().filter_map(|pod| pod.node.as_ref()));
            let found = format!("{} on {on}: {reason}", count(pods.len(), "pod"));
            let remedy = format!("if the data can be lost: {}", reason.consent());
            finding(FindingCode::LocalData, severity, subject, found, remedy)
        })
        .collect()
}

fn gravity(consent: bool) -> Severity {
    if consent { Severity::Note } else { Severity::Blocker }
}

/// KU0306. Jobs run to an end and are not served from: theirs do not count.
pub(super) fn single_replica(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut replicas: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for pod in inventory.pods.iter().filter(|pod| runs(pod) && !pod.terminating) {
        if let Some(key) = served_by(pod) {
            *replicas.entry(key).or_default() += 1;
        }
    }
    let single = |pod: &&Pod| served_by(pod).is_some_and(|key| replicas.get(&key) == Some(&1) && !pod.terminating);
    evicted(inventory, context)
        .filter(single)
        .map(|pod| {
            let found = format!("its only pod, on {}, is away while it moves", names(pod.node.as_ref()));
            let remedy = "scale it to 2 or more, or accept the gap";
            finding(FindingCode::SingleReplica, Severity::Warning, workload(pod), found, remedy)
        })
        .collect()
}

fn served_by(pod: &Pod) -> Option<(&str, &str, &str)> {
    let Owner { kind, name } = pod.owner.as_ref().filter(|owner| owner.kind != "Job")?;
    Some((&pod.name.namespace, kind, name))
}

fn workload(pod: &Pod) -> String {
    match &pod.owner {
        Some(Owner { kind, name }) => format!("{kind} {}/{name}", pod.name.namespace),
        None => format!("pod {}", pod.name),
    }
}
