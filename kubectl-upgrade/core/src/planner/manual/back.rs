//! The way back of a run on a hand-built cluster: the last hop it began, in the reverse order, to the binaries that were kept
//! beside the new ones. What was done by hand is taken back by hand.

use std::collections::BTreeSet;

use super::{CONTROLLERS, ON_NODES, coredns, restore};
use crate::component::Component;
use crate::ids::{NodeName, StepId};
use crate::inventory::Inventory;
use crate::journal::Record;
use crate::plan::{
    Action, ComponentAction, ComponentCondition, Condition, Hop, Lane, NewBinary, NewManifest, NewPod, Plan, Reversal,
    Stage, StageKind, Step, Subject,
};
use crate::planner::PlanError;
use crate::planner::back::Back;
use crate::planner::draft::Draft;
use crate::planner::node_steps::{cordon, drain, empty, uncordon};
use crate::version::Version;

/// What leads back from what the begun steps did. A hop before the last one is taken back by doing so once more. etcd is
/// put back to the snapshot from before the hop when the run's records are given; it needs them for what was verified.
pub(in crate::planner) fn back(
    plan: &Plan,
    begun: &BTreeSet<StepId>,
    inventory: &Inventory,
    records: Option<&[Record]>,
) -> Result<Back, PlanError> {
    let mut draft = Draft::new(inventory, &plan.options);
    let Some((index, moved)) = last_hop(plan, begun, inventory, records.is_some()) else {
        return Ok(Back { control_plane: None, stages: Vec::new() });
    };
    let kept: Vec<&Step> = plan.stages.iter().filter(|stage| keeps(stage, index)).flat_map(steps).collect();
    let mut stages = vec![backup(&mut draft, &kept)];
    stages.extend(coredns::back(&mut draft, &moved));
    stages.extend(nodes(&mut draft, &moved));
    stages.extend(stage(&mut draft, StageKind::Controllers, &CONTROLLERS, &moved));
    stages.extend(stage(&mut draft, StageKind::ApiServers, &[Component::ApiServer], &moved));
    if let Some(records) = records {
        stages.push(restore::stage(&mut draft, plan, &kept, begun, records)?);
    }
    let serves = |action: &&ComponentAction| matches!(action.moves(), Some((Component::ApiServer, _, _)));
    let control_plane = moved.iter().any(serves).then(|| plan.hops.get(index)).flatten().map(|hop| Hop {
        from: hop.to.clone(),
        to: hop.from.clone(),
        notes: if records.is_none() { vec![kept_by_new_servers()] } else { Vec::new() },
    });
    let hop = control_plane.is_some().then_some(0);
    let stages = stages.into_iter().map(|stage| Stage { hop, ..stage }).collect();
    Ok(Back { control_plane, stages })
}

/// The last hop of which something is left, with that. With etcd's restore it may be one whose binaries are back already.
fn last_hop<'a>(
    plan: &'a Plan,
    begun: &BTreeSet<StepId>,
    inventory: &Inventory,
    restores: bool,
) -> Option<(usize, Vec<&'a ComponentAction>)> {
    let left = |index: usize| -> Vec<&'a ComponentAction> {
        let of_hop = plan.stages.iter().filter(|stage| stage.hop == Some(index)).flat_map(steps);
        let moved = of_hop.filter(|step| begun.contains(&step.id)).filter_map(component);
        moved.filter(|action| is_ahead(action, inventory)).collect()
    };
    let hops = || (0..plan.hops.len()).rev();
    let here = |index: &usize| {
        let from = plan.hops.get(*index).map(|hop| &hop.from);
        restores && from.is_some() && inventory.oldest_api_server() == from
    };
    hops()
        .map(|index| (index, left(index)))
        .find(|(_, left)| !left.is_empty())
        .or_else(|| hops().find(here).map(|index| (index, Vec::new())))
}

fn kept_by_new_servers() -> String {
    "what the newer API servers wrote in forms that the older do not know is lost to them; the snapshot has the state before: \
     kubectl upgrade rollback --restore-etcd puts etcd back to it"
        .to_owned()
}

