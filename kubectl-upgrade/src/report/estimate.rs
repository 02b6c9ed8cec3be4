//! How long the rest of a run will take, learnt from what it has done so far.
//!
//! Nothing is estimated before enough was done to learn from.

use upgrade_core::plan::{Action, CloudAction, Plan};

use super::story::Story;

/// Seconds an action typically takes, as seen with kubeadm on small hosts. Only their proportions matter: the pace is
/// taken from the run itself.
const fn typical_s(action: &Action) -> u64 {
    match action {
        Action::UpgradeApply { .. } => 150,
        Action::UpgradeNode { .. } => 60,
        Action::Drain { .. } => 90,
        Action::InstallPackages { .. } | Action::RestartKubelet { .. } => 30,
        Action::SnapshotEtcd { .. } | Action::ArchiveFiles { .. } | Action::SwitchRepository { .. } => 10,
        Action::Cordon { .. } | Action::Uncordon { .. } => 2,
        Action::Cloud(action) => cloud_s(action),
    }
}

/// Seconds for actions of clouds: control planes take some ten minutes, nodes some minutes each.
const fn cloud_s(action: &CloudAction) -> u64 {
    match action {
        CloudAction::UpgradeControlPlane { .. }
        | CloudAction::CompleteControlPlane { .. }
        | CloudAction::RollbackControlPlane { .. } => 600,
        CloudAction::UpgradePool { seen, .. } | CloudAction::DrainPool { seen, .. } => 60 + 180 * seen.nodes as u64,
        CloudAction::RollbackPool { .. } | CloudAction::CreatePool { .. } | CloudAction::FollowPool { .. } => 600,
        CloudAction::SoakPool { seconds, .. } => *seconds as u64,
        CloudAction::DeletePool { .. } | CloudAction::UpgradeAddon { .. } | CloudAction::RefreshInsights => 120,
        CloudAction::ConfigurePool { .. } => 30,
        CloudAction::CordonPool { .. } | CloudAction::UncordonPool { .. } => 5,
    }
}

/// So much of the typical time must have passed before the run's own pace says something.
const ENOUGH_S: u64 = 60;

/// Seconds left, after `worked_s` seconds of work.
pub(crate) fn remaining_s(plan: &Plan, story: &Story, worked_s: u64) -> Option<u64> {
    let finished: Vec<_> = story.finished_steps().collect();
    let (mut done, mut left) = (0_u64, 0_u64);
    for step in plan.steps() {
        let sum = if finished.contains(&step.id) { &mut done } else { &mut left };
        *sum += typical_s(&step.action);
    }
    (done >= ENOUGH_S).then(|| left.saturating_mul(worked_s) / done)
}
