//! The state everything is in, in words. Pure.

use std::collections::BTreeMap;

use upgrade_core::component::Component;
use upgrade_core::inventory::{Inventory, Readiness};
use upgrade_core::journal::{RunState, StepState};
use upgrade_core::plan::Plan;
use upgrade_core::version::Version;

/// Says how everything stands: from what is seen, and from the journal where nothing is.
pub(crate) fn standing(plan: &Plan, state: &RunState, seen: Option<&Inventory>) -> Vec<String> {
    let mut said = Vec::new();
    match seen {
        Some(seen) => {
            said.push(versions(seen));
            said.extend(nodes(seen));
        }
        None => said.push("the API does not answer: what follows is what the journal says".to_owned()),
    }
    said.extend(doubts(plan, state));
    said.push(steps(plan, state));
    said
}

fn versions(seen: &Inventory) -> String {
    let total = seen.nodes.len();
    let mut kubelets: BTreeMap<&Version, usize> = BTreeMap::new();
    for node in &seen.nodes {
        *kubelets.entry(&node.kubelet).or_default() += 1;
    }
    let counted: Vec<_> =
        kubelets.iter().rev().map(|(version, count)| format!("{count} of {total} nodes at {version}")).collect();
    let servers: Vec<_> = seen.instances(Component::ApiServer).map(|instance| &instance.version).collect();
    let control_plane = match (servers.iter().min(), servers.iter().max()) {
        (Some(oldest), Some(newest)) if oldest == newest => format!("control plane {oldest}"),
        (Some(oldest), Some(newest)) => format!("control plane {oldest} to {newest}"),
        (None, _) | (_, None) => "control plane not seen".to_owned(),
    };
    format!("{}; {control_plane}", counted.join(", "))
}

fn nodes(seen: &Inventory) -> impl Iterator<Item = String> {
    seen.nodes.iter().filter_map(|node| {
        let cordoned = node.unschedulable.then_some(match node.cordoned_by {
            Some(_) => "cordoned by this tool",
            None => "cordoned by someone else",
        });
        let unwell = match node.ready {
            Readiness::Ready => None,
            Readiness::NotReady => Some("not Ready"),
            Readiness::Unknown => Some("not heard of"),
        };
        let said: Vec<_> = cordoned.into_iter().chain(unwell).collect();
        (!said.is_empty()).then(|| format!("{} is {}", node.name, said.join(" and ")))
    })
}

fn doubts(plan: &Plan, state: &RunState) -> Vec<String> {
    let doubted = plan.steps().filter(|step| state.steps.get(&step.id).is_some_and(StepState::in_doubt));
    doubted
        .map(|step| {
            let operation = match state.steps.get(&step.id) {
                Some(StepState::Started { operation, .. } | StepState::Failed { operation, .. }) => operation.as_ref(),
                Some(StepState::Finished { .. }) | None => None,
            };
            let name = operation.map_or_else(String::new, |operation| format!(" as {}", operation.0));
            format!("step {} on {} may still be going on{name}", step.id, step.action.subject())
        })
        .collect()
}

fn steps(plan: &Plan, state: &RunState) -> String {
    let lanes = plan.stages.iter().flat_map(|stage| &stage.lanes);
    let finished: usize = lanes
        .map(|lane| (0..lane.steps.len()).filter(|index| crate::resume::counts(lane, *index, state)).count())
        .sum();
    format!("{finished} of {} steps finished", plan.steps().count())
}