/// Whether the stage keeps the cluster as it was before the hop. Before the first one, etcd's own may have done so.
fn keeps(stage: &Stage, hop: usize) -> bool {
    stage.kind == StageKind::Backup && (stage.hop == Some(hop) || (stage.hop.is_none() && hop == 0))
}

fn steps(stage: &Stage) -> impl Iterator<Item = &Step> {
    stage.lanes.iter().flat_map(|lane| &lane.steps)
}

pub(super) fn component(step: &Step) -> Option<&ComponentAction> {
    let Action::Component(action) = &step.action else { return None };
    Some(action)
}

/// Whether what runs is what the action led to.
pub(super) fn is_ahead(action: &ComponentAction, inventory: &Inventory) -> bool {
    if let ComponentAction::CoreDnsImage(dns) = action {
        return dns.to > dns.from && inventory.dns.as_ref().is_some_and(|found| found.image == dns.image);
    }
    let (Some((component, from, _)), Some(host)) = (action.moves(), action.host()) else { return false };
    inventory.version_on(component, host).is_some_and(|at| at > from)
}

/// As before the hop: the state that the way back starts from is worth keeping too.
fn backup(draft: &mut Draft<'_>, kept: &[&Step]) -> Stage {
    let stamp = draft.inventory.observed_at.strftime("%Y%m%dt%H%M%Sz").to_string();
    let again = |file: &str| match file.split_once('.').filter(|(stem, _)| stem.contains('/')) {
        Some(_) => format!("{file}.before-going-back-{stamp}"),
        None => format!("{file}-{stamp}"),
    };
    let mut lanes: Vec<Lane> = Vec::new();
    for step in kept {
        let (host, action) = match &step.action {
            Action::Component(ComponentAction::SnapshotEtcd { host, client, file }) => {
                let (file, client) = (again(file), client.clone());
                (host, Action::Component(ComponentAction::SnapshotEtcd { host: host.clone(), client, file }))
            }
            Action::ArchiveFiles { node, file, paths } => {
                (node, Action::ArchiveFiles { node: node.clone(), file: again(file), paths: paths.clone() })
            }
            Action::SnapshotEtcd { .. }
            | Action::SwitchRepository { .. }
            | Action::InstallPackages { .. }
            | Action::UpgradeApply { .. }
            | Action::UpgradeNode { .. }
            | Action::Cordon { .. }
            | Action::Drain { .. }
            | Action::RestartKubelet { .. }
            | Action::Uncordon { .. }
            | Action::Cloud(_)
            | Action::Component(_) => continue,
        };
        let goal = vec![Condition::OperationSucceeded { node: host.clone() }];
        let step = draft.step(action, Vec::new(), goal);
        let subject = Subject::Node(host.clone());
        match lanes.iter_mut().find(|lane| lane.subject == subject) {
            Some(lane) => lane.steps.push(step),
            None => lanes.push(Lane { subject, steps: vec![step] }),
        }
    }
    Stage { kind: StageKind::Backup, hop: None, at_once: lanes.len().max(1), lanes }
}

/// The hosts whose components are taken back, last first.
fn hosts<'a>(wanted: &[Component], moved: &[&'a ComponentAction]) -> Vec<&'a NodeName> {
    let mut hosts: Vec<&NodeName> = Vec::new();
    for action in moved.iter().rev() {
        let of_kind = action.moves().is_some_and(|(component, _, _)| wanted.contains(&component));
        hosts.extend(action.host().filter(|host| of_kind && !hosts.contains(host)));
    }
    hosts
}

fn of_host<'a>(host: &NodeName, wanted: &[Component], moved: &[&'a ComponentAction]) -> Vec<&'a ComponentAction> {
    let here = |action: &&&ComponentAction| {
        action.host() == Some(host) && action.moves().is_some_and(|(component, _, _)| wanted.contains(&component))
    };
    moved.iter().rev().filter(here).copied().collect()
}

fn stage(draft: &mut Draft<'_>, kind: StageKind, wanted: &[Component], moved: &[&ComponentAction]) -> Option<Stage> {
    let mut lanes = Vec::new();
    for host in hosts(wanted, moved) {
        let actions = of_host(host, wanted, moved);
        let steps = actions.into_iter().filter_map(|action| taken_back(draft, action, Vec::new())).collect();
        lanes.push(Lane { subject: Subject::Node(host.clone()), steps });
    }
    (!lanes.is_empty()).then_some(Stage { kind, hop: None, at_once: 1, lanes })
}

