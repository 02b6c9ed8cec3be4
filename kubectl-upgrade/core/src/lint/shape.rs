//! Numbers, nodes and versions fit together.

use std::collections::BTreeSet;

use super::broken::{Broken, Law};
use crate::component::Component;
use crate::ids::{NodeName, PoolName};
use crate::inventory::{CloudCluster, Inventory};
use crate::plan::{Action, CloudAction, Hop, Plan, PlanKind, Step, Subject};
use crate::version::Version;

pub(super) fn check(plan: &Plan, inventory: &Inventory) -> Vec<Broken> {
    let mut broken = numbering(plan);
    broken.extend(nodes(plan, inventory));
    broken.extend(hops(plan, inventory));
    broken.extend(back(plan, inventory));
    broken.extend(plan.steps().filter_map(|step| version(plan, step)));
    broken.extend(plan.steps().filter_map(etcd));
    broken
}

fn numbering(plan: &Plan) -> Vec<Broken> {
    let mut broken: Vec<Broken> = plan
        .steps()
        .zip(1..)
        .filter(|(step, number)| step.id.0 != *number)
        .map(|(step, number)| Broken::at(Law::Numbering, step.id, format!("expected to be step {number}")))
        .collect();
    for stage in plan.stages.iter().filter(|stage| stage.at_once == 0) {
        broken.push(Broken::whole(Law::Numbering, format!("a stage of {:?} lets no lane start", stage.kind)));
    }
    for step in plan.steps().filter(|step| step.limits.deadline_s == 0) {
        broken.push(Broken::at(Law::Numbering, step.id, "it has no time to run"));
    }
    broken
}

fn nodes(plan: &Plan, inventory: &Inventory) -> Vec<Broken> {
    let nodes = inventory.nodes.iter().map(|node| &node.name);
    // Hosts of hand-built clusters need not be nodes; when none was asked, the components file is all there is.
    let listed = plan.steps().filter(|_| inventory.hosts.is_empty()).filter_map(|step| {
        let Action::Component(action) = &step.action else { return None };
        action.host()
    });
    let known: BTreeSet<&NodeName> = nodes.chain(inventory.hosts.keys()).chain(listed).collect();
    let mut broken = Vec::new();
    for lane in plan.stages.iter().flat_map(|stage| &stage.lanes) {
        for step in &lane.steps {
            if !is_about(&step.action, &lane.subject) {
                broken.push(Broken::at(Law::Node, step.id, format!("it is not about {}", lane.subject)));
            }
            if let Some(node) = step.action.node().filter(|node| !known.contains(node)) {
                broken.push(Broken::at(Law::Node, step.id, format!("there is no node {node}")));
            }
        }
    }
    broken
}

/// A step is about the subject of its lane; a lane of a pool also makes the pool that takes its place.
fn is_about(action: &Action, subject: &Subject) -> bool {
    let replaces = |old: &PoolName| {
        matches!(action, Action::Cloud(CloudAction::CreatePool { like, .. }) if like == old)
            || matches!(action, Action::Cloud(CloudAction::SoakPool { .. }))
    };
    action.subject() == *subject || subject.pool().is_some_and(replaces)
}

/// Whether the cloud itself offers the hop over several minors, and the plan was asked to take it.
fn is_leap(plan: &Plan, inventory: &Inventory, hop: &Hop) -> bool {
    let offered = |cloud: &CloudCluster| {
        cloud.offers.iter().any(|offer| offer.version == hop.to && offer.is_leap_from(cloud.version.minor()))
            && cloud.is_at(&hop.from)
    };
    plan.options.cloud.skip_minors && plan.kind == PlanKind::Upgrade && inventory.cloud.as_ref().is_some_and(offered)
}

fn hops(plan: &Plan, inventory: &Inventory) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut at = plan.from.clone();
    for hop in &plan.hops {
        if hop.from != at {
            broken.push(Broken::whole(Law::Hops, format!("a hop starts at {} where {at} was reached", hop.from)));
        }
        let (low, high, way) = match plan.kind {
            PlanKind::Upgrade => (&hop.from, &hop.to, "up"),
            PlanKind::Rollback => (&hop.to, &hop.from, "back"),
        };
        let far = high.minor().ahead_of(low.minor());
        if !((0..=1).contains(&far) || (far > 1 && is_leap(plan, inventory, hop))) || high <= low {
            broken.push(Broken::whole(Law::Hops, format!("{} to {} is not one hop {way}", hop.from, hop.to)));
        }
        at = hop.to.clone();
    }
    if at != plan.target {
        broken.push(Broken::whole(Law::Hops, format!("the hops end at {at}, not at {}", plan.target)));
    }
    broken
}

/// No part of the control plane is newer than where the first hop takes it.
fn back(plan: &Plan, inventory: &Inventory) -> Vec<Broken> {
    let Some(hop) = plan.hops.first().filter(|_| plan.kind == PlanKind::Upgrade) else { return Vec::new() };
    let parts = [Component::ApiServer, Component::ControllerManager, Component::Scheduler];
    let newer = parts.iter().flat_map(|part| inventory.instances(*part)).filter(|part| part.version > hop.to);
    let found =
        newer.map(|part| format!("{} {} on {} would go back to {}", part.component, part.version, part.place, hop.to));
    found.map(|found| Broken::whole(Law::Hops, found)).collect()
}

/// Every version moved to is where a hop starts or ends, or the target, when only nodes are behind.
fn version(plan: &Plan, step: &Step) -> Option<Broken> {
    let moved_to = moved_to(&step.action)?;
    // A pool goes back to where it came from, whether or not the control plane does.
    let back = plan.kind == PlanKind::Rollback && *moved_to <= plan.from;
    let known =
        back || plan.target == *moved_to || plan.hops.iter().any(|hop| hop.to == *moved_to || hop.from == *moved_to);
    (!known).then(|| Broken::at(Law::Version, step.id, format!("{moved_to} is in none of the plan's hops")))
}

/// etcd moves one minor at a time, and never back.
fn etcd(step: &Step) -> Option<Broken> {
    let Action::Component(action) = &step.action else { return None };
    let (Component::Etcd, from, to) = action.moves()? else { return None };
    let apart = to.minor().ahead_of(from.minor());
    let wrong = !(0..=1).contains(&apart) || to < from;
    wrong.then(|| Broken::at(Law::Hops, step.id, format!("etcd {from} to {to} is not one minor up")))
}

fn moved_to(action: &Action) -> Option<&Version> {
    match action {
        Action::UpgradeApply { version, .. }
        | Action::UpgradeNode { version, .. }
        | Action::RestartKubelet { version, .. } => Some(version),
        Action::Cloud(action) => action.version(),
        // etcd, CoreDNS and cloud-controller-managers have versions of their own.
        Action::Component(action) => match action.moves()? {
            (Component::Etcd | Component::CoreDns | Component::CloudControllerManager, _, _) => None,
            (_, _, to) => Some(to),
        },
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::Cordon { .. }
        | Action::Drain { .. }
        | Action::Uncordon { .. } => None,
    }
}
