//! The documented kubeadm procedure as steps.
//!
//! For each hop: the control-plane hosts one after another (repository, kubeadm, `upgrade apply` on the first and
//! `upgrade node` on the others), then their kubelets, then the workers. All API servers come before any kubelet, since a
//! new kubelet may reach an old API server through the load balancer. Source: kubeadm's upgrade documentation, texts 1.18
//! to 1.34, and what real runs showed (facts, source tags KADM and OBSERVED).

mod backup;
mod control_plane;
mod node;
mod packages;

use std::collections::BTreeSet;

use super::draft::Draft;
use super::{PlanError, Request, Way};
use crate::component::Component;
use crate::ids::NodeName;
use crate::inventory::{GapSubject, Inventory, Node};
use crate::path;
use crate::plan::{Hop, Lane, Stage, StageKind, Strategy};
use crate::skew::{ApiServers, allowed};
use crate::version::Version;

/// The stages that lead along the way; none when everything is where it should be.
pub(super) fn stages(inventory: &Inventory, request: &Request<'_>, way: &Way) -> Result<Vec<Stage>, PlanError> {
    if matches!(request.options.strategy, Strategy::NewPools { .. }) {
        return Err(PlanError::NoPools { provider: request.provider });
    }
    if inventory.control_plane().is_empty() {
        return Err(PlanError::NoControlPlane);
    }
    let unread = inventory.gaps.iter().any(|gap| gap.subject == GapSubject::KubeadmRecord);
    if inventory.kubeadm.is_none() && !unread {
        return Err(PlanError::NotMadeByKubeadm);
    }
    not_ahead(inventory, way)?;
    proxy_fits(inventory, way)?;
    let mut draft = Draft::new(inventory, &request.options);
    if way.hops.is_empty() {
        return Ok(stragglers(&mut draft, &way.target));
    }
    let mut stages = Vec::new();
    for (index, hop) in way.hops.iter().enumerate() {
        left_alone(&draft, hop)?;
        stages.extend(stages_of(&mut draft, hop).into_iter().map(|stage| Stage { hop: Some(index), ..stage }));
    }
    Ok(stages)
}

/// The stages of one hop. Each begins with a backup of its own: the way back from a hop is to where it began.
fn stages_of(draft: &mut Draft<'_>, hop: &Hop) -> Vec<Stage> {
    let mut stages = vec![backup::stage(draft, &hop.from)];
    stages.extend(lagging(draft, hop));
    stages.push(control_plane::stage(draft, hop));
    stages.extend(kubelets(draft, &hop.to, Role::ControlPlane));
    stages.extend(kubelets(draft, &hop.to, Role::Worker));
    stages
}

/// The stages for nodes that are behind a control plane which is where it should be; none when none is.
fn stragglers(draft: &mut Draft<'_>, to: &Version) -> Vec<Stage> {
    if draft.nodes().all(|node| node.kubelet >= *to && !draft.is_cordoned_by_us(&node.name)) {
        return Vec::new();
    }
    let mut stages = vec![backup::stage(draft, to)];
    stages.extend(kubelets(draft, to, Role::ControlPlane));
    stages.extend(kubelets(draft, to, Role::Worker));
    stages
}

/// kubeadm does not notice a kubelet newer than its target (observed at 1.33 to 1.35), so this must.
fn not_ahead(inventory: &Inventory, way: &Way) -> Result<(), PlanError> {
    match inventory.nodes.iter().find(|node| node.kubelet.minor() > way.target.minor()) {
        Some(node) => Err(PlanError::KubeletTooNew {
            node: node.name.clone(),
            found: node.kubelet.clone(),
            target: way.target.clone(),
        }),
        None => Ok(()),
    }
}

