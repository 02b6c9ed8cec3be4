//! What is left to do of a lane that a run takes up again.
//!
//! A lane that ended is left alone: its steps are never taken again, whatever later hops made of their goals. A lane
//! that was begun starts over from its first step, and each step is skipped, passed over or put to the gate by the
//! rules of [`turn`]. Pure: what holds now is an argument.

use std::collections::{BTreeMap, BTreeSet};

use upgrade_core::ids::StepId;
use upgrade_core::journal::{RunState, StepState};
use upgrade_core::plan::{Action, CloudAction, CloudCondition, Condition, Lane, Plan, Step, Subject};

/// What becomes of a step of a lane taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The journal says it is done and what it reached lasts.
    Skip,
    /// It only prepares for steps whose goals hold already: doing it would disturb the node for nothing.
    PassOver,
    /// The gate decides.
    Gate,
}

/// Whether the step finished after every step before it did. One that finished earlier was undone since: a drain that
/// failed made its node schedulable again, and what was done before the node is cordoned anew does not count.
pub(crate) fn counts(lane: &Lane, index: usize, state: &RunState) -> bool {
    let finish = |step: &Step| match state.steps.get(&step.id) {
        Some(StepState::Finished { sequence, .. }) => Some(*sequence),
        Some(StepState::Started { .. } | StepState::Failed { .. }) | None => None,
    };
    let own = lane.steps.get(index).and_then(finish);
    own.is_some_and(|own| lane.steps.iter().take(index).filter_map(finish).all(|earlier| earlier < own))
}

/// Whether nothing is left to do of the lane.
pub(crate) fn ended(lane: &Lane, state: &RunState) -> bool {
    (0..lane.steps.len()).all(|index| counts(lane, index, state))
}

/// Whether something was done of the lane, or was about to be.
pub(crate) fn begun(lane: &Lane, state: &RunState) -> bool {
    lane.steps.iter().any(|step| state.steps.contains_key(&step.id))
}

/// Decides about one step of a begun lane, given the steps whose lasting goals hold now.
pub(crate) fn turn(lane: &Lane, index: usize, state: &RunState, holds: &BTreeSet<StepId>) -> Turn {
    let Some(step) = lane.steps.get(index) else { return Turn::Skip };
    let counts = counts(lane, index, state);
    let mut prepared = prepared_by(lane, index).peekable();
    if prepared.peek().is_some() && prepared.all(|step| holds.contains(&step.id)) {
        return if counts { Turn::Skip } else { Turn::PassOver };
    }
    if counts && holds.contains(&step.id) { Turn::Skip } else { Turn::Gate }
}

/// The steps that a cordon or drain makes room for, or that a pool's settings are for: those up to the step that undoes it.
fn prepared_by(lane: &Lane, index: usize) -> impl Iterator<Item = &Step> {
    let prepares = lane.steps.get(index).is_some_and(|step| is_preparation(&step.action));
    let rest = lane.steps.iter().skip(index + 1).take_while(|step| !undoes(&step.action));
    rest.filter(move |step| prepares && !is_preparation(&step.action))
}

/// Whether it undoes what was prepared: pools are set up for the run, and then as they were.
const fn undoes(action: &Action) -> bool {
    matches!(action, Action::Uncordon { .. } | Action::Cloud(CloudAction::ConfigurePool { .. }))
}

const fn is_preparation(action: &Action) -> bool {
    matches!(
        action,
        Action::Cordon { .. }
            | Action::Drain { .. }
            | Action::Cloud(
                CloudAction::CordonPool { .. } | CloudAction::DrainPool { .. } | CloudAction::ConfigurePool { .. }
            )
    )
}

