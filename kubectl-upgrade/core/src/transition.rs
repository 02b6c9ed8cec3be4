//! What a step changes about versions, and whether the version-skew policy bears it.
//!
//! One rule for the linter, which plays a plan over a model, and for the gate, which asks it of what was just observed.

use crate::component::Component;
use crate::inventory::Inventory;
use crate::plan::{Condition, Step};
use crate::skew::{Change, Picture, Reach, SkewIssue, SkewRule, judge_around, worsens};
use crate::version::Minor;

/// Until this minor kubeadm moves kube-proxy with the first control-plane host instead of the last (facts §1.2), so that
/// kube-proxy is ahead of the API servers not yet upgraded. No order of its commands avoids that.
const ADDONS_FIRST_UNTIL: Minor = Minor::new(1, 27);

/// The picture of a cluster whose control plane kubeadm made: each controller-manager and scheduler talks to the API
/// server beside it. The operator's kubectl is left out: it must not block steps.
#[must_use]
pub fn picture(inventory: &Inventory) -> Picture {
    Picture::of(&inventory.components)
        .without(Component::Kubectl)
        .reaching(Component::ControllerManager, Reach::Local)
        .reaching(Component::Scheduler, Reach::Local)
}

/// Whether the step changes the version of anything, so that skew has to be judged.
#[must_use]
pub fn moves(step: &Step) -> bool {
    step.goal.iter().any(|condition| {
        matches!(
            condition,
            Condition::ControlPlaneAt { .. } | Condition::KubeProxyAt { .. } | Condition::KubeletAt { .. }
        )
    })
}

/// The changes a step makes, in the order in which kubeadm makes them. Its goal says which.
#[must_use]
pub fn changes(step: &Step, picture: &Picture) -> Vec<Change> {
    let mut changes = Vec::new();
    for condition in &step.goal {
        match condition {
            Condition::ControlPlaneAt { node, version } => {
                let at = |component| Change { component, at: node.to_string(), to: version.minor() };
                changes.extend([Component::ApiServer, Component::ControllerManager, Component::Scheduler].map(at));
            }
            Condition::KubeProxyAt { version } => {
                let to = version.minor();
                let component = Component::KubeProxy;
                changes.extend(picture.places(component).map(|at| Change { component, at: at.to_owned(), to }));
            }
            Condition::KubeletAt { node, version } => {
                changes.push(Change { component: Component::Kubelet, at: node.to_string(), to: version.minor() });
            }
            Condition::ApiHealthy
            | Condition::ControlPlaneWithin { .. }
            | Condition::RecordAt { .. }
            | Condition::KubeletWithin { .. }
            | Condition::NodeReady { .. }
            | Condition::NodeUnschedulable { .. }
            | Condition::NotCordonedByUs { .. }
            | Condition::NodeDrained { .. }
            | Condition::RepositoryServes { .. }
            | Condition::PackagesInstalled { .. }
            | Condition::OperationSucceeded { .. } => {}
        }
    }
    changes
}

/// Takes the step in the picture. Returns the violations that it adds or worsens, in any state it passes through,
/// against those there were.
pub fn play(picture: &mut Picture, step: &Step) -> Vec<SkewIssue> {
    let changes = changes(step, picture);
    if changes.is_empty() {
        return Vec::new();
    }
    let standing = judge_around(picture, &changes);
    let mut found: Vec<SkewIssue> = Vec::new();
    for change in &changes {
        picture.set(change.component, &change.at, change.to);
        for issue in worsens(&standing, &judge_around(picture, &changes)) {
            if !borne(&issue) && !found.contains(&issue) {
                found.push(issue);
            }
        }
    }
    found
}

/// What kubeadm's own procedure cannot avoid, and upstream bears with.
fn borne(issue: &SkewIssue) -> bool {
    issue.component == Component::KubeProxy
        && issue.rule == SkewRule::TooNewForApiServer
        && issue.excess() == 1
        && issue.found <= ADDONS_FIRST_UNTIL
}
