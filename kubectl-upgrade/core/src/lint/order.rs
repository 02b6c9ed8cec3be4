//! What must come before what.

use std::collections::{BTreeMap, BTreeSet};

use super::broken::{Broken, Law};
use crate::component::Component;
use crate::ids::NodeName;
use crate::inventory::{Inventory, Node};
use crate::plan::{Action, Carrier, ComponentAction, Lane, Plan, Stage, Step};

pub(super) fn check(plan: &Plan, inventory: &Inventory) -> Vec<Broken> {
    let nodes = inventory.nodes_by_name();
    let mut broken: Vec<Broken> = plan.stages.iter().filter_map(|stage| alone(stage, &nodes)).collect();
    for lane in plan.stages.iter().flat_map(|stage| &stage.lanes) {
        let node = lane.subject.node().and_then(|name| nodes.get(name).copied());
        broken.extend(cordons(lane, node));
        broken.extend(drained(lane, node));
    }
    broken.extend(backup(plan, inventory));
    broken
}

/// Two control-plane hosts are never down at once.
fn alone(stage: &Stage, nodes: &BTreeMap<&NodeName, &Node>) -> Option<Broken> {
    let takes_down = |lane: &Lane| {
        lane.steps.iter().any(|step| {
            matches!(step.action, Action::RestartKubelet { .. } | Action::Drain { .. })
                || step.action.restarts_control_plane()
        })
    };
    let serves = |lane: &&Lane| {
        let listed = lane
            .steps
            .iter()
            .any(|step| matches!(&step.action, Action::Component(action) if action.restarts_control_plane()));
        listed || lane.subject.node().and_then(|name| nodes.get(name)).is_some_and(|node| node.control_plane)
    };
    let hosts = stage.lanes.iter().filter(|lane| takes_down(lane)).filter(serves);
    (stage.at_once > 1 && hosts.count() > 1)
        .then(|| Broken::whole(Law::ControlPlaneAlone, "two control-plane hosts would be down at once"))
}

fn cordons(lane: &Lane, node: Option<&Node>) -> Vec<Broken> {
    let mut broken = Vec::new();
    let left_by_us = node.is_some_and(|node| node.unschedulable && node.cordoned_by.is_some());
    let mut open = None;
    for step in &lane.steps {
        match step.action {
            Action::Cordon { .. } => {
                if let Some(first) = open.replace(step.id) {
                    broken.push(Broken::at(Law::Cordon, first, "the node is cordoned twice"));
                }
            }
            Action::Uncordon { .. } => {
                if open.take().is_none() && !left_by_us {
                    broken.push(Broken::at(Law::Cordon, step.id, "nothing was cordoned before it"));
                }
            }
            Action::SnapshotEtcd { .. }
            | Action::ArchiveFiles { .. }
            | Action::SwitchRepository { .. }
            | Action::InstallPackages { .. }
            | Action::UpgradeApply { .. }
            | Action::UpgradeNode { .. }
            | Action::Drain { .. }
            | Action::RestartKubelet { .. }
            | Action::Cloud(_)
            | Action::Component(_) => {}
        }
    }
    broken.extend(open.map(|step| Broken::at(Law::Cordon, step, "no uncordon follows")));
    broken
}

/// Whether a kubelet is taken to another minor, by whomever.
fn moves_kubelet(action: &Action) -> bool {
    let Action::Component(action) = action else { return false };
    matches!(action.moves(), Some((Component::Kubelet, from, to)) if from.minor() != to.minor())
}

fn drained(lane: &Lane, node: Option<&Node>) -> Option<Broken> {
    let position = |wanted: fn(&Action) -> bool| lane.steps.iter().position(|step| wanted(&step.action));
    let restart = position(|action| matches!(action, Action::RestartKubelet { .. }) || moves_kubelet(action))?;
    let drain = position(|action| matches!(action, Action::Drain { .. }));
    let step = lane.steps.get(restart)?;
    // A kubelet that no API server knows runs its host's static pods alone, and goes on with them.
    if node.is_none() && matches!(step.action, Action::Component(_)) {
        return None;
    }
    drain
        .is_none_or(|drain| drain > restart)
        .then(|| Broken::at(Law::Drained, step.id, "the node is not drained first"))
}

/// The first change of the control plane has an etcd snapshot and an archive of each host before it.
fn backup(plan: &Plan, inventory: &Inventory) -> Option<Broken> {
    // The etcd of a cloud's control plane is the cloud's.
    let ours = |step: &&Step| step.action.restarts_control_plane() && step.action.carrier() != Carrier::Cloud;
    let first = plan.steps().find(ours)?;
    let before = || plan.steps().take_while(|step| step.id != first.id);
    let external = inventory.kubeadm.as_ref().is_some_and(|record| record.external_etcd);
    let saves = |step: &Step| {
        matches!(step.action, Action::SnapshotEtcd { .. } | Action::Component(ComponentAction::SnapshotEtcd { .. }))
    };
    // Whose etcd is reached by no host of the plan has it backed up by its own tools.
    let beyond_reach = matches!(first.action, Action::Component(_)) && !has_etcd(inventory);
    let snapshot = external || beyond_reach || before().any(saves);
    let archived = control_plane_hosts(plan, inventory)
        .iter()
        .all(|host| before().any(|step| matches!(&step.action, Action::ArchiveFiles { node: of, .. } if of == *host)));
    (!snapshot || !archived).then(|| Broken::at(Law::Backup, first.id, "no whole backup comes before it"))
}

fn has_etcd(inventory: &Inventory) -> bool {
    inventory.instances(Component::Etcd).next().is_some()
}

/// Its nodes, and of a hand-built cluster the hosts whose API server or etcd the plan restarts.
fn control_plane_hosts<'a>(plan: &'a Plan, inventory: &'a Inventory) -> BTreeSet<&'a NodeName> {
    let listed = plan.steps().filter_map(|step| {
        let Action::Component(action) = &step.action else { return None };
        action.host().filter(|_| action.restarts_control_plane())
    });
    inventory.control_plane().into_iter().map(|node| &node.name).chain(listed).collect()
}