/// kubeadm moves kube-proxy after the API server; every later hop finds it where the one before left it.
fn proxy_fits(inventory: &Inventory, way: &Way) -> Result<(), PlanError> {
    let Some(hop) = way.hops.first().filter(|hop| hop.to.minor() > hop.from.minor()) else { return Ok(()) };
    let oldest = allowed(Component::KubeProxy, ApiServers::all(hop.to.minor())).map(|range| range.min);
    let proxy = inventory.instances(Component::KubeProxy).map(|instance| &instance.version).min();
    match proxy.zip(oldest).filter(|(found, oldest)| found.minor() < *oldest) {
        Some((found, oldest)) => Err(PlanError::KubeProxyTooOld { found: found.clone(), hop: hop.to.clone(), oldest }),
        None => Ok(()),
    }
}

/// A node that may not be touched cannot be made to fit the hop.
fn left_alone(draft: &Draft<'_>, hop: &Hop) -> Result<(), PlanError> {
    let mut excluded = draft.inventory.nodes.iter().filter(|node| draft.options.excluded.contains(&node.name));
    match excluded.find(|node| path::nodes_due_before(hop.to.minor(), node.kubelet.minor())) {
        Some(node) => {
            Err(PlanError::ExcludedTooOld { node: node.name.clone(), found: node.kubelet.clone(), hop: hop.to.clone() })
        }
        None => Ok(()),
    }
}

/// Which nodes a stage of kubelets is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    ControlPlane,
    Worker,
}

/// Nodes whose kubelet would fall out of skew when the control plane moves move first, to where the control plane is.
fn lagging(draft: &mut Draft<'_>, hop: &Hop) -> Option<Stage> {
    let due =
        |draft: &Draft<'_>, node: &Node| path::nodes_due_before(hop.to.minor(), draft.kubelet(&node.name).minor());
    let nodes: Vec<NodeName> = draft.nodes().filter(|node| due(draft, node)).map(|node| node.name.clone()).collect();
    let control_plane: BTreeSet<NodeName> = draft.control_plane().map(|node| node.name.clone()).collect();
    let touches_control_plane = nodes.iter().any(|node| control_plane.contains(node));
    let at_once = if touches_control_plane { 1 } else { at_once(draft, nodes.len()) };
    lanes(draft, &nodes, &hop.from, StageKind::LaggingNodes, at_once)
}

/// The kubelets of one role, to a version.
fn kubelets(draft: &mut Draft<'_>, to: &Version, role: Role) -> Option<Stage> {
    let mut nodes: Vec<NodeName> = draft
        .nodes()
        .filter(|node| node.control_plane == (role == Role::ControlPlane))
        .map(|node| node.name.clone())
        .collect();
    let order = &draft.options.order;
    nodes.sort_by_key(|name| order.iter().position(|first| first == name).unwrap_or(order.len()));
    match role {
        Role::ControlPlane => lanes(draft, &nodes, to, StageKind::ControlPlaneKubelets, 1),
        Role::Worker => {
            let at_once = at_once(draft, nodes.len());
            lanes(draft, &nodes, to, StageKind::Workers, at_once)
        }
    }
}

/// One lane for each node that is not at the version yet, or is and still has the cordon of an earlier run.
fn lanes(draft: &mut Draft<'_>, nodes: &[NodeName], to: &Version, kind: StageKind, at_once: usize) -> Option<Stage> {
    let mut lanes: Vec<Lane> = Vec::new();
    for name in nodes {
        if draft.kubelet(name) < to {
            lanes.push(node::lane(draft, name, to));
        } else if draft.is_cordoned_by_us(name) {
            lanes.push(node::release(draft, name));
        }
    }
    (!lanes.is_empty()).then_some(Stage { kind, hop: None, at_once, lanes })
}

/// How many workers may be down at once.
fn at_once(draft: &Draft<'_>, nodes: usize) -> usize {
    match draft.options.strategy {
        Strategy::Rolling { max_unavailable } => max_unavailable.of(nodes).max(1),
        Strategy::AllAtOnce | Strategy::NewPools { .. } => nodes.max(1),
    }
}
