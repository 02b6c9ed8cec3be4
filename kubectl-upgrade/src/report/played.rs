//! What a run in a sandbox came to, for its last words.

use serde::Serialize;
use upgrade_core::plan::{Action, Plan};

use super::story::{Story, seconds_between};

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Played {
    /// The scenario.
    pub(crate) scenario: String,
    /// The seed of chance.
    pub(crate) seed: u64,
    /// The control plane's version before and the plan's target.
    pub(crate) from: String,
    pub(crate) target: String,
    /// Whether every goal was observed.
    pub(crate) finished: bool,
    /// Seconds of work, in the cluster's time.
    pub(crate) took_s: u64,
    /// What the plan said, against what happened.
    pub(crate) planned: Figures,
    pub(crate) happened: Figures,
    /// The drains, longest first.
    pub(crate) drains: Vec<DrainFigures>,
    /// The workloads, the worst first.
    pub(crate) workloads: Vec<WorkloadFigures>,
}

/// Counts that can be held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// Steps, or those of them whose goal was observed.
    pub(crate) steps: usize,
    /// Drains.
    pub(crate) drains: usize,
    /// Pods that left a node for a drain.
    pub(crate) pods: u64,
}

/// One drain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DrainFigures {
    /// The node.
    pub(crate) node: String,
    /// The step.
    pub(crate) step: u32,
    /// Seconds.
    pub(crate) took_s: u64,
    /// Budgets that refused evictions, and for how many seconds.
    pub(crate) waits: Vec<(String, u64)>,
}

/// One workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkloadFigures {
    /// Namespace and name.
    pub(crate) name: String,
    /// Pods available at first.
    pub(crate) at_first: u64,
    /// The fewest available at any moment.
    pub(crate) lowest: u64,
    /// Seconds with fewer than at first.
    pub(crate) below_s: u64,
}

impl Figures {
    /// What a plan says.
    pub(crate) fn of_plan(plan: &Plan) -> Self {
        let pods = plan.steps().map(|step| match &step.action {
            Action::Drain { seen, .. } => u64::from(seen.evicted),
            Action::Cloud(action) => action.forecast().map_or(0, |seen| u64::from(seen.drain.evicted)),
            Action::SnapshotEtcd { .. }
            | Action::ArchiveFiles { .. }
            | Action::SwitchRepository { .. }
            | Action::InstallPackages { .. }
            | Action::UpgradeApply { .. }
            | Action::UpgradeNode { .. }
            | Action::Cordon { .. }
            | Action::RestartKubelet { .. }
            | Action::Uncordon { .. }
            | Action::Component(_) => 0,
        });
        let pods = pods.sum();
        let drains = plan.steps().filter(|step| matches!(step.action, Action::Drain { .. })).count();
        Self { steps: plan.steps().count(), drains, pods }
    }
}

/// Seconds of work in the whole story.
pub(crate) fn took_s(story: &Story) -> u64 {
    seconds_between(story.began, story.last)
}

/// The worst first: the smallest part of its pods left, then the longest time with fewer.
pub(crate) fn worst_first(workloads: &mut [WorkloadFigures]) {
    let part = |figures: &WorkloadFigures| figures.lowest.saturating_mul(1_000_000) / figures.at_first.max(1);
    workloads.sort_by(|a, b| part(a).cmp(&part(b)).then(b.below_s.cmp(&a.below_s)).then_with(|| a.name.cmp(&b.name)));
}
