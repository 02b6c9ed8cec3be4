//! What stands in a drain's way, in words that name it.

use upgrade_core::drain::RefuseReason;
use upgrade_core::event::BlockedPod;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{Budget, BudgetAllowance, Owner, Pod};
use upgrade_provider::OperationStatus;

/// The budgets that cover a pod.
fn covering<'b>(pod: &Pod, budgets: &'b [Budget]) -> Vec<&'b Budget> {
    budgets.iter().filter(|budget| budget.pods.contains(&pod.name)).collect()
}

/// A pod whose eviction was refused, with its budgets and their numbers.
pub(super) fn blocked(pod: &Pod, node: &NodeName, budgets: &[Budget], refusal: String) -> BlockedPod {
    let describe = |budget: &&Budget| {
        format!(
            "{}: needs {} healthy, has {}, expected {}",
            budget.name, budget.desired_healthy, budget.current_healthy, budget.expected_pods
        )
    };
    let budgets = covering(pod, budgets).iter().map(describe).collect();
    BlockedPod { pod: pod.name.clone(), node: node.clone(), budgets, refusal }
}

/// The failure when a blocked pod's budget can never allow its eviction.
pub(super) fn never(pod: &Pod, budgets: &[Budget], refusal: &str) -> Option<OperationStatus> {
    let budget = *covering(pod, budgets).iter().find(|budget| budget.allowance() == BudgetAllowance::Never)?;
    let bound = match (&budget.min_available, &budget.max_unavailable) {
        (Some(count), _) => format!("minAvailable {count}"),
        (None, Some(count)) => format!("maxUnavailable {count}"),
        (None, None) => format!("{} must be healthy", budget.desired_healthy),
    };
    Some(OperationStatus::Failed {
        output: refusal.to_owned(),
        error: format!(
            "budget {} allows no eviction, ever ({bound}, {} pods expected): it keeps {}",
            budget.name, budget.expected_pods, pod.name
        ),
        hint: Some(way_out(pod, budget)),
    })
}

/// More replicas help only a budget that counts those that must stay.
fn way_out(pod: &Pod, budget: &Budget) -> String {
    let namespace = &budget.name.namespace;
    let edit = format!("kubectl -n {namespace} edit poddisruptionbudget {}", budget.name.name);
    let counted = budget.min_available.as_ref().is_some_and(|count| !count.ends_with('%'));
    match pod.owner.as_ref().and_then(scalable).filter(|_| counted) {
        Some(workload) => {
            let replicas = budget.desired_healthy.saturating_add(1);
            format!("kubectl -n {namespace} scale {workload} --replicas {replicas}, or {edit}")
        }
        None => edit,
    }
}

/// What to scale: a Deployment's ReplicaSets carry its name and a hash.
fn scalable(owner: &Owner) -> Option<String> {
    match owner.kind.as_str() {
        "StatefulSet" => Some(format!("statefulset/{}", owner.name)),
        "ReplicaSet" => owner.name.rsplit_once('-').map(|(deployment, _)| format!("deployment/{deployment}")),
        _ => None,
    }
}

/// The failure when several budgets cover one pod.
pub(super) fn overlap(pod: &Pod, budgets: &[Budget], refusal: String) -> OperationStatus {
    let names: Vec<String> = covering(pod, budgets).iter().map(|budget| budget.name.to_string()).collect();
    let named = if names.is_empty() { "more than one budget".to_owned() } else { names.join(" and ") };
    OperationStatus::Failed {
        output: refusal,
        error: format!("{} is covered by {named}: a pod with more than one budget cannot be evicted", pod.name),
        hint: Some(format!("leave one of them: kubectl -n {} get poddisruptionbudgets", pod.name.namespace)),
    }
}

/// The failure when consent is missing, with every pod and the flags that give it.
pub(super) fn refused(pods: &[(&Pod, RefuseReason)]) -> OperationStatus {
    let named: Vec<String> = pods.iter().map(|(pod, reason)| format!("{} {reason}", pod.name)).collect();
    let mut flags: Vec<&str> = pods.iter().map(|(_, reason)| reason.consent()).collect();
    flags.sort_unstable();
    flags.dedup();
    OperationStatus::Failed {
        output: String::new(),
        error: format!("not evicted without consent: {}", named.join("; ")),
        hint: Some(format!("move them by hand, or plan again with {}", flags.join(" "))),
    }
}
