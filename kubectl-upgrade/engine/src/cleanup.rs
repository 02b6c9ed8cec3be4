//! Leaving the cluster safe when a run holds: which nodes may take pods again.
//!
//! A cordon of this run on a node that still runs its old kubelet well only takes room away, and so does one on a node
//! that has nothing but its uncordon left. A node whose kubelet is half replaced stays cordoned. Pure.

use upgrade_core::component::Component;
use upgrade_core::inventory::{Node, Readiness};
use upgrade_core::journal::{RunState, StepState};
use upgrade_core::plan::{Action, Condition, Lane, Step, lease_is_fresh};

use jiff::Timestamp;

/// What is to be done about a lane's cordon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CleanUp<'a> {
    /// There is none of this run's.
    Nothing,
    /// Lift it with this step.
    Uncordon(&'a Step),
    /// Leave it, and why.
    Stay(String),
}

/// The lane's cordon, when the journal says that it may be in place, and the uncordon that lifts it.
pub(crate) fn cordon(lane: &Lane, state: &RunState) -> Option<Cordoned> {
    let cordon = lane
        .steps
        .iter()
        .rposition(|step| matches!(step.action, Action::Cordon { .. }) && state.steps.contains_key(&step.id))?;
    let uncordon = lane
        .steps
        .iter()
        .enumerate()
        .skip(cordon)
        .find_map(|(index, step)| matches!(step.action, Action::Uncordon { .. }).then_some(index))?;
    let lifted =
        matches!((finish(lane, cordon, state), finish(lane, uncordon, state)), (Some(on), Some(off)) if off > on);
    (!lifted).then_some(Cordoned { cordon, uncordon })
}

/// Where in its lane a cordon is set and lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cordoned {
    cordon: usize,
    uncordon: usize,
}

impl Cordoned {
    /// Decides, given the node as it is now.
    pub(crate) fn decide<'a>(
        self,
        lane: &'a Lane,
        state: &RunState,
        node: Option<&Node>,
        now: Timestamp,
    ) -> CleanUp<'a> {
        let Some(node) = node else { return CleanUp::Stay("it could not be seen".to_owned()) };
        if !node.unschedulable {
            return CleanUp::Nothing;
        }
        if node.cordoned_by.is_none() {
            return CleanUp::Stay("the cordon is not this tool's".to_owned());
        }
        let between = lane.steps.get(self.cordon + 1..self.uncordon).unwrap_or_default();
        let touched = between.iter().any(|step| touches_kubelet(&step.action) && state.steps.contains_key(&step.id));
        let only_uncordon_left = (0..self.uncordon).all(|index| crate::resume::counts(lane, index, state));
        if touched && !only_uncordon_left {
            return CleanUp::Stay("its kubelet is being replaced".to_owned());
        }
        if !alive(node, now) {
            return CleanUp::Stay("it is not Ready".to_owned());
        }
        lane.steps.get(self.uncordon).map_or(CleanUp::Nothing, CleanUp::Uncordon)
    }
}

/// The uncordon as a clean-up: its goal is that the cordon is lifted, whatever else the plan wants to see by then.
pub(crate) fn lifted(step: &Step) -> Step {
    let mut step = step.clone();
    step.goal.retain(|condition| matches!(condition, Condition::NotCordonedByUs { .. }));
    step
}

fn alive(node: &Node, now: Timestamp) -> bool {
    node.ready == Readiness::Ready && node.lease_renewed.is_none_or(|renewed| lease_is_fresh(renewed, now))
}

fn touches_kubelet(action: &Action) -> bool {
    match action {
        Action::InstallPackages { packages, .. } => packages.iter().any(|pin| pin.name == "kubelet"),
        Action::RestartKubelet { .. } => true,
        Action::Component(action) => matches!(action.moves(), Some((Component::Kubelet, _, _))),
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::Cordon { .. }
        | Action::Drain { .. }
        | Action::Uncordon { .. }
        | Action::Cloud(_) => false,
    }
}

fn finish(lane: &Lane, index: usize, state: &RunState) -> Option<u64> {
    match state.steps.get(&lane.steps.get(index)?.id) {
        Some(StepState::Finished { sequence, .. }) => Some(*sequence),
        Some(StepState::Started { .. } | StepState::Failed { .. }) | None => None,
    }
}
