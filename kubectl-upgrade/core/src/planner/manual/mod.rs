//! Hand-built clusters, component by component.
//!
//! First backups and etcd, one member at a time, where it is to move. Then for each hop: backups, unless etcd's were just
//! taken; every new binary beside its old one, verified and asked; all API servers, one by one; then controller-managers, schedulers and cloud-controller-managers;
//! then per node drain, kubelet, kube-proxy, uncordon; then CoreDNS. Source: the version-skew policy's order of upgrade
//! (facts §1.2) and etcd's upgrade guides (facts §1.4).

mod back;
mod backup;
mod by_hand;
mod coredns;
mod etcd;
mod fleet;
mod health;
mod nodes;
mod parts;
mod restore;

use std::collections::BTreeSet;

use fleet::Fleet;

pub(super) use back::back;
pub(super) use fleet::offered;

use super::{PlanError, Request, Way};
use crate::component::Component;
use crate::inventory::{GapSubject, Instance, Inventory, Place, VersionSource};
use crate::plan::{Hop, ProviderKind, Stage, StageKind};
use crate::version::Version;

/// What goes after the API servers, which controllers reach through a load balancer.
const CONTROLLERS: [Component; 3] =
    [Component::ControllerManager, Component::Scheduler, Component::CloudControllerManager];

/// What runs on nodes.
const ON_NODES: [Component; 2] = [Component::Kubelet, Component::KubeProxy];

/// The stages that lead along the way; none when everything is where it should be.
pub(super) fn stages(inventory: &Inventory, request: &Request<'_>, way: &Way) -> Result<Vec<Stage>, PlanError> {
    let components = request.components.ok_or(PlanError::NoComponents)?;
    let mut fleet = Fleet::new(inventory, request, components)?;
    let mut stages = etcd::stages(&mut fleet, &way_start(way))?;
    let mut kept = !stages.is_empty();
    if way.hops.is_empty() {
        stages.extend(rest(&mut fleet, &way.target)?);
        return Ok(stages);
    }
    for (index, hop) in way.hops.iter().enumerate() {
        fleet.bears(hop)?;
        // What was kept before etcd moved is the cluster before this hop, too.
        let backup = !std::mem::take(&mut kept);
        stages.extend(of_hop(&mut fleet, hop, backup)?.into_iter().map(|stage| Stage { hop: Some(index), ..stage }));
    }
    Ok(stages)
}

fn way_start(way: &Way) -> Version {
    way.hops.first().map_or_else(|| way.target.clone(), |hop| hop.from.clone())
}

fn of_hop(fleet: &mut Fleet<'_>, hop: &Hop, backup: bool) -> Result<Vec<Stage>, PlanError> {
    let mut stages: Vec<Stage> = backup.then(|| backup::stage(fleet, &hop.from)).into_iter().collect();
    let moved = [&[Component::ApiServer][..], &CONTROLLERS, &ON_NODES].concat();
    stages.extend(parts::preparation(fleet, &moved, &hop.to));
    stages.extend(parts::stage(fleet, StageKind::ApiServers, &[Component::ApiServer], &hop.to));
    stages.extend(parts::stage(fleet, StageKind::Controllers, &CONTROLLERS, &hop.to));
    stages.extend(nodes::stages(fleet, &hop.to));
    stages.extend(coredns::stage(fleet, &hop.to)?);
    Ok(stages)
}

/// The inventory with what the components file says of hosts that were not seen; none where all were. A plan made of it
/// shows what is to be done, and each step still looks before it acts.
pub(super) fn believed(inventory: &Inventory, request: &Request<'_>) -> Option<Inventory> {
    let components = request.components.filter(|_| request.provider == ProviderKind::Manual)?;
    let unseen = components.hosts.iter().filter(|host| !inventory.hosts.contains_key(&host.name));
    let parts = unseen.flat_map(|host| host.parts.iter().map(move |part| (host, part)));
    let told = parts.filter_map(|(host, part)| {
        let (component, place) = (part.component, Place::Node(host.name.clone()));
        let version = part.version.clone().filter(|_| inventory.version_at(component, &place).is_none())?;
        Some(Instance { component, place, version, source: VersionSource::ComponentsFile, detail: None })
    });
    let told: Vec<Instance> = told.collect();
    let first = told.iter().map(|instance| instance.component).collect::<BTreeSet<_>>();
    let mut believed = inventory.clone();
    // The endpoint is one of the servers that the file names.
    believed.components.retain(|known| known.place != Place::Endpoint || !first.contains(&known.component));
    believed.components.extend(told);
    believed.gaps.retain(|gap| !first.iter().any(|component| gap.subject == GapSubject::Component(*component, None)));
    (!first.is_empty()).then_some(believed)
}

/// What is behind API servers that are where they should be.
fn rest(fleet: &mut Fleet<'_>, to: &Version) -> Result<Vec<Stage>, PlanError> {
    let moved = [&CONTROLLERS[..], &ON_NODES].concat();
    let mut stages: Vec<Stage> = parts::preparation(fleet, &moved, to).into_iter().collect();
    stages.extend(parts::stage(fleet, StageKind::Controllers, &CONTROLLERS, to));
    stages.extend(nodes::stages(fleet, to));
    if !stages.is_empty() {
        stages.extend(coredns::stage(fleet, to)?);
    }
    Ok(stages)
}

#[cfg(test)]
mod tests;
