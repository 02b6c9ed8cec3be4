//! When a cluster may be moved, as those who look after it told its cloud. The clouds mind it in what they do by themselves
//! alone; this tool minds it too. What goes back is not held up: windows and exclusions are for what is new.

use jiff::Timestamp;

use super::Context;
use super::decision::{Block, Rule};
use super::rules::{is_accepted, place};
use crate::finding::FindingCode;
use crate::inventory::{CloudCluster, MaintenanceWindow, Moves, Opening, countdown};
use crate::plan::{Action, CloudAction, PlanKind};

/// Nothing is moved in a time in which someone does not want it moved, unless that was accepted by name.
pub(super) fn exclusions(context: &Context<'_>) -> Vec<Block> {
    let Some((cloud, moved)) = moved(context, FindingCode::MaintenanceExclusion) else { return Vec::new() };
    let forbids = |window: &MaintenanceWindow| moved.iter().any(|moves| window.forbids(*moves));
    let holds = cloud.maintenance.iter().filter(|window| window.holds_at(context.now) && forbids(window));
    let block = |window: &MaintenanceWindow| {
        let until = window.until.map_or_else(|| "without an end".to_owned(), |until| format!("until {until}"));
        let found = format!("exclusion {} holds {until}: {}", window.name, window.scope);
        let remedy = "kubectl upgrade resume when it is over, or now with --accept KU0708".to_owned();
        Block { rule: Rule::Exclusion, found, remedy: Some(remedy) }
    };
    holds.map(block).collect()
}

/// Why the step waits for its window, and until when, where it opens again.
pub(super) fn closed(context: &Context<'_>) -> Option<(String, Option<Timestamp>)> {
    let (cloud, moved) = moved(context, FindingCode::MaintenanceClosed)?;
    let openings = moved.iter().filter_map(|moves| cloud.opening(*moves, context.now));
    match openings.reduce(Opening::later)? {
        Opening::Open { .. } => None,
        Opening::Closed { opens: Some(opens) } => {
            let (at, left) = (opens.strftime("%Y-%m-%d %H:%M UTC"), countdown(context.now, opens));
            Some((format!("the maintenance window opens at {at}, in {left}"), Some(opens)))
        }
        Opening::Closed { opens: None } => {
            let reason = "the maintenance window does not open again; set another, or go on all the same: \
                          kubectl upgrade resume --accept KU0712";
            Some((reason.to_owned(), None))
        }
    }
}

/// What the step moves of which cluster; none when it moves nothing, goes back, or that was accepted.
fn moved<'a>(context: &Context<'a>, accepts: FindingCode) -> Option<(&'a CloudCluster, Vec<Moves>)> {
    if is_accepted(context, accepts) || context.plan.kind == PlanKind::Rollback {
        return None;
    }
    let Action::Cloud(action) = &context.step.action else { return None };
    Some((context.fresh.cloud.as_ref()?, moved_by(context, action)?))
}

/// Once pods have begun to move from an old pool to a new one, they are all moved.
fn moved_by(context: &Context<'_>, action: &CloudAction) -> Option<Vec<Moves>> {
    match action {
        CloudAction::UpgradeControlPlane { from, to, along, .. } => {
            let plane = if from.minor() == to.minor() { Moves::Patch } else { Moves::Minor };
            Some(std::iter::once(plane).chain(along.as_ref().map(|_| Moves::Nodes)).collect())
        }
        CloudAction::UpgradePool { .. } | CloudAction::RenewPool { .. } | CloudAction::CreatePool { .. } => {
            Some(vec![Moves::Nodes])
        }
        CloudAction::CordonPool { .. } => {
            let (_, lane) = place(context)?;
            let creates = |action: &Action| matches!(action, Action::Cloud(CloudAction::CreatePool { .. }));
            lane.steps.iter().any(|step| creates(&step.action)).then_some(vec![Moves::Nodes])
        }
        CloudAction::RefreshInsights
        | CloudAction::StopOperation { .. }
        | CloudAction::CompleteControlPlane { .. }
        | CloudAction::RollbackControlPlane { .. }
        | CloudAction::UpgradeAddon { .. }
        | CloudAction::ConfigurePool { .. }
        | CloudAction::RollbackPool { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::DeletePool { .. }
        | CloudAction::FollowPool { .. } => None,
    }
}
