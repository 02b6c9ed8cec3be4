//! From what was observed to the steps that lead to the target.
//!
//! [`plan`] is a pure function: the same inventory, request and facts give the same plan, and `plan` and `run` both call
//! it. Every choice about the shape of the cluster is made here, so that running a plan needs none.

mod back;
mod draft;
mod drains;
mod error;
mod kubeadm;
mod managed;
mod manual;
mod node_steps;
mod offered;
mod request;
mod stale;

pub use back::{back, back_with_etcd};
pub use error::PlanError;
pub use request::Request;
pub use stale::stale;

use std::collections::BTreeMap;

use crate::checks::{self, CheckContext};
use crate::component::Component;
use crate::detect;
use crate::finding::Finding;
use crate::inventory::{Inventory, Place};
use crate::lint;
use crate::path::{self, EtcdCare, PathRequest, Route};
use crate::plan::{Basis, Hop, PLAN_FORMAT, Plan, PlanKind, ProviderKind, Stage};
use crate::version::Version;

/// Plans the way from what was observed to the target.
///
/// # Errors
/// When there is no way, nothing to do, or nobody to carry the plan out; and when the plan made would break a rule
/// that [`lint`] proves, which is a defect of the planner and said so.
pub fn plan(inventory: &Inventory, request: &Request<'_>) -> Result<Plan, PlanError> {
    let believed = manual::believed(inventory, request);
    let inventory = believed.as_ref().unwrap_or(inventory);
    let from = reached(inventory).ok_or(PlanError::NoApiServer)?;
    known_nodes(inventory, request)?;
    let way = way(inventory, request, &from)?;
    let stages = match request.provider {
        ProviderKind::Kubeadm => kubeadm::stages(inventory, request, &way)?,
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks => managed::stages(inventory, request, &way)?,
        ProviderKind::Manual => manual::stages(inventory, request, &way)?,
    };
    if stages.is_empty() {
        return Err(PlanError::NothingToDo { at: way.target });
    }
    let plan = assemble(inventory, request, from, way, stages);
    let broken = lint::lint(&plan, inventory, request.facts);
    if broken.is_empty() { Ok(plan) } else { Err(PlanError::Lint { broken }) }
}

/// What the whole control plane has reached: the oldest of its API servers, controller-managers and schedulers, and of
/// kubeadm's record, which is written last. An upgrade that died half-way is thereby taken up where it began.
fn reached(inventory: &Inventory) -> Option<Version> {
    if let Some(cloud) = &inventory.cloud {
        return Some(cloud.version.clone());
    }
    inventory.oldest_api_server()?;
    control_plane(inventory).min().cloned()
}

/// The version of every part of the control plane that `kubeadm upgrade` moves, and of its record.
fn control_plane(inventory: &Inventory) -> impl Iterator<Item = &Version> {
    let parts = [Component::ApiServer, Component::ControllerManager, Component::Scheduler];
    let running = parts.into_iter().flat_map(|part| inventory.instances(part)).map(|instance| &instance.version);
    running.chain(inventory.kubeadm.iter().map(|record| &record.version))
}

fn known_nodes(inventory: &Inventory, request: &Request<'_>) -> Result<(), PlanError> {
    let mut named = request.options.excluded.iter().chain(&request.options.order);
    match named.find(|name| inventory.node(name).is_none()) {
        Some(name) => Err(PlanError::UnknownNode { name: name.clone() }),
        None => Ok(()),
    }
}

/// Where the plan leads, and the hops there: none when the control plane is there and only nodes may be behind.
struct Way {
    target: Version,
    hops: Vec<Hop>,
}

fn way(inventory: &Inventory, request: &Request<'_>, from: &Version) -> Result<Way, PlanError> {
    let available = |minor| offered::by_all(inventory, request, minor);
    let route = path::hops(&PathRequest {
        from,
        target: &request.target,
        available: &available,
        leaps: &offered::leaps(inventory, request),
        etcd: etcd_care(inventory, request),
        facts: request.facts,
        today: request.today,
    });
    let way = match route.map_err(|error| managed::not_offered(inventory, error))? {
        Route::UpToDate { at, .. } => Way { target: at, hops: Vec::new() },
        Route::Path(path) => Way { hops: path.for_plan(), target: path.to },
    };
    beyond(inventory, way)
}

/// Takes an upgrade that died half-way up where it was going: no part of the control plane goes back, so a patch that
/// would come first is left out, and a target it has passed already is refused.
fn beyond(inventory: &Inventory, way: Way) -> Result<Way, PlanError> {
    let Some(newest) = control_plane(inventory).max() else { return Ok(way) };
    let Way { target, mut hops } = way;
    if let [first, second, ..] = &mut hops[..]
        && first.to < *newest
        && first.to.minor() == first.from.minor()
    {
        second.from = first.from.clone();
        hops.remove(0);
    }
    let to = hops.first().map_or(&target, |hop| &hop.to);
    if to < newest {
        return Err(PlanError::HalfDone { found: newest.clone(), to: to.clone() });
    }
    Ok(Way { target, hops })
}

fn etcd_care(inventory: &Inventory, request: &Request<'_>) -> EtcdCare {
    let external = inventory.kubeadm.as_ref().is_some_and(|record| record.external_etcd);
    if external || inventory.cloud.is_some() || request.provider == ProviderKind::Manual {
        EtcdCare::Separate
    } else {
        EtcdCare::Stacked(inventory.instances(Component::Etcd).map(|etcd| etcd.version.clone()).min())
    }
}

fn assemble(inventory: &Inventory, request: &Request<'_>, from: Version, way: Way, stages: Vec<Stage>) -> Plan {
    let context = CheckContext {
        hops: way.hops.iter().map(|hop| (hop.from.clone(), hop.to.clone())).collect(),
        today: request.today,
        options: &request.options,
        kubectl: request.kubectl,
        facts: request.facts,
    };
    Plan {
        format: PLAN_FORMAT,
        kind: PlanKind::Upgrade,
        parent: request.parent.clone(),
        tool: request.tool.to_owned(),
        made_at: inventory.observed_at,
        cluster: inventory.cluster.clone(),
        provider: request.provider,
        basis: basis(inventory),
        from,
        target: way.target,
        hops: way.hops,
        options: request.options.clone(),
        findings: overridden(inventory, request).into_iter().chain(checks::findings(inventory, &context)).collect(),
        stages,
    }
}

/// What to say when the provider asked for is not the one the evidence names.
fn overridden(inventory: &Inventory, request: &Request<'_>) -> Option<Finding> {
    let detection = detect::detect(&inventory.evidence, &inventory.cluster.server);
    detect::overridden(&detection, request.provider)
}

/// The nodes as they are now, for a later look whether the plan still fits.
#[must_use]
pub fn basis(inventory: &Inventory) -> Vec<Basis> {
    let mut api_servers = BTreeMap::new();
    for instance in inventory.instances(Component::ApiServer) {
        if let Place::Node(name) = &instance.place {
            api_servers.entry(name).or_insert(&instance.version);
        }
    }
    let mut basis: Vec<Basis> = inventory
        .nodes
        .iter()
        .map(|node| Basis {
            node: node.name.clone(),
            kubelet: node.kubelet.clone(),
            api_server: api_servers.get(&node.name).map(|version| (*version).clone()),
            pool: node.pool.clone().filter(|_| inventory.cloud.is_some()),
        })
        .collect();
    basis.sort_by(|a, b| a.node.cmp(&b.node));
    basis
}

#[cfg(test)]
mod tests;