/// The step with the goals that last. Of a step that counts as finished, that its command succeeded stays true, and
/// whether everything is well just now is for the gates of the steps to come.
pub(crate) fn lasting(step: &Step, counts: bool) -> Step {
    let mut step = step.clone();
    if counts {
        step.goal.retain(|condition| {
            !matches!(
                condition,
                Condition::OperationSucceeded { .. }
                    | Condition::NodeReady { .. }
                    | Condition::ApiHealthy
                    | Condition::Cloud(
                        CloudCondition::Ready
                            | CloudCondition::InsightsFresh { .. }
                            | CloudCondition::PoolReady { .. }
                            | CloudCondition::ControlPlaneSoaked
                            | CloudCondition::ControlPlaneComplete
                            | CloudCondition::PoolReadyFor { .. }
                    )
            )
        });
    }
    step
}

/// The versions that the ended lanes reached last, as steps with just those goals: what must still be so before the run
/// goes on. A node with a lane under way is left out, its gates will see.
pub(crate) fn reached(plan: &Plan, state: &RunState) -> Vec<Step> {
    let mut last: BTreeMap<(Subject, bool), Step> = BTreeMap::new();
    for lane in plan.stages.iter().flat_map(|stage| &stage.lanes).filter(|lane| begun(lane, state)) {
        for step in &lane.steps {
            for condition in &step.goal {
                let key = match condition {
                    Condition::KubeletAt { node, .. } => (Subject::Node(node.clone()), true),
                    Condition::ControlPlaneAt { node, .. } => (Subject::Node(node.clone()), false),
                    Condition::Cloud(CloudCondition::ControlPlaneAt { .. }) => (Subject::ControlPlane, false),
                    Condition::Cloud(CloudCondition::PoolAt { pool, .. }) => (Subject::Pool(pool.clone()), true),
                    Condition::Cloud(CloudCondition::PoolGone { pool }) => {
                        last.remove(&(Subject::Pool(pool.clone()), true));
                        continue;
                    }
                    Condition::ApiHealthy
                    | Condition::ControlPlaneWithin { .. }
                    | Condition::RecordAt { .. }
                    | Condition::KubeProxyAt { .. }
                    | Condition::KubeletWithin { .. }
                    | Condition::NodeReady { .. }
                    | Condition::NodeUnschedulable { .. }
                    | Condition::NotCordonedByUs { .. }
                    | Condition::NodeDrained { .. }
                    | Condition::RepositoryServes { .. }
                    | Condition::PackagesInstalled { .. }
                    | Condition::OperationSucceeded { .. }
                    | Condition::Cloud(_)
                    // Seen on hosts only, which the gates of their steps look at.
                    | Condition::Component(_) => continue,
                };
                if ended(lane, state) {
                    last.insert(key, Step { goal: vec![condition.clone()], ..step.clone() });
                } else {
                    last.remove(&key);
                }
            }
        }
    }
    last.into_values().collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use upgrade_core::ids::{ClusterUid, NodeName, PlanDigest, PoolName, RunId};
    use upgrade_core::journal::{Entry, How, Record, fold};
    use upgrade_core::plan::{Limits, Reversal};
    use upgrade_core::version::Version;

    use super::*;

    fn lane() -> Lane {
        let node = NodeName::new("w-1");
        let restart = Action::RestartKubelet { node: node.clone(), version: Version::new(1, 35, 3) };
        let actions = [
            Action::Cordon { node: node.clone() },
            Action::Drain {
                node: node.clone(),
                policy: upgrade_core::plan::DrainPolicy::default(),
                seen: upgrade_core::plan::DrainForecast::default(),
            },
            restart,
            Action::Uncordon { node: node.clone() },
        ];
        let step = |(id, action)| Step {
            id: StepId(id),
            action,
            expects: Vec::new(),
            goal: Vec::new(),
            limits: Limits { deadline_s: 1, quiet_s: 1 },
            reversal: Reversal::Nothing,
            interrupts: None,
        };
        Lane { subject: Subject::Node(node), steps: (1..).zip(actions).map(step).collect() }
    }

    /// The state after these steps finished in this order.
    fn finished(order: &[u32]) -> RunState {
        let (run, plan, cluster) = (RunId::new("r"), PlanDigest::new("d"), ClusterUid::new("c"));
        let start = Entry::RunStarted { run, plan, cluster, holder: String::new(), tool: String::new() };
        let ends = order.iter().map(|step| Entry::StepFinished {
            step: StepId(*step),
            how: How::AlreadyDone,
            observed: Vec::new(),
        });
        let entries = std::iter::once(start).chain(ends);
        let records: Vec<_> =
            (0..).zip(entries).map(|(sequence, entry)| Record { sequence, at: Timestamp::UNIX_EPOCH, entry }).collect();
        fold(&records).unwrap()
    }

    fn turns(order: &[u32], holds: &[u32]) -> Vec<Turn> {
        let holds = holds.iter().map(|step| StepId(*step)).collect();
        (0..4).map(|index| turn(&lane(), index, &finished(order), &holds)).collect()
    }

    #[test]
    fn a_node_made_schedulable_after_a_failed_drain_is_cordoned_and_drained_anew() {
        assert!(!ended(&lane(), &finished(&[1, 4])));
        assert_eq!(turns(&[1, 4], &[4]), [Turn::Gate, Turn::Gate, Turn::Gate, Turn::Skip]);
    }

    #[test]
    fn an_uncordon_of_an_earlier_clean_up_does_not_end_the_lane() {
        assert!(!ended(&lane(), &finished(&[4, 1, 2, 3])));
        assert_eq!(turns(&[4, 1, 2, 3], &[1, 2, 3]), [Turn::Skip, Turn::Skip, Turn::Skip, Turn::Gate]);
    }

    #[test]
    fn an_upgraded_node_is_not_cordoned_again() {
        // The kill came between the uncordon and its record.
        assert_eq!(turns(&[1, 2, 3], &[2, 3, 4]), [Turn::Skip, Turn::Skip, Turn::Skip, Turn::Gate]);
        // Someone finished it by hand: what prepared for it is passed over.
        assert_eq!(turns(&[1], &[3, 4]), [Turn::Skip, Turn::PassOver, Turn::Gate, Turn::Gate]);
    }

    #[test]
    fn a_pool_that_was_replaced_is_not_set_up_again() {
        let pool = PoolName::new("web");
        let configure = || CloudAction::ConfigurePool {
            pool: pool.clone(),
            surge: upgrade_core::plan::Surge::default(),
            before: upgrade_core::plan::Surge::default(),
        };
        let upgrade = CloudAction::UpgradePool {
            pool: pool.clone(),
            from: Version::new(1, 34, 2),
            to: Version::new(1, 35, 3),
            image: None,
            template: None,
            force: false,
            seen: upgrade_core::plan::PoolForecast::default(),
        };
        let mut lane = lane();
        lane.steps.truncate(3);
        for (step, action) in lane.steps.iter_mut().zip([configure(), upgrade, configure()]) {
            step.action = Action::Cloud(action);
        }
        let turns = |order: &[u32], holds: &[u32]| {
            let holds = holds.iter().map(|step| StepId(*step)).collect();
            [0, 1, 2].map(|index| turn(&lane, index, &finished(order), &holds))
        };
        // The kill came after the settings were put back, and before that was written down.
        assert_eq!(turns(&[1, 2], &[2, 3]), [Turn::Skip, Turn::Skip, Turn::Gate]);
        assert_eq!(turns(&[1], &[1]), [Turn::Skip, Turn::Gate, Turn::Gate]);
        assert_eq!(turns(&[1], &[]), [Turn::Gate, Turn::Gate, Turn::Gate]);
    }

    #[test]
    fn what_still_holds_is_skipped_and_the_rest_goes_to_the_gate() {
        assert_eq!(turns(&[1, 2], &[1, 2]), [Turn::Skip, Turn::Skip, Turn::Gate, Turn::Gate]);
        assert_eq!(turns(&[1, 2], &[1]), [Turn::Skip, Turn::Gate, Turn::Gate, Turn::Gate]);
        assert!(ended(&lane(), &finished(&[1, 2, 3, 4])));
    }
}
