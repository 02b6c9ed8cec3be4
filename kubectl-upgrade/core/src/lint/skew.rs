//! The states passed through keep the version-skew policy, and kubeadm's own limits when it acts.

use super::broken::{Broken, Law};
use crate::component::Component;
use crate::inventory::Inventory;
use crate::plan::{Action, Plan, Step};
use crate::skew::{KubeadmUse, Picture};
use crate::transition;

pub(super) fn check(plan: &Plan, inventory: &Inventory) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut standing = transition::picture(inventory);
    for step in plan.steps() {
        let refused = kubeadm(&standing, step);
        let found = transition::play(&mut standing, step);
        broken.extend(found.into_iter().map(|issue| Broken::at(Law::Skew, step.id, issue.to_string())));
        broken.extend(refused);
    }
    broken
}

/// What kubeadm would refuse to do about the control plane as it stands.
fn kubeadm(standing: &Picture, step: &Step) -> Vec<Broken> {
    let Action::UpgradeApply { version, .. } = &step.action else { return Vec::new() };
    let Some(servers) = standing.api_servers() else { return Vec::new() };
    let target = version.minor();
    let issues = KubeadmUse {
        kubeadm: target,
        cluster: servers.oldest(),
        target,
        oldest_kubelet: standing.minors(Component::Kubelet).min(),
    }
    .issues();
    issues.into_iter().map(|issue| Broken::at(Law::Skew, step.id, issue.to_string())).collect()
}
