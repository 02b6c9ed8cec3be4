//! The machines of a copy: what the Nodes say, and what was seen on the hosts.

use std::collections::BTreeMap;

use serde_json::Value;
use upgrade_core::component::Component;
use upgrade_core::inventory::{Host, Inventory, Node, Readiness};
use upgrade_core::plan::Plan;
use upgrade_core::version::Version;
use upgrade_twin::blueprint::{Machine, OperatingSystem, Source};
use upgrade_twin::json::text;

use super::CopyError;

pub(super) fn of(
    inventory: &Inventory,
    objects: &[Value],
    version: &Version,
    plan: &Plan,
) -> Result<Vec<Machine>, CopyError> {
    let nodes: BTreeMap<&str, &Value> = objects
        .iter()
        .filter(|object| text(object, "/kind") == "Node")
        .map(|node| (text(node, "/metadata/name"), node))
        .collect();
    let mut unseen = plan.hosts();
    unseen.retain(|name| !inventory.hosts.contains_key(name));
    if !unseen.is_empty() {
        return Err(CopyError::HostsUnseen { nodes: unseen });
    }
    let machine = |node: &Node| {
        let object = nodes.get(node.name.as_str()).copied().unwrap_or(&Value::Null);
        machine(inventory, node, object, version)
    };
    Ok(inventory.nodes.iter().map(machine).collect())
}

/// A host that was not looked at is one that the plan leaves alone: only its Node matters.
fn machine(inventory: &Inventory, node: &Node, object: &Value, version: &Version) -> Machine {
    let host = inventory.hosts.get(&node.name);
    let seen = node.addresses.first().map(String::as_str).or(host.map(|host| host.address.as_str()));
    let address = seen.unwrap_or_default();
    let server = inventory.version_on(Component::ApiServer, &node.name);
    let quantity = |name: &str| text(object, &format!("/status/allocatable/{name}"));
    Machine {
        control_plane: node.control_plane,
        kubelet: node.kubelet.clone(),
        kubeadm: host.and_then(|host| host.kubeadm.clone()).unwrap_or_else(|| node.kubelet.clone()),
        static_pods: server.filter(|server| *server != version).cloned(),
        cordoned: node.unschedulable,
        ready: node.ready == Readiness::Ready,
        cpu_milli: milli(quantity("cpu")).unwrap_or(4_000),
        memory_mib: bytes(quantity("memory")).map_or(16_384, |bytes| bytes >> 20),
        pods: quantity("pods").parse().unwrap_or(110),
        etcdctl: host.and_then(|host| host.etcd.as_ref()).is_some_and(|etcd| etcd.etcdctl_on_host),
        os: match host {
            Some(host) if host.os.id == "ubuntu" => OperatingSystem::Ubuntu2404,
            Some(_) | None => OperatingSystem::Debian12,
        },
        sources: host.map(sources).unwrap_or_default(),
        ..Machine::new(node.name.as_str(), address, version)
    }
}

/// The repositories as they are written on the host, line by line.
fn sources(host: &Host) -> Vec<Source> {
    let files = host.repository.files.iter();
    files.map(|file| Source { path: file.path.clone(), lines: file.lines.clone() }).collect()
}

/// `1500m` or `4`, in thousandths.
fn milli(quantity: &str) -> Option<u64> {
    match quantity.strip_suffix('m') {
        Some(milli) => milli.parse().ok(),
        None => Some(quantity.parse::<u64>().ok()? * 1000),
    }
}

/// `16Gi`, `16384Mi`, `16777216Ki` or plain bytes.
fn bytes(quantity: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 8] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("", 1),
    ];
    let (unit, factor) = UNITS.iter().find(|(unit, _)| quantity.ends_with(unit))?;
    quantity.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_in_every_unit() {
        assert_eq!((milli("1500m"), milli("4"), milli("x")), (Some(1500), Some(4000), None));
        for (quantity, expected) in [
            ("16Gi", Some(16 << 30)),
            ("2048Ki", Some(2 << 20)),
            ("1000000", Some(1_000_000)),
            ("5M", Some(5_000_000)),
            ("", None),
        ] {
            assert_eq!(bytes(quantity), expected, "{quantity}");
        }
    }
}
