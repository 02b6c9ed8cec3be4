//! The control plane's part of a hop.

use super::draft::Draft;
use crate::plan::{
    CloudAction, CloudCondition, Force, Hop, Lane, ProviderKind, Reversal, Stage, StageKind, Step, Subject,
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
