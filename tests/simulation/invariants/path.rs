//! Versions move along the plan's hops, to the patch, and never back.

use std::collections::BTreeMap;

use upgrade_core::component::Component;
use upgrade_core::plan::Plan;
use upgrade_core::version::Version;
use upgrade_twin::Twin;
use upgrade_twin::blueprint::Form;
use upgrade_twin::clouds::{self, Cloud};
use upgrade_twin::world::{Running, World};

use crate::case::Case;

/// Every change of a version to one that the plan does not name, or to an older one; and every new node at one that
/// neither the plan names nor any pool had.
pub(super) fn check(twin: &Twin, plan: &Plan, case: &Case) -> Vec<String> {
    let (ran, mut known) = twin.with(|world| (world.witness.versions.clone(), of_operations(world)));
    known.extend(plan.hops.iter().flat_map(|hop| [hop.from.clone(), hop.to.clone()]));
    let is_known = |version: &Version| known.iter().any(|known| same(case, known, version));
    let mut last: BTreeMap<(Component, String), Version> = BTreeMap::new();
    let mut wrong = Vec::new();
    for Running { at, component, node, version } in ran {
        let Some(version) = version.filter(|_| is_of_hops(component)) else { continue };
        let before = last.insert((component, node.clone()), version.clone());
        let Some(before) = before else {
            if !is_known(&version) && !at_first(case, &version) {
                wrong.push(format!("{at} {component} on {node} came at {version}, which is on no hop"));
            }
            continue;
        };
        if !is_known(&version) {
            wrong.push(format!("{at} {component} on {node} came to {version}, which is on no hop"));
        }
        if version < before {
            wrong.push(format!("{at} {component} on {node} went back from {before} to {version}"));
        }
    }
    wrong
}

/// As exactly as versions are named there: EKS names minors alone.
fn same(case: &Case, one: &Version, other: &Version) -> bool {
    if case.cloud() == Some(Cloud::Eks) { one.minor() == other.minor() } else { one == other }
}

/// Where a cloud was taken by whomever: that this tool asks for nothing beside its plan is seen elsewhere.
fn of_operations(world: &World) -> Vec<Version> {
    let operations = clouds::of(world).map(|cloud| cloud.now().operations.as_slice()).unwrap_or_default();
    operations.iter().filter_map(|one| one.target.clone()).collect()
}

/// Whether something was at that version when the story began. Only a cloud makes machines by itself.
fn at_first(case: &Case, version: &Version) -> bool {
    match &case.blueprint.form {
        Form::Managed(managed) => {
            case.blueprint.version == *version || managed.pools.iter().any(|pool| pool.version == *version)
        }
        Form::Kubeadm | Form::HandBuilt(_) => true,
    }
}

const fn is_of_hops(component: Component) -> bool {
    matches!(component, Component::ApiServer | Component::ControllerManager | Component::Scheduler | Component::Kubelet)
}
