//! Names, labels and provider IDs of nodes, as each cloud gives them.

use jiff::Timestamp;
use serde_json::Value;
use upgrade_core::version::Minor;

use crate::blueprint::{self, Machine};
use crate::clouds::faults::Shortage;
use crate::clouds::place::{Cloud, Place};
use crate::clouds::pools::{Member, PoolSpec};
use crate::digest;
use crate::json::{remove, set};

/// The node of a machine of a pool, in a cluster of that minor.
pub(super) fn node(
    place: &Place,
    spec: &PoolSpec,
    member: &Member,
    cluster: Minor,
    now: Timestamp,
) -> (Machine, Value) {
    let number = member.number;
    let address = format!("10.{}.{}.{}", 64 + number / 62_500, number / 250 % 250, 2 + number % 250);
    let name = name(place, spec, member, &address);
    let mut machine = Machine {
        zone: Some(member.zone.clone()).filter(|zone| !zone.is_empty()),
        cpu_milli: spec.cpu_milli,
        memory_mib: spec.memory_mib,
        pods: spec.pods,
        labels: spec.labels.clone(),
        taints: spec.taints.clone(),
        ..Machine::new(&name, &address, &member.version)
    };
    let mut label = |key: &str, value: &str| {
        machine.labels.entry(key.to_owned()).or_insert_with(|| value.to_owned());
    };
    label("topology.kubernetes.io/region", &region(place));
    for (key, value) in labels(place, spec, member) {
        label(key, &value);
    }
    let mut node = blueprint::node(&machine, cluster, now);
    remove(&mut node, &["metadata", "annotations", "kubeadm.alpha.kubernetes.io/cri-socket"]);
    set(&mut node, &["spec", "providerID"], provider_id(place, spec, member, &name));
    let (os, kernel) = system(place.cloud);
    set(&mut node, &["status", "nodeInfo", "osImage"], os);
    set(&mut node, &["status", "nodeInfo", "kernelVersion"], kernel);
    (machine, node)
}

fn name(place: &Place, spec: &PoolSpec, member: &Member, address: &str) -> String {
    let hash = digest::fnv32(&format!("{} {}", place.cluster, spec.name));
    match place.cloud {
        Cloud::Eks => format!("ip-{}.{}.compute.internal", address.replace('.', "-"), place.region),
        Cloud::Gke => {
            format!("gke-{}-{}-{hash:08x}-{}", place.cluster, spec.name, suffix(hash, member.number))
        }
        Cloud::Aks => format!("aks-{}-{:08}-vmss{:06}", spec.name, hash % 100_000_000, member.number),
    }
}

/// Four letters and digits that no other machine of the pool has.
fn suffix(hash: u32, number: u32) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    const ALL: u64 = 36 * 36 * 36 * 36;
    // A multiplier without a factor of 36 takes different numbers to different places.
    let mut rest = (u64::from(hash) + u64::from(number) * 1_000_003) % ALL;
    let mut suffix = String::new();
    for _ in 0..4 {
        let letter = usize::try_from(rest % 36).ok().and_then(|place| LETTERS.get(place));
        suffix.extend(letter.map(|letter| char::from(*letter)));
        rest /= 36;
    }
    suffix
}

fn region(place: &Place) -> String {
    // The location of a zonal cluster of Google ends in the zone's letter.
    match (place.cloud, place.region.rsplit_once('-')) {
        (Cloud::Gke, Some((region, zone))) if zone.len() == 1 => region.to_owned(),
        _ => place.region.clone(),
    }
}

fn labels(place: &Place, spec: &PoolSpec, member: &Member) -> Vec<(&'static str, String)> {
    let pool = spec.name.clone();
    let text = |key: &str, default: &str| spec.extra.get(key).and_then(Value::as_str).unwrap_or(default).to_owned();
    match place.cloud {
        Cloud::Eks => vec![
            ("eks.amazonaws.com/nodegroup", pool),
            ("eks.amazonaws.com/nodegroup-image", member.image.clone()),
            ("eks.amazonaws.com/capacityType", text("capacityType", "ON_DEMAND")),
            ("node.kubernetes.io/instance-type", text("instanceType", "m6i.xlarge")),
        ],
        Cloud::Gke => vec![
            ("cloud.google.com/gke-nodepool", pool),
            ("cloud.google.com/gke-container-runtime", "containerd".to_owned()),
            ("cloud.google.com/gke-os-distribution", "cos".to_owned()),
            (
                "cloud.google.com/machine-family",
                text("machineType", "e2-standard-4").split('-').next().unwrap_or_default().to_owned(),
            ),
            ("node.kubernetes.io/instance-type", text("machineType", "e2-standard-4")),
        ],
        Cloud::Aks => vec![
            ("agentpool", pool.clone()),
            ("kubernetes.azure.com/agentpool", pool),
            ("kubernetes.azure.com/cluster", format!("MC_{}_{}_{}", place.group, place.cluster, place.region)),
            ("kubernetes.azure.com/mode", text("mode", "User").to_lowercase()),
            ("kubernetes.azure.com/node-image-version", member.image.clone()),
            ("kubernetes.azure.com/role", "agent".to_owned()),
            ("node.kubernetes.io/instance-type", text("vmSize", "Standard_D4s_v5")),
        ],
    }
}

fn provider_id(place: &Place, spec: &PoolSpec, member: &Member, name: &str) -> String {
    match place.cloud {
        Cloud::Eks => {
            let id = digest::fnv64(&format!("{} {name} {}", place.cluster, member.number));
            format!("aws:///{}/i-0{id:016x}", member.zone)
        }
        Cloud::Gke => format!("gce://{}/{}/{name}", place.account, member.zone),
        Cloud::Aks => {
            let set = name.split("-vmss").next().unwrap_or(&spec.name);
            format!(
                "azure:///subscriptions/{}/resourceGroups/mc_{}_{}_{}/providers/Microsoft.Compute/\
                 virtualMachineScaleSets/{set}-vmss/virtualMachines/{}",
                place.account,
                place.group.to_lowercase(),
                place.cluster.to_lowercase(),
                place.region,
                member.number
            )
        }
    }
}

fn system(cloud: Cloud) -> (&'static str, &'static str) {
    match cloud {
        Cloud::Eks => ("Amazon Linux 2023.9.20251105", "6.1.156-177.286.amzn2023.x86_64"),
        Cloud::Gke => ("Container-Optimized OS from Google", "6.6.105+"),
        Cloud::Aks => ("Ubuntu 22.04.5 LTS", "5.15.0-1098-azure"),
    }
}

/// What is said of a machine that cannot be had.
pub(super) fn shortage(shortage: Shortage) -> &'static str {
    match shortage {
        Shortage::Quota => "the quota of machines is used up",
        Shortage::Addresses => "the subnet has no free addresses",
        Shortage::Stock => "the zone has no machines of that type left",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_machines_of_a_pool_have_one_name() {
        let names: BTreeSet<String> = (0..5_000).map(|number| suffix(0xdead_beef, number)).collect();
        assert_eq!(names.len(), 5_000);
    }
}
