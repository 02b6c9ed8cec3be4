//! The control plane's part of a hop.

use super::draft::Draft;
use crate::ids::PoolName;
use crate::inventory::PoolKind;
use crate::plan::{
    Along, CloudAction, CloudCondition, Force, Hop, Lane, PoolForecast, ProviderKind, Reversal, Stage, StageKind, Step,
    Subject,
};

/// Insights older than this are gathered again before the control plane moves, in seconds.
const INSIGHTS_WITHIN_S: u32 = 60 * 60;

/// What the cloud is asked for first, then the control plane.
pub(super) fn stages(draft: &mut Draft<'_>, hop: &Hop) -> Vec<Stage> {
    let mut stages = Vec::new();
    if draft.provider() == ProviderKind::Eks {
        let steps = vec![refresh(draft)];
        stages.push(stage(StageKind::Preparation, steps));
    }
    let mut steps = vec![upgrade(draft, hop)];
    if draft.options.cloud.control_plane_soak_s.is_some() && draft.provider() == ProviderKind::Gke {
        steps.push(complete(draft, hop));
    }
    stages.push(stage(StageKind::ControlPlane, steps));
    stages
}

/// The control plane and all pools that the cloud moves, in its one call.
pub(super) fn with_pools(draft: &mut Draft<'_>, hop: &Hop) -> Vec<Stage> {
    let managed = |name: &PoolName| draft.pool(name).is_some_and(|pool| pool.kind == PoolKind::Managed);
    let pools: Vec<PoolName> = draft.pools().into_iter().filter(managed).collect();
    let mut seen = PoolForecast::default();
    for name in &pools {
        let PoolForecast { nodes, drain } = draft.forecast(name);
        seen.nodes += nodes;
        seen.drain.evicted += drain.evicted;
        seen.drain.left += drain.left;
        seen.drain.budgets.extend(drain.budgets);
        draft.set(name, &hop.to);
    }
    seen.drain.budgets.sort();
    seen.drain.budgets.dedup();
    let action = CloudAction::UpgradeControlPlane {
        from: hop.from.clone(),
        to: hop.to.clone(),
        force: draft.options.cloud.force.contains(&Force::Checks),
        soak_s: None,
        along: Some(Along { pools: pools.clone(), seen }),
    };
    let expects = vec![CloudCondition::Ready, CloudCondition::ControlPlaneAt { version: hop.from.clone() }];
    let mut goal = vec![CloudCondition::ControlPlaneAt { version: hop.to.clone() }, CloudCondition::Ready];
    goal.extend(pools.iter().flat_map(|name| super::pools::reached(name, &hop.to)));
    let reversal = reversal(draft, hop);
    let step = Step { reversal, ..draft.step(action, expects, goal) };
    vec![stage(StageKind::ControlPlane, vec![step])]
}

fn stage(kind: StageKind, steps: Vec<Step>) -> Stage {
    Stage { kind, hop: None, at_once: 1, lanes: vec![Lane { subject: Subject::ControlPlane, steps }] }
}

fn refresh(draft: &mut Draft<'_>) -> Step {
    let goal = vec![CloudCondition::InsightsFresh { within_s: INSIGHTS_WITHIN_S }];
    draft.step(CloudAction::RefreshInsights, Vec::new(), goal)
}

fn upgrade(draft: &mut Draft<'_>, hop: &Hop) -> Step {
    let minor_moves = hop.to.minor() != hop.from.minor();
    let action = CloudAction::UpgradeControlPlane {
        from: hop.from.clone(),
        to: hop.to.clone(),
        force: draft.options.cloud.force.contains(&Force::Checks),
        soak_s: draft
            .options
            .cloud
            .control_plane_soak_s
            .filter(|_| minor_moves && draft.provider() == ProviderKind::Gke),
        along: None,
    };
    let expects = vec![CloudCondition::Ready, CloudCondition::ControlPlaneAt { version: hop.from.clone() }];
    let goal = vec![CloudCondition::ControlPlaneAt { version: hop.to.clone() }, CloudCondition::Ready];
    let reversal = reversal(draft, hop);
    Step { reversal, ..draft.step(action, expects, goal) }
}

fn complete(draft: &mut Draft<'_>, hop: &Hop) -> Step {
    let action = CloudAction::CompleteControlPlane { version: hop.to.clone() };
    // GKE takes the second step by itself when the time is over, unless it is asked to.
    let expects = vec![CloudCondition::ControlPlaneSoaked, CloudCondition::Ready];
    let goal = vec![CloudCondition::ControlPlaneComplete, CloudCondition::Ready];
    let step = draft.step(action, expects, goal);
    Step { reversal: Reversal::Impossible("the second step ends the way back".to_owned()), ..step }
}

/// Where each cloud stands on going back (facts §3.2, §3.4, §3.6).
fn reversal(draft: &Draft<'_>, hop: &Hop) -> Reversal {
    let from = hop.from.minor();
    if hop.to.minor() == from {
        return Reversal::Impossible("the cloud takes a control plane to no older patch".to_owned());
    }
    match draft.provider() {
        ProviderKind::Eks => Reversal::Inverse(format!(
            "VersionRollback to {from} within 7 days, its pools first; objects stay as they are by then"
        )),
        ProviderKind::Gke if draft.options.cloud.control_plane_soak_s.is_some() => {
            Reversal::Inverse(format!("back to {from} until the second step is taken"))
        }
        ProviderKind::Gke => Reversal::Impossible(
            "one step is taken; --control-plane-soak takes two, with a way back between".to_owned(),
        ),
        ProviderKind::Aks => Reversal::Impossible("AKS takes no control plane back".to_owned()),
        ProviderKind::Kubeadm | ProviderKind::Manual => Reversal::Nothing,
    }
}
