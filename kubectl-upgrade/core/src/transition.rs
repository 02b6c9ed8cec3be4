//! What a step changes about versions, and whether the version-skew policy bears it.
//!
//! One rule for the linter, which plays a plan over a model, and for the gate, which asks it of what was just observed.

use crate::component::Component;
use crate::ids::{AddonName, PoolName};
use crate::inventory::{CloudCluster, Inventory};
use crate::plan::{Action, CloudAction, CloudCondition, ComponentCondition, Condition, Step};
use crate::skew::{Change, Picture, Reach, SkewIssue, SkewRule, judge_around, worsens};
use crate::version::{Minor, Version};

/// The add-on whose versions are Kubernetes versions.
const KUBE_PROXY: &str = "kube-proxy";

/// Until this minor kubeadm moves kube-proxy with the first control-plane host instead of the last (facts §1.2), so that
/// kube-proxy is ahead of the API servers not yet upgraded. No order of its commands avoids that.
const ADDONS_FIRST_UNTIL: Minor = Minor::new(1, 27);

/// The picture of a cluster whose control plane kubeadm made: each controller-manager and scheduler talks to the API
/// server beside it. The operator's kubectl is left out: it must not block steps.
#[must_use]
pub fn picture(inventory: &Inventory) -> Picture {
    let mut picture = Picture::of(&inventory.components).without(Component::Kubectl);
    // Where a person wrote the kubeconfig files, controllers may reach any API server.
    let hand_built = inventory.hosts.values().any(|host| !host.components.is_empty());
    if !hand_built {
        picture =
            picture.reaching(Component::ControllerManager, Reach::Local).reaching(Component::Scheduler, Reach::Local);
    }
    for node in &inventory.nodes {
        if let Some(pool) = &node.pool {
            picture.pooled(pool, &node.name);
        }
    }
    // Where kube-proxy is no add-on of its own, the cloud moves it with the control plane or the nodes.
    let with_cloud = |cloud: &CloudCluster| cloud.addon(&AddonName::new(KUBE_PROXY)).is_none();
    if inventory.cloud.as_ref().is_some_and(with_cloud) { picture.without(Component::KubeProxy) } else { picture }
}

/// Whether the step changes the version of anything, so that skew has to be judged.
#[must_use]
pub fn moves(step: &Step) -> bool {
    step.goal.iter().any(|condition| {
        matches!(
            condition,
            Condition::ControlPlaneAt { .. }
                | Condition::KubeProxyAt { .. }
                | Condition::KubeletAt { .. }
                | Condition::Component(ComponentCondition::At { .. })
                | Condition::Cloud(
                    CloudCondition::ControlPlaneAt { .. }
                        | CloudCondition::AddonAt { .. }
                        | CloudCondition::PoolAt { .. }
                )
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
            Condition::Cloud(condition) => changes.extend(managed(condition, picture)),
            Condition::Component(condition) => changes.extend(component(condition)),
        }
    }
    changes
}

/// What a condition about a component changes when it comes to hold. The policy has no rule for what is no part of
/// Kubernetes.
fn component(condition: &ComponentCondition) -> Option<Change> {
    let ComponentCondition::At { host, component, version } = condition else { return None };
    let judged = !matches!(component, Component::Etcd | Component::CloudControllerManager);
    judged.then(|| Change { component: *component, at: host.to_string(), to: version.minor() })
}

/// What a condition about a managed cluster changes when it comes to hold.
fn managed(condition: &CloudCondition, picture: &Picture) -> Vec<Change> {
    let all = |component: Component, to: Minor| {
        let change = |at: &str| Change { component, at: at.to_owned(), to };
        picture.places(component).map(change).collect()
    };
    match condition {
        CloudCondition::ControlPlaneAt { version } => all(Component::ApiServer, version.minor()),
        CloudCondition::AddonAt { addon, version } if addon.as_str() == KUBE_PROXY => {
            version.parse::<Version>().map_or_else(|_| Vec::new(), |version| all(Component::KubeProxy, version.minor()))
        }
        CloudCondition::PoolAt { pool, version } => {
            let change = |at: &str| Change { component: Component::Kubelet, at: at.to_owned(), to: version.minor() };
            let nodes: Vec<Change> = picture.pool(pool).map(change).collect();
            // A pool that is not there yet stands for the nodes it will have.
            if nodes.is_empty() { vec![change(&format!("pool {pool}"))] } else { nodes }
        }
        CloudCondition::Ready
        | CloudCondition::OperationEnded { .. }
        | CloudCondition::ControlPlaneSoaked
        | CloudCondition::ControlPlaneComplete
        | CloudCondition::InsightsFresh { .. }
        | CloudCondition::AddonAt { .. }
        | CloudCondition::PoolExists { .. }
        | CloudCondition::PoolGone { .. }
        | CloudCondition::PoolReady { .. }
        | CloudCondition::PoolReadyFor { .. }
        | CloudCondition::PoolConfigured { .. }
        | CloudCondition::PoolImage { .. }
        | CloudCondition::PoolUnschedulable { .. }
        | CloudCondition::PoolNotCordonedByUs { .. }
        | CloudCondition::PoolDrained { .. } => Vec::new(),
    }
}

/// The pools whose nodes are gone when the step is done.
fn gone(step: &Step) -> impl Iterator<Item = &PoolName> {
    step.goal.iter().filter_map(|condition| {
        if let Condition::Cloud(CloudCondition::PoolGone { pool }) = condition { Some(pool) } else { None }
    })
}

/// Takes the step in the picture. Returns the violations that it adds or worsens, in any state it passes through,
/// against those there were.
pub fn play(picture: &mut Picture, step: &Step) -> Vec<SkewIssue> {
    gone(step).for_each(|pool| picture.forget(pool));
    let changes = changes(step, picture);
    if changes.is_empty() {
        return Vec::new();
    }
    let standing = judge_around(picture, &changes);
    let mut found: Vec<SkewIssue> = Vec::new();
    // Pools that the cloud takes along in the call that moves the control plane are its own to keep within what it bears:
    // no state between is this tool's to choose. Where it ends is judged all the same.
    let (between, last) = match (takes_along(step), changes.split_last()) {
        (true, Some((last, between))) => (between, std::slice::from_ref(last)),
        (_, _) => (&[][..], &changes[..]),
    };
    for change in between {
        picture.set(change.component, &change.at, change.to);
    }
    for change in last {
        picture.set(change.component, &change.at, change.to);
        for issue in worsens(&standing, &judge_around(picture, &changes)) {
            if !borne(&issue) && !found.contains(&issue) {
                found.push(issue);
            }
        }
    }
    found
}

fn takes_along(step: &Step) -> bool {
    matches!(&step.action, Action::Cloud(CloudAction::UpgradeControlPlane { along: Some(_), .. }))
}

/// What kubeadm's own procedure cannot avoid, and upstream bears with.
fn borne(issue: &SkewIssue) -> bool {
    issue.component == Component::KubeProxy
        && issue.rule == SkewRule::TooNewForApiServer
        && issue.excess() == 1
        && issue.found <= ADDONS_FIRST_UNTIL
}
