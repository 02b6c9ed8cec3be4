//! Machines that come and go, as an autoscaler's do.

use super::{kubelet, minor};
use crate::blueprint::{self, Machine};
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// A machine joins the cluster: its Node is there and ready at once.
pub fn join(world: &mut World, machine: &Machine) {
    let node = blueprint::node(machine, minor(world), world.now());
    join_as(world, machine, node);
}

/// As [`join`], with a Node that says more than its machine.
pub(crate) fn join_as(world: &mut World, machine: &Machine, node: serde_json::Value) {
    let now = world.now();
    // A machine that comes back finds its Node.
    let _kept = world.store.create(Resource::NODES, node, now);
    kubelet::register(world, &machine.name, &machine.kubelet);
    if let Some(host) = world.hosts.values().next().map(|like| like.beside(machine)) {
        world.hosts.entry(machine.name.clone()).or_insert(host);
    }
    kubelet::report(world, &machine.name);
}

/// A machine leaves: its host and Node are gone at once, its pods when that is noticed.
pub fn leave(world: &mut World, name: &str) {
    kubelet::forget(world, name);
    world.hosts.remove(name);
    world.store.remove(&ObjectKey::new(Resource::NODES, "", name));
}
