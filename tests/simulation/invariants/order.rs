//! The journal follows the plan's order, and the plan keeps to the bounds that were asked for.

use std::collections::BTreeSet;

use upgrade_core::ids::{NodeName, StepId};
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::{Action, Amount, Options, Plan, Stage, StageKind, Strategy};

/// Steps that began before every lane of the stages before them, or the steps before them in their lane, had ended;
/// and steps that are missing in the end of a run that finished.
pub(super) fn check(plan: &Plan, records: &[Record]) -> Vec<String> {
    let mut finished: BTreeSet<StepId> = BTreeSet::new();
    let mut wrong = Vec::new();
    for record in records {
        match &record.entry {
            Entry::StepFinished { step, .. } => drop(finished.insert(*step)),
            Entry::StepStarted { step, .. } => {
                let missing = before(plan, *step).into_iter().find(|needed| !finished.contains(needed));
                // A clean-up lifts the cordon of a lane that did not come so far.
                let missing = missing.filter(|_| !is_clean_up(plan, *step));
                wrong.extend(missing.map(|needed| format!("step {step} began before step {needed} had ended")));
            }
            Entry::RunFinished => {
                let missing = plan.steps().map(|step| step.id).find(|step| !finished.contains(step));
                wrong.extend(missing.map(|step| format!("the run finished without step {step}")));
            }
            _ => {}
        }
    }
    wrong
}

fn is_clean_up(plan: &Plan, step: StepId) -> bool {
    plan.step(step).is_some_and(|step| matches!(step.action, Action::Uncordon { .. }))
}

fn before(plan: &Plan, step: StepId) -> Vec<StepId> {
    let mut before = Vec::new();
    for stage in &plan.stages {
        if let Some(lane) = stage.lanes.iter().find(|lane| lane.steps.iter().any(|of| of.id == step)) {
            before.extend(lane.steps.iter().map(|step| step.id).take_while(|id| *id != step));
            return before;
        }
        before.extend(stage.lanes.iter().flat_map(|lane| &lane.steps).map(|step| step.id));
    }
    before
}

/// Stages that would disturb more nodes at once than was allowed, control planes among them.
pub(super) fn bounds(plan: &Plan, options: &Options) -> Vec<String> {
    let disturbs = |stage: &Stage| !matches!(stage.kind, StageKind::Backup | StageKind::Preparation);
    let wrong = |stage: &&Stage| disturbs(stage) && stage.at_once > allowed(plan, stage, options);
    let stages = plan.stages.iter().filter(wrong);
    stages.map(|stage| format!("the plan takes {} nodes at once in {:?}", stage.at_once, stage.kind)).collect()
}

fn allowed(plan: &Plan, stage: &Stage, options: &Options) -> usize {
    let serves = |node: &NodeName| plan.basis.iter().any(|basis| basis.node == *node && basis.api_server.is_some());
    if stage.lanes.iter().filter_map(|lane| lane.subject.node()).any(serves) {
        return 1;
    }
    let workers = plan.basis.iter().filter(|basis| basis.api_server.is_none()).count();
    let allowed = match options.strategy {
        Strategy::AllAtOnce => workers,
        // Never planned for clusters with hosts.
        Strategy::NewPools { .. } => 0,
        Strategy::Rolling { max_unavailable: Amount::Count(count) } => usize::try_from(count).unwrap_or(usize::MAX),
        Strategy::Rolling { max_unavailable: Amount::Percent(percent) } => workers * usize::from(percent) / 100,
    };
    allowed.max(1)
}