fn nodes(draft: &mut Draft<'_>, moved: &[&ComponentAction]) -> Option<Stage> {
    let mut lanes = Vec::new();
    for host in hosts(&ON_NODES, moved) {
        let actions = of_host(host, &ON_NODES, moved);
        let kubelet = actions.iter().find_map(|action| match action.moves() {
            Some((Component::Kubelet, from, _)) => Some(from.clone()),
            Some(_) | None => None,
        });
        let to = kubelet.filter(|_| draft.node(host).is_some());
        let mut steps: Vec<Step> = Vec::new();
        if to.is_some() {
            steps.push(cordon(draft, host));
            steps.push(drain(draft, host));
        }
        for action in actions {
            let expects = if to.is_some() { empty(draft, host) } else { Vec::new() };
            steps.extend(taken_back(draft, action, expects));
        }
        steps.extend(to.map(|to| uncordon(draft, host, &to)));
        lanes.push(Lane { subject: Subject::Node(host.clone()), steps });
    }
    (!lanes.is_empty()).then_some(Stage { kind: StageKind::Workers, hop: None, at_once: 1, lanes })
}

/// The step that puts back what the action replaced.
fn taken_back(draft: &mut Draft<'_>, action: &ComponentAction, expects: Vec<Condition>) -> Option<Step> {
    let (component, from, to) = action.moves()?;
    let host = action.host()?.clone();
    let back = match action {
        ComponentAction::Switch { binary, health, .. } => ComponentAction::Switch {
            host: host.clone(),
            binary: NewBinary { version: from.clone(), ..binary.clone() },
            from: to.clone(),
            health: health.clone(),
            // It ran with these arguments before.
            ask: false,
        },
        ComponentAction::SwitchPod { pod, health, .. } => ComponentAction::SwitchPod {
            host: host.clone(),
            pod: NewPod {
                version: from.clone(),
                replaces: pod.image.clone(),
                image: pod.replaces.clone(),
                ..pod.clone()
            },
            manifest: NewManifest::Kept,
            from: to.clone(),
            health: health.clone(),
            ask: false,
        },
        ComponentAction::ByHand { how, .. } => ComponentAction::ByHand {
            host: host.clone(),
            component,
            from: to.clone(),
            to: from.clone(),
            how: by_hand(component, from, how),
        },
        ComponentAction::SnapshotEtcd { .. }
        | ComponentAction::Prepare { .. }
        | ComponentAction::PreparePod { .. }
        | ComponentAction::RestoreEtcd(_)
        | ComponentAction::CoreDnsImage(_)
        | ComponentAction::CoreDns { .. } => return None,
    };
    let within = ComponentCondition::Within { host: host.clone(), component, from: from.clone(), to: to.clone() };
    let expects = [vec![Condition::ApiHealthy, Condition::Component(within)], expects].concat();
    let step = draft.step(Action::Component(back), expects, goal(draft, &host, component, from));
    Some(Step { reversal: Reversal::Inverse(format!("switch {component} {to} in again")), ..step })
}

fn goal(draft: &Draft<'_>, host: &NodeName, component: Component, to: &Version) -> Vec<Condition> {
    let at = ComponentCondition::At { host: host.clone(), component, version: to.clone() };
    let mut goal = vec![Condition::Component(at)];
    if component == Component::Kubelet && draft.node(host).is_some() {
        goal.push(Condition::KubeletAt { node: host.clone(), version: to.clone() });
        goal.push(Condition::NodeReady { node: host.clone() });
    } else {
        goal.push(Condition::ApiHealthy);
    }
    goal
}

/// The last line of what was done by hand says how it is undone.
fn by_hand(component: Component, to: &Version, how: &[String]) -> Vec<String> {
    let mut lines = vec![format!("put {component} {to} back")];
    lines.extend(how.iter().rfind(|line| line.starts_with("$ ")).cloned());
    lines
}
