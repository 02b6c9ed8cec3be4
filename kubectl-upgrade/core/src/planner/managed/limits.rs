//! How long the actions of a cloud may take.

use crate::plan::{CloudAction, Limits, PoolForecast, Renewal};

/// Seconds for one node to be replaced: its pods leave within the clouds' own limits (15 min on EKS, 60 min on GKE, 30 min
/// on AKS), a machine starts within minutes.
const NODE_S: u32 = 75 * 60;

/// A pool's operation says nothing while one node is drained.
const QUIET_S: u32 = 90 * 60;

/// Seconds for the second step of a control plane: those in which it can still go back are among them.
const COMPLETE_S: u32 = (7 * 24 + 2) * 60 * 60;

/// The limits of an action.
pub(in crate::planner) fn limits(action: &CloudAction) -> Limits {
    let (deadline_s, quiet_s) = match action {
        CloudAction::RefreshInsights => (30 * 60, 30 * 60),
        // It ends after the node in hand.
        CloudAction::StopOperation { .. } => (NODE_S, NODE_S),
        // Control planes take 10 to 45 minutes and report no progress.
        CloudAction::UpgradeControlPlane { soak_s, along, .. } => {
            let within = soak_s.unwrap_or_default().saturating_add(90 * 60);
            let nodes = along.as_ref().map_or(0, |along| along.seen.nodes.saturating_mul(NODE_S));
            // Pools that it takes along go on for hours, and all that is told is that they do.
            (within.saturating_add(nodes), within.saturating_add(nodes))
        }
        // It is begun when the time to go back is over, which is a week at most (facts §3.4).
        CloudAction::CompleteControlPlane { .. } => (COMPLETE_S, COMPLETE_S),
        // With nodes that the cloud itself takes back first, half a day (EKS: rollbackConfig.timeoutMinutes 720).
        CloudAction::RollbackControlPlane { .. } => (12 * 60 * 60, 12 * 60 * 60),
        CloudAction::UpgradeAddon { .. } => (30 * 60, 30 * 60),
        CloudAction::ConfigurePool { .. } => (15 * 60, 15 * 60),
        CloudAction::UpgradePool { seen: PoolForecast { nodes, .. }, .. } => {
            (nodes.saturating_add(1).saturating_mul(NODE_S), QUIET_S)
        }
        CloudAction::RollbackPool { .. } => (12 * 60 * 60, QUIET_S),
        CloudAction::CreatePool { .. } => (45 * 60, 45 * 60),
        CloudAction::SoakPool { seconds, .. } => {
            let within = seconds.saturating_add(30 * 60);
            (within, within)
        }
        CloudAction::CordonPool { .. } | CloudAction::UncordonPool { .. } => (10 * 60, 10 * 60),
        CloudAction::DrainPool { at_once, policy, seen, .. } => {
            let rounds = seen.nodes.div_ceil((*at_once).max(1)).saturating_add(1);
            (rounds.saturating_mul(policy.timeout_s), policy.timeout_s)
        }
        CloudAction::DeletePool { .. } => (60 * 60, 60 * 60),
        // Each pod leaves within its drain's time, and its machine is made within minutes.
        CloudAction::RenewPool { renewal: Renewal::WithPod, at_once, policy, seen, .. } => {
            let rounds = seen.nodes.div_ceil((*at_once).max(1)).saturating_add(1);
            let round = policy.timeout_s.saturating_add(30 * 60);
            (rounds.saturating_mul(round), round)
        }
        // Whoever replaces the nodes may take days.
        CloudAction::RenewPool { renewal: Renewal::ByOwner, .. } | CloudAction::FollowPool { .. } => {
            (7 * 24 * 60 * 60, 24 * 60 * 60)
        }
    };
    Limits { deadline_s, quiet_s }
}
