//! What stands in a drain's way, in words that name it.

use upgrade_core::drain::RefuseReason;
use upgrade_core::event::BlockedPod;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{Budget, Pod};
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
