//! Lets other people and the weather act on a cluster.

use std::time::Duration;

use upgrade_twin::Twin;
use upgrade_twin::clouds::{self, Request, operations, pools};
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
        Mishap::CordonOne(nth) => {
            let nodes: Vec<ObjectKey> =
                world.store.list(Resource::NODES, None, None).map(|node| node.key.clone()).collect();
            if let Some(key) = nth.checked_rem(nodes.len()).and_then(|nth| nodes.get(nth)) {
                world.store.modify(key, cordon);
            }
        }
        Mishap::Scale(pool, by) => resize(world, &pool, by),
        Mishap::ForeignUpgrade(pool) => upgrade(world, &pool),
        Mishap::Cancel => cancel(world),
    }
}

/// As a person does it who knows nothing of this tool: a cordon that was the tool's stays marked as such.
fn cordon(node: &mut serde_json::Value) {
    json::set(node, &["spec", "unschedulable"], true);
}

/// How what others begin at a cloud is told from what the tool does.
pub(crate) const OTHERS: &str = "someone-else";

fn others(world: &World, update: Option<&str>) -> Request {
    let token = Some(format!("{OTHERS}-{}", world.clock().elapsed().as_millis()));
    // EKS shows what has a type as an update.
    let extra = update.map(|kind| [("type".to_owned(), kind.into()), ("params".to_owned(), serde_json::json!([]))]);
    Request { token, extra: extra.into_iter().flatten().collect() }
}

/// Nothing, while the cloud is busy: whoever asks is told so.
fn resize(world: &mut World, pool: &str, by: i32) {
    let Some(size) = clouds::of(world).ok().and_then(|cloud| cloud.now().pools.get(pool)).map(|pool| pool.spec.size)
    else {
        return;
    };
    let desired = size.desired.saturating_add_signed(by).max(1);
    let size = pools::Size { desired, min: size.min.min(desired), max: size.max.max(desired), ..size };
    let request = others(world, None);
    let _ = pools::resize(world, pool, size, request);
}

fn upgrade(world: &mut World, pool: &str) {
    let Ok(cloud) = clouds::of(world) else { return };
    let Some(offer) = cloud.offer(&cloud.now().control_plane.version).cloned() else { return };
    let to = pools::Target { version: offer.node_version, image: offer.image, force: false };
    let request = others(world, Some("VersionUpdate"));
    let _ = pools::upgrade(world, pool, to, request);
}

/// A person deletes pools that did not come up, as the hold tells them to.
pub(super) fn clear(world: &mut World) {
    let Ok(cloud) = clouds::of(world) else { return };
    let failed = cloud.now().pools.values().filter(|pool| pool.state == pools::PoolState::CreateFailed);
    for name in failed.map(|pool| pool.spec.name.clone()).collect::<Vec<_>>() {
        let request = others(world, None);
        let _ = pools::delete(world, &name, true, request);
    }
}

fn cancel(world: &mut World) {
    let running = clouds::of(world).ok().and_then(|cloud| {
        // Nobody stops a control plane half-way.
        let pools = |one: &&operations::Operation| matches!(one.kind, operations::Kind::PoolUpgrade);
        cloud.now().operations.iter().filter(pools).rfind(|one| !one.state.ended()).map(|one| one.id.clone())
    });
    if let Some(id) = running {
        let _ = operations::cancel(world, &id);
    }
}

fn scale(world: &mut World, key: &ObjectKey, replicas: serde_json::Value) {
    world.store.modify(key, |deployment| json::set(deployment, &["spec", "replicas"], replicas));
}

fn set_serving(world: &mut World, hosts: &[String], serving: bool) {
    for host in hosts {
        world.control_plane.serve(host, serving);
    }
}
