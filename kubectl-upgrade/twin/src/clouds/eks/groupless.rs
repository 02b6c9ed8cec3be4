//! Nodes in no node group: the machines that Fargate makes for pods, and those of an Auto Scaling group of the owner's.
//!
//! Fargate makes a machine for each pod of a profile, at the control plane's version, and takes it away with the pod. The
//! real one marks and binds such pods itself; here they name their machines by selector and toleration. The owner of the
//! other machines, where there is one (`ownNodes`), has each replaced once it is cordoned and empty.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::{karpenter, versions};
use crate::blueprint::{self, Machine};
use crate::clouds::{Managed, of};
use crate::controllers::nodes;
use crate::digest;
use crate::json::{remove, set};
use crate::store::{Object, Resource};
use crate::world::World;

/// How often it is looked whether something is to be done.
const EVERY: Duration = Duration::from_secs(5);

/// The label that pods of a profile and their machines carry, and what it says on a machine.
const PROFILE: &str = "eks.amazonaws.com/fargate-profile";
const COMPUTE: &str = "eks.amazonaws.com/compute-type";

/// Whose a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Fargate,
    Person,
    Karpenter,
}

/// What was done and seen before.
#[derive(Default)]
struct Memory {
    /// Pods for which a machine was made.
    provided: BTreeSet<String>,
    /// Machines that were empty at the last look: gone when they still are.
    empty: BTreeSet<String>,
}

/// The machines that are there from the beginning: as many as `fargateNodes` and `ownNodes` say.
pub(crate) fn there(world: &mut World, managed: &Managed) -> Vec<(Machine, Value)> {
    let count = |key: &str| managed.extra.get(key).and_then(Value::as_u64).unwrap_or_default();
    let owners = [(Owner::Fargate, count("fargateNodes")), (Owner::Person, count("ownNodes"))];
    let all = owners.into_iter().flat_map(|(owner, count)| (0..count).map(move |_| owner));
    let made: Vec<_> = all.filter_map(|owner| made(world, owner, None)).collect();
    if !made.is_empty() || managed.extra.contains_key("fargateProfiles") {
        world.after(EVERY, |world| look(world, Memory::default()));
    }
    let by_karpenter = karpenter::there(world, managed);
    made.into_iter().chain(by_karpenter).collect()
}

fn look(world: &mut World, memory: Memory) {
    let provided = provide(world, memory.provided);
    let empty = replace(world, &memory.empty);
    world.after(EVERY, move |world| look(world, Memory { provided, empty }));
}

/// A machine for each pod of a profile that has none.
fn provide(world: &mut World, mut provided: BTreeSet<String>) -> BTreeSet<String> {
    let waits =
        |pod: &Object| pod.summary.node.is_none() && !pod.summary.deleting && pod.summary.labels.contains_key(PROFILE);
    let pods = world.store.list(Resource::PODS, None, None).filter(|pod| waits(pod));
    let uids: Vec<String> = pods.map(|pod| pod.summary.uid.to_string()).collect();
    for uid in uids {
        if provided.insert(uid) {
            start(world, Owner::Fargate);
        }
    }
    provided
}

/// Takes away machines that are empty, as those of Fargate are when their pod is gone and the owner's when they were drained,
/// and lets the owner's have a successor. Returns those that are empty now.
fn replace(world: &mut World, before: &BTreeSet<String>) -> BTreeSet<String> {
    let nodes = world.store.list(Resource::NODES, None, None);
    let owned = nodes.filter_map(|node| Some((node.key.name.clone(), owner(node)?, cordoned(node))));
    let owned: Vec<(String, Owner, bool)> = owned.collect();
    let mut empty = BTreeSet::new();
    for (name, owner, cordoned) in owned {
        let due = owner == Owner::Fargate || cordoned;
        if !due || world.store.pods_on(&name).any(|pod| counts(pod)) {
            continue;
        }
        if !before.contains(&name) {
            empty.insert(name);
            continue;
        }
        nodes::leave(world, &name);
        if owner == Owner::Person {
            start(world, owner);
        }
    }
    empty
}

fn owner(node: &Object) -> Option<Owner> {
    let labels = &node.summary.labels;
    if labels.contains_key(COMPUTE) {
        return Some(Owner::Fargate);
    }
    let of_group = ["eks.amazonaws.com/nodegroup", karpenter::POOL];
    (!of_group.iter().any(|key| labels.contains_key(*key))).then_some(Owner::Person)
}

fn cordoned(node: &Object) -> bool {
    crate::json::at(&node.value(), "/spec/unschedulable") == true
}

fn counts(pod: &Object) -> bool {
    !pod.ended() && pod.summary.owner.as_ref().is_none_or(|owner| owner.kind != "DaemonSet")
}

fn start(world: &mut World, owner: Owner) {
    let span = world.tempo.machine_start;
    world.within(span, move |world| {
        if let Some((machine, node)) = made(world, owner, None) {
            nodes::join_as(world, &machine, node);
        }
    });
}

/// A machine of the newest image for the control plane's minor, in a NodePool where it is Karpenter's.
pub(super) fn made(world: &mut World, owner: Owner, pool: Option<&str>) -> Option<(Machine, Value)> {
    let (now, cloud) = (world.now(), world.cloud.as_mut()?);
    cloud.machines += 1;
    let number = cloud.machines;
    let cloud = of(world).ok()?;
    let minor = cloud.now().control_plane.version.minor();
    let version = versions::offer(cloud, minor).ok()?.node_version.clone();
    let address = format!("10.0.{}.{}", 100 + number / 250, 2 + number % 250);
    let host = format!("ip-{}.{}.compute.internal", address.replace('.', "-"), cloud.place.region);
    let zone = format!("{}{}", cloud.place.region, ["a", "b", "c"].get(number as usize % 3).unwrap_or(&"a"));
    let name = if owner == Owner::Fargate { format!("fargate-{host}") } else { host };
    let mut machine = Machine { zone: Some(zone.clone()), ..Machine::new(&name, &address, &version) };
    if owner == Owner::Fargate {
        machine.pods = 1;
        machine.labels.insert(COMPUTE.to_owned(), "fargate".to_owned());
        machine.taints = vec![json!({ "key": COMPUTE, "value": "fargate", "effect": "NoSchedule" })];
    }
    if let Some(pool) = pool {
        machine.labels.insert(karpenter::POOL.to_owned(), pool.to_owned());
    }
    let id = digest::fnv64(&format!("{} {name}", cloud.place.cluster));
    let provider_id = match owner {
        Owner::Fargate => format!("aws:///{zone}/{id:016x}/{name}"),
        Owner::Person | Owner::Karpenter => format!("aws:///{zone}/i-0{id:016x}"),
    };
    let mut node = blueprint::node(&machine, minor, now);
    remove(&mut node, &["metadata", "annotations", "kubeadm.alpha.kubernetes.io/cri-socket"]);
    set(&mut node, &["spec", "providerID"], provider_id);
    set(&mut node, &["status", "nodeInfo", "osImage"], "Amazon Linux 2023.9.20251105");
    set(&mut node, &["status", "nodeInfo", "kernelVersion"], "6.1.156-177.286.amzn2023.x86_64");
    Some((machine, node))
}
