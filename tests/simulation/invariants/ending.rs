//! What a story leaves behind.

use std::collections::BTreeMap;

use upgrade_core::plan::Plan;
use upgrade_twin::Twin;
use upgrade_twin::json::text;
use upgrade_twin::store::{ObjectKey, Resource};

use super::pools;
use crate::case::{Case, Mishap};
use crate::told::End;

const CORDONED_BY: &str = "/metadata/annotations/kubectl-upgrade.io~1cordoned-by";

/// Everything that is not as the end promises.
pub(super) fn check(twin: &Twin, plan: &Plan, case: &Case, end: &End) -> Vec<String> {
    let mut wrong = Vec::new();
    match end {
        End::Finished => {
            wrong.extend(reached(twin, plan));
            wrong.extend(pools::reached(twin, plan, case));
        }
        End::Held(why) if must_finish(case) => wrong.push(format!("held although nothing stands in the way: {why}")),
        End::Held(_) | End::Nothing | End::Refused(_) => {}
    }
    wrong.extend(locked(twin));
    wrong
}

/// Whether a person who waits and resumes gets there: nothing lasting is in the way.
fn must_finish(case: &Case) -> bool {
    let passes = |mishap: &Mishap| match mishap {
        Mishap::PowerCut(..) | Mishap::ApiAway(_) | Mishap::Restart(_) | Mishap::Scale(..) | Mishap::Cancel => true,
        Mishap::Cordon(_) | Mishap::Join(_) | Mishap::Leave(_) | Mishap::CordonOne(_) | Mishap::ForeignUpgrade(_) => {
            false
        }
    };
    case.can_drain && case.mishaps.iter().all(|(_, mishap)| passes(mishap))
}

/// Every node of the plan that is still there runs the target, and none is left cordoned by the tool.
fn reached(twin: &Twin, plan: &Plan) -> Vec<String> {
    let wanted = plan.target.tag();
    let excluded = |node: &str| plan.options.excluded.iter().any(|name| name.as_str() == node);
    twin.with(|world| {
        let mut wrong = Vec::new();
        for basis in &plan.basis {
            let name = basis.node.as_str();
            let Some(node) = world.store.value(&ObjectKey::new(Resource::NODES, "", name)) else { continue };
            let found = text(&node, "/status/nodeInfo/kubeletVersion");
            if found != wanted && !excluded(name) && world.cloud.is_none() {
                wrong.push(format!("finished, and the kubelet on {name} is at {found}, not {wanted}"));
            }
            if !text(&node, CORDONED_BY).is_empty() {
                wrong.push(format!("finished, and {name} still has the tool's cordon"));
            }
        }
        for (host, server) in &world.control_plane.servers {
            if server.version != plan.target && world.cloud.is_none() {
                wrong.push(format!("finished, and the API server on {host} is at {}", server.version));
            }
        }
        wrong
    })
}

/// A run that is over has given its lock back.
fn locked(twin: &Twin) -> Vec<String> {
    let held = |resource: Resource, holder: &str| {
        let lock = twin.with(|world| world.store.value(&ObjectKey::new(resource, "kube-system", "kubectl-upgrade")))?;
        Some(text(&lock, holder).to_owned()).filter(|holder| !holder.is_empty())
    };
    let places = [
        (Resource::LEASES, "/spec/holderIdentity"),
        (Resource::CONFIG_MAPS, "/metadata/annotations/kubectl-upgrade.io~1holder"),
    ];
    let held = places.into_iter().filter_map(|(resource, holder)| held(resource, holder));
    held.map(|holder| format!("the lock is still held by {holder}")).collect()
}

/// The cluster in one line: versions and cordons. Two stories with the same end leave the same line.
pub(crate) fn left(twin: &Twin) -> String {
    twin.with(|world| {
        let servers: Vec<String> =
            world.control_plane.servers.iter().map(|(host, server)| format!("{host} {}", server.version)).collect();
        let mut kubelets: BTreeMap<String, usize> = BTreeMap::new();
        let mut cordons = Vec::new();
        for node in world.store.list(Resource::NODES, None, None) {
            let value = node.value();
            *kubelets.entry(text(&value, "/status/nodeInfo/kubeletVersion").to_owned()).or_default() += 1;
            if node.summary.unschedulable {
                let ours = if text(&value, CORDONED_BY).is_empty() { "" } else { " (ours)" };
                cordons.push(format!("{}{ours}", node.key.name));
            }
        }
        let pools = world.cloud.as_ref().map(pools::left).unwrap_or_default();
        format!("servers {servers:?} kubelets {kubelets:?} cordons {cordons:?}{pools}")
    })
}
