//! Versions move along the plan's hops, to the patch, and never back.

use std::collections::BTreeMap;

use upgrade_core::component::Component;
use upgrade_core::plan::Plan;
use upgrade_core::version::Version;
use upgrade_twin::Twin;
use upgrade_twin::world::Running;

/// Every change of a version to one that the plan does not name, or to an older one.
pub(super) fn check(twin: &Twin, plan: &Plan) -> Vec<String> {
    let ran: Vec<Running> = twin.with(|world| world.witness.versions.clone());
    let mut last: BTreeMap<(Component, String), Version> = BTreeMap::new();
    let mut wrong = Vec::new();
    for Running { at, component, node, version } in ran {
        let Some(version) = version.filter(|_| is_of_hops(component)) else { continue };
        let before = last.insert((component, node.clone()), version.clone());
        let Some(before) = before else { continue };
        if !plan.hops.iter().any(|hop| hop.from == version || hop.to == version) {
            wrong.push(format!("{at} {component} on {node} came to {version}, which is on no hop"));
        }
        if version < before {
            wrong.push(format!("{at} {component} on {node} went back from {before} to {version}"));
        }
    }
    wrong
}

const fn is_of_hops(component: Component) -> bool {
    matches!(component, Component::ApiServer | Component::ControllerManager | Component::Scheduler | Component::Kubelet)
}
