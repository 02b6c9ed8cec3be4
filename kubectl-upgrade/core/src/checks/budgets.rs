//! KU0301 to KU0303: budgets that keep a drain waiting, or for ever.

use std::collections::{BTreeMap, BTreeSet};

use super::CheckContext;
use super::pods::evicted;
use super::words::{count, finding, names};
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::ObjectName;
use crate::inventory::{Budget, BudgetAllowance, Inventory, Pod};

/// KU0301.
pub(super) fn never(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let covering = covering(inventory, context, BudgetAllowance::Never);
    covering
        .into_iter()
        .map(|(budget, pods)| {
            let found = format!("allows no eviction, ever ({}); pods on {}", numbers(budget), nodes(&pods));
            finding(FindingCode::BudgetNever, Severity::Blocker, subject(budget), found, widen(budget, &pods))
        })
        .collect()
}

/// KU0302.
pub(super) fn now(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let covering = covering(inventory, context, BudgetAllowance::Later);
    covering
        .into_iter()
        .map(|(budget, pods)| {
            let found = format!("allows no eviction right now ({}); pods on {}", numbers(budget), nodes(&pods));
            let remedy = format!("see why pods are not ready: kubectl -n {} get pods", budget.name.namespace);
            finding(FindingCode::BudgetNow, Severity::Warning, subject(budget), found, remedy)
        })
        .collect()
}

/// KU0303: the API refuses to evict a pod under two budgets, with 500, whatever they allow.
pub(super) fn overlap(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let covered = inventory.budgets.iter().flat_map(|budget| budget.pods.iter().map(|pod| (pod, &budget.name)));
    // Sorted, and not a map of every pod: in most clusters none is covered twice.
    let mut covered: Vec<(&ObjectName, &ObjectName)> = covered.collect();
    covered.sort();
    let mut budgets_of: BTreeMap<&ObjectName, BTreeSet<&ObjectName>> = BTreeMap::new();
    for twice in covered.chunk_by(|one, other| one.0 == other.0).filter(|budgets| budgets.len() > 1) {
        for (pod, budget) in twice {
            budgets_of.entry(pod).or_default().insert(budget);
        }
    }
    if budgets_of.is_empty() {
        return Vec::new();
    }
    let mut pods_under: BTreeMap<BTreeSet<&ObjectName>, Vec<&Pod>> = BTreeMap::new();
    for pod in evicted(inventory, context) {
        if let Some(budgets) = budgets_of.get(&pod.name).filter(|budgets| budgets.len() > 1) {
            pods_under.entry(budgets.clone()).or_default().push(pod);
        }
    }
    pods_under
        .into_iter()
        .map(|(budgets, pods)| {
            let covered = count(pods.len(), "pod");
            let found = format!(
                "{covered} under {} budgets, eviction fails: {}",
                budgets.len(),
                names(pods.iter().map(|pod| &pod.name))
            );
            let remedy = "keep one of the budgets for these pods: delete the other or narrow its selector";
            let subject = format!("PodDisruptionBudgets {}", names(budgets));
            finding(FindingCode::BudgetsOverlap, Severity::Blocker, subject, found, remedy)
        })
        .collect()
}

/// The budgets of that allowance, with the pods under them that a drain would evict.
fn covering<'a>(
    inventory: &'a Inventory,
    context: &CheckContext<'_>,
    allowance: BudgetAllowance,
) -> Vec<(&'a Budget, Vec<&'a Pod>)> {
    let budgets: Vec<&Budget> = inventory.budgets.iter().filter(|budget| budget.allowance() == allowance).collect();
    if budgets.is_empty() {
        // Most clusters: no need to go through every pod.
        return Vec::new();
    }
    let evicted: BTreeMap<&ObjectName, &Pod> = evicted(inventory, context).map(|pod| (&pod.name, pod)).collect();
    let with_pods = budgets.into_iter().map(|budget| {
        let pods: Vec<&Pod> = budget.pods.iter().filter_map(|name| evicted.get(name).copied()).collect();
        (budget, pods)
    });
    with_pods.filter(|(_, pods)| !pods.is_empty()).collect()
}

fn subject(budget: &Budget) -> String {
    format!("PodDisruptionBudget {}", budget.name)
}

fn numbers(budget: &Budget) -> String {
    let rule = match (&budget.min_available, &budget.max_unavailable) {
        (Some(min), _) => format!("minAvailable {min}"),
        (None, Some(max)) => format!("maxUnavailable {max}"),
        (None, None) => "no limit written".to_owned(),
    };
    let Budget { current_healthy, desired_healthy, expected_pods, .. } = budget;
    format!("{rule}: {current_healthy} of {expected_pods} healthy, {desired_healthy} must stay")
}

fn nodes(pods: &[&Pod]) -> String {
    names(pods.iter().filter_map(|pod| pod.node.as_ref()))
}

/// More replicas help against a count; against 100 % or 0 only another budget does.
fn widen(budget: &Budget, pods: &[&Pod]) -> String {
    let ObjectName { namespace, name } = &budget.name;
    let counted = budget.min_available.as_ref().is_some_and(|min| !min.ends_with('%'));
    let workload = pods.iter().find_map(|pod| scalable(pod)).filter(|_| counted);
    match workload {
        Some(workload) => {
            let replicas = budget.desired_healthy.saturating_add(1);
            format!("kubectl -n {namespace} scale {workload} --replicas {replicas}")
        }
        None => format!(
            "kubectl -n {namespace} patch pdb {name} --type merge -p \
             '{{\"spec\":{{\"minAvailable\":null,\"maxUnavailable\":1}}}}'"
        ),
    }
}

/// What `kubectl scale` takes. A ReplicaSet is named after its Deployment, with a hash behind the last dash.
fn scalable(pod: &Pod) -> Option<String> {
    let owner = pod.owner.as_ref()?;
    match owner.kind.as_str() {
        "ReplicaSet" => owner.name.rsplit_once('-').map(|(deployment, _)| format!("deployment/{deployment}")),
        "StatefulSet" => Some(format!("statefulset/{}", owner.name)),
        "ReplicationController" => Some(format!("replicationcontroller/{}", owner.name)),
        _ => None,
    }
}
