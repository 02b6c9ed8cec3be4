//! Lets other people and the weather act on a cluster.

use std::time::Duration;

use upgrade_twin::Twin;
use upgrade_twin::controllers::nodes;
use upgrade_twin::hosts::{power_off, power_on};
use upgrade_twin::json;
use upgrade_twin::store::{ObjectKey, Resource};
use upgrade_twin::world::World;

use crate::case::Mishap;

/// How long a person takes to scale a workload back up.
const RESTART: Duration = Duration::from_secs(45);

/// Schedules them, counted from now.
pub(super) fn schedule(twin: &Twin, mishaps: &[(Duration, Mishap)]) {
    twin.with(|world| {
        for (after, mishap) in mishaps.iter().cloned() {
            world.after(after, move |world| act(world, mishap));
        }
    });
}

fn act(world: &mut World, mishap: Mishap) {
    match mishap {
        Mishap::Cordon(node) => {
            let key = ObjectKey::new(Resource::NODES, "", &node);
            world.store.modify(&key, cordon);
        }
        Mishap::Join(machine) => nodes::join(world, &machine),
        Mishap::Leave(node) => nodes::leave(world, &node),
        Mishap::PowerCut(node, lasts) => {
            power_off(world, &node);
            world.after(lasts, move |world| power_on(world, &node));
        }
        Mishap::ApiAway(lasts) => {
            let hosts: Vec<String> = world.control_plane.servers.keys().cloned().collect();
            set_serving(world, &hosts, false);
            world.after(lasts, move |world| set_serving(world, &hosts, true));
        }
        Mishap::Restart(name) => {
            let key = ObjectKey::new(Resource::DEPLOYMENTS, "shop", &name);
            let replicas = world.store.value(&key).map(|value| json::at(&value, "/spec/replicas").clone());
            scale(world, &key, 0.into());
            world.after(RESTART, move |world| scale(world, &key, replicas.unwrap_or_default()));
        }
    }
}

/// As a person does it who knows nothing of this tool: a cordon that was the tool's stays marked as such.
fn cordon(node: &mut serde_json::Value) {
    json::set(node, &["spec", "unschedulable"], true);
}

fn scale(world: &mut World, key: &ObjectKey, replicas: serde_json::Value) {
    world.store.modify(key, |deployment| json::set(deployment, &["spec", "replicas"], replicas));
}

fn set_serving(world: &mut World, hosts: &[String], serving: bool) {
    for host in hosts {
        world.control_plane.serve(host, serving);
    }
}
