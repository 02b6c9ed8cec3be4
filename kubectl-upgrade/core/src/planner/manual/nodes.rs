//! Nodes: drain, kubelet, kube-proxy, uncordon; first those that carry an API server, then the others.

use super::ON_NODES;
use super::fleet::Fleet;
use super::parts::{due, replace};
use crate::component::Component;
use crate::components::ComponentHost;
use crate::plan::{Lane, Stage, StageKind, Step, Strategy, Subject};
use crate::planner::node_steps::{cordon, drain, empty, uncordon};
use crate::version::Version;

pub(super) fn stages(fleet: &mut Fleet<'_>, to: &Version) -> Vec<Stage> {
    let hosts: Vec<&ComponentHost> = fleet.components.hosts.iter().collect();
    let (serving, others): (Vec<_>, Vec<_>) =
        hosts.into_iter().partition(|host| host.part(Component::ApiServer).is_some());
    let many = match fleet.draft.options.strategy {
        Strategy::Rolling { max_unavailable } => max_unavailable.of(others.len()).max(1),
        Strategy::AllAtOnce => others.len().max(1),
        Strategy::NewPools { .. } => 1,
    };
    let kinds = [(StageKind::ControlPlaneKubelets, 1, serving), (StageKind::Workers, many, others)];
    kinds.into_iter().filter_map(|(kind, at_once, hosts)| stage(fleet, kind, at_once, &hosts, to)).collect()
}

fn stage(
    fleet: &mut Fleet<'_>,
    kind: StageKind,
    at_once: usize,
    hosts: &[&ComponentHost],
    to: &Version,
) -> Option<Stage> {
    let lanes: Vec<Lane> = hosts.iter().filter_map(|host| lane(fleet, host, to)).collect();
    (!lanes.is_empty()).then_some(Stage { kind, hop: None, at_once, lanes })
}

fn lane(fleet: &mut Fleet<'_>, host: &ComponentHost, to: &Version) -> Option<Lane> {
    let due: Vec<_> = due(fleet, host, &ON_NODES, to).into_iter().map(|(part, to)| (part.clone(), to)).collect();
    let name = &host.name;
    let node = fleet.draft.node(name);
    let left_cordoned = fleet.draft.is_cordoned_by_us(name);
    let mut steps: Vec<Step> = Vec::new();
    if due.is_empty() {
        steps.extend((node.is_some() && left_cordoned).then(|| uncordon(&mut fleet.draft, name, to)));
    } else {
        let drained = node.is_some() && due.iter().any(|(part, _)| part.component == Component::Kubelet);
        let foreign = node.is_some_and(|node| node.unschedulable && node.cordoned_by.is_none());
        if drained && !foreign {
            steps.push(cordon(&mut fleet.draft, name));
        }
        if drained {
            steps.push(drain(&mut fleet.draft, name));
        }
        for (part, to) in &due {
            let expects = if drained { empty(&fleet.draft, name) } else { Vec::new() };
            steps.push(replace(fleet, host, part, to, expects));
        }
        if drained && !foreign {
            steps.push(uncordon(&mut fleet.draft, name, to));
        }
    }
    (!steps.is_empty()).then(|| Lane { subject: Subject::Node(name.clone()), steps })
}
