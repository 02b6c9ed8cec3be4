//! The part of a copy that was built by hand: which units run on which hosts, and the binaries that the plan fetches.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::Value;
use upgrade_core::component::Component;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{Host, HostComponent, Inventory, RunsAs};
use upgrade_core::plan::{Action, ComponentAction, Plan};
use upgrade_core::version::Version;
use upgrade_twin::blueprint::{Binary, Found, HandBuilt, Machine};
use upgrade_twin::hosts::can_be_static_pod;

use super::{CopyError, machines};

/// Hosts without an address of their own get one of these (RFC 5737): in a copy addresses tell hosts apart.
const MADE_UP: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 0);

/// What was built by hand, and the machines: those of Nodes, and the hosts without one.
pub(super) fn of(
    inventory: &Inventory,
    objects: &[Value],
    version: &Version,
    plan: &Plan,
) -> Result<(HandBuilt, Vec<Machine>), CopyError> {
    let mut machines = machines::of(inventory, objects, version, plan)?;
    let nodes: BTreeSet<String> = machines.iter().map(|machine| machine.name.clone()).collect();
    let others = inventory.hosts.iter().filter(|(name, _)| !nodes.contains(name.as_str()));
    machines.extend(others.map(|(name, host)| Machine::new(name.as_str(), &host.address, version)));
    for machine in &mut machines {
        let server = inventory.version_on(Component::ApiServer, &NodeName::new(&machine.name));
        machine.control_plane = server.is_some();
        machine.static_pods = server.filter(|server| *server != version).cloned();
    }
    tell_apart(&mut machines);
    let hosts: BTreeMap<String, Vec<HostComponent>> =
        inventory.hosts.iter().map(|(name, host)| (name.to_string(), host.components.clone())).collect();
    known_pods(&inventory.hosts, plan)?;
    let members = |active: &dyn Fn(&HostComponent) -> bool| -> Vec<String> {
        let of = |parts: &[HostComponent]| parts.iter().any(|part| part.component == Component::Etcd && active(part));
        hosts.iter().filter(|(_, parts)| of(parts)).map(|(name, _)| name.clone()).collect()
    };
    let etcd = inventory.instances(Component::Etcd).map(|member| &member.version).max();
    let built = HandBuilt {
        etcd: etcd.cloned().unwrap_or_else(|| Version::new(3, 0, 0)),
        etcd_to: None,
        members: members(&|_| true),
        stopped: members(&|part| !part.active),
        static_pods: false,
        found: Some(Found { nodes, binaries: binaries(plan)?, hosts }),
    };
    Ok((built, machines))
}

/// The copy knows static pods by the usual names of their manifests and images, those of the plan too.
fn known_pods(hosts: &BTreeMap<NodeName, Host>, plan: &Plan) -> Result<(), CopyError> {
    let is_odd = |part: &HostComponent| match &part.runs {
        RunsAs::Unit(_) => false,
        RunsAs::StaticPod(manifest) => {
            let image = part.image.as_deref().unwrap_or_default();
            !can_be_static_pod(part.component, manifest, image, part.running.as_ref())
        }
    };
    let found = hosts.iter().filter(|(_, host)| host.components.iter().any(is_odd)).map(|(name, _)| name);
    let planned = plan.steps().filter_map(|step| match &step.action {
        Action::Component(ComponentAction::SwitchPod { host, pod, .. }) => Some((host, pod)),
        _ => None,
    });
    let odd = planned
        .filter(|(_, pod)| !can_be_static_pod(pod.component, &pod.manifest, &pod.image, Some(&pod.version)))
        .map(|(host, _)| host);
    let nodes: BTreeSet<NodeName> = found.chain(odd).cloned().collect();
    if nodes.is_empty() { Ok(()) } else { Err(CopyError::StaticPods { nodes: nodes.into_iter().collect() }) }
}

/// Hosts that are reached through one address by different ports are told apart all the same.
fn tell_apart(machines: &mut [Machine]) {
    let mut taken = BTreeSet::new();
    for (number, machine) in (1_u32..).zip(machines) {
        if machine.address.is_empty() || !taken.insert(machine.address.clone()) {
            machine.address = Ipv4Addr::from(u32::from(MADE_UP) + number).to_string();
        }
    }
}

/// What the plan fetches, each from where it fetches it.
fn binaries(plan: &Plan) -> Result<Vec<Binary>, CopyError> {
    let mut binaries: Vec<Binary> = Vec::new();
    for step in plan.steps() {
        let Action::Component(ComponentAction::Prepare { binary: new, source, sha256, .. }) = &step.action else {
            continue;
        };
        if let upgrade_core::components::Source::Package(name) = source {
            return Err(CopyError::Packages { package: name.clone() });
        }
        let (component, version) = (new.component, new.version.clone());
        let binary = Binary { from: source.clone(), component, version, sha256: sha256.clone() };
        if !binaries.contains(&binary) {
            binaries.push(binary);
        }
    }
    Ok(binaries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_machines_have_one_address() {
        let version = Version::new(1, 34, 0);
        let machine = |name: &str, address: &str| Machine::new(name, address, &version);
        let mut machines =
            [machine("a", "127.0.0.1"), machine("b", "127.0.0.1"), machine("c", ""), machine("d", "10.0.0.4")];
        tell_apart(&mut machines);
        let addresses: Vec<&str> = machines.iter().map(|machine| machine.address.as_str()).collect();
        assert_eq!(addresses, ["127.0.0.1", "198.51.100.2", "198.51.100.3", "10.0.0.4"]);
    }
}
