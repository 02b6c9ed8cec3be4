//! Leases of kubelets, API servers and leaders.
//!
//! They are renewed every ten seconds, by thousands in a large cluster, and nobody waits for them: so no event happens at
//! a renewal. When someone looks at the world, the times are set that would stand there by then; they make no new resource
//! version, and no watch shows them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upgrade_core::version::Minor;

use super::kubelet::{self, static_pods::hosts_of};
use crate::digest;
use crate::json::{set, text};
use crate::store::{ObjectKey, Resource};
use crate::time;
use crate::world::World;

/// How often Leases are renewed.
const EVERY_MS: i64 = 10_000;
/// The times are set anew when they are older than this by no more than this.
const SETTLED: Duration = Duration::from_secs(4);
/// Kubelets before this write their Node's status every ten seconds, and keep no Lease.
const NODE_LEASES: Minor = Minor::new(1, 14);
/// API servers before this do not announce themselves.
const IDENTITIES: Minor = Minor::new(1, 26);
/// Leaders before this are elected on Endpoints.
const LEADER_LEASES: Minor = Minor::new(1, 20);

/// When the times were last set.
#[derive(Debug, Default)]
pub(crate) struct Heartbeat {
    last: Option<Duration>,
}

/// Sets the times that stand there by now.
pub(crate) fn beat(world: &mut World) {
    let elapsed = world.clock().elapsed();
    if world.controllers.heartbeat.last.is_some_and(|last| elapsed.saturating_sub(last) < SETTLED) {
        return;
    }
    world.controllers.heartbeat.last = Some(elapsed);
    let now = world.now();
    let nodes: Vec<(String, Minor)> =
        kubelet::living(world).map(|(node, kubelet)| (node.clone(), kubelet.version.minor())).collect();
    for (node, minor) in nodes {
        match minor >= NODE_LEASES {
            true => renew(world, &node_lease(&node), now),
            false => renew_node(world, &node, now),
        }
    }
    announce(world, now);
    elect(world, "kube-controller-manager", now);
    elect(world, "kube-scheduler", now);
}

/// A kubelet that speaks again, or for the first time.
pub(crate) fn join(world: &mut World, node: &str) {
    let Some(minor) = kubelet::of(world, node).map(|kubelet| kubelet.version.minor()) else { return };
    let now = world.now();
    let key = node_lease(node);
    if minor < NODE_LEASES {
        return;
    }
    if world.store.get(&key).is_some() {
        return renew(world, &key, now);
    }
    let uid = world.store.get(&ObjectKey::new(Resource::NODES, "", node)).map(|node| node.summary.uid.clone());
    let owner = json!({ "apiVersion": "v1", "kind": "Node", "name": node, "uid": uid.unwrap_or_default() });
    let lease = json!({
        "metadata": { "name": node, "namespace": "kube-node-lease", "ownerReferences": [owner] },
        "spec": lease(node, 40, renewed(node, now)),
    });
    create(world, lease, now);
}

/// A kubelet fell silent: its Lease stays as it renewed it last.
pub(crate) fn stopped(world: &mut World, node: &str, now: Timestamp) {
    renew(world, &node_lease(node), now);
}

/// The Lease of a node's kubelet.
pub(crate) fn node_lease(node: &str) -> ObjectKey {
    ObjectKey::new(Resource::LEASES, "kube-node-lease", node)
}

fn lease(holder: &str, seconds: u32, renewed: Timestamp) -> Value {
    json!({ "holderIdentity": holder, "leaseDurationSeconds": seconds, "renewTime": time::micros(renewed) })
}

fn create(world: &mut World, lease: Value, now: Timestamp) {
    // One that is there already is renewed instead.
    let _kept = world.store.create(Resource::LEASES, lease, now);
}

/// When whoever has that name last renewed: each at its own second of ten.
fn renewed(name: &str, now: Timestamp) -> Timestamp {
    let offset = i64::from(digest::fnv32(name)) % EVERY_MS;
    let past = (now.as_millisecond() + offset).rem_euclid(EVERY_MS);
    now.checked_sub(SignedDuration::from_millis(past)).unwrap_or(now)
}

/// Sets the time in the text: parsing thousands of Leases each time would cost more than all else.
fn renew(world: &mut World, key: &ObjectKey, now: Timestamp) {
    const FIELD: &str = "\"renewTime\":\"";
    let time = time::micros(renewed(&key.name, now));
    world.store.touch(key, |body| {
        let start = body.find(FIELD)? + FIELD.len();
        let (head, tail) = (body.get(..start)?, body.get(start..)?);
        let end = tail.find('"')?;
        Some(format!("{head}{time}{}", tail.get(end..)?))
    });
}

fn renew_node(world: &mut World, node: &str, now: Timestamp) {
    let time = renewed(node, now);
    world.store.touch(&ObjectKey::new(Resource::NODES, "", node), |body| {
        let mut value: Value = serde_json::from_str(body).ok()?;
        kubelet::beat(&mut value, time);
        Some(value.to_string())
    });
}

/// The API servers announce themselves.
fn announce(world: &mut World, now: Timestamp) {
    let servers = world.control_plane.servers.iter().filter(|(_, server)| server.serving);
    let servers: Vec<(String, Minor)> = servers.map(|(host, server)| (host.clone(), server.version.minor())).collect();
    for (host, minor) in servers.into_iter().filter(|(_, minor)| *minor >= IDENTITIES) {
        let id = digest::uuid(&format!("kube-apiserver on {host}")).replace('-', "");
        let name = format!("apiserver-{}", id.get(..26).unwrap_or(&id));
        let key = ObjectKey::new(Resource::LEASES, "kube-system", &name);
        if world.store.get(&key).is_some() {
            renew(world, &key, now);
            continue;
        }
        let label = if minor < Minor::new(1, 27) { "k8s.io/component" } else { "apiserver.kubernetes.io/identity" };
        let lease = json!({
            "metadata": {
                "name": name, "namespace": "kube-system",
                "labels": { label: "kube-apiserver", "kubernetes.io/hostname": host },
            },
            "spec": lease(&format!("{name}_{}", digest::uuid(&host)), 3600, renewed(&name, now)),
        });
        create(world, lease, now);
    }
}

/// One of the hosts that run a component leads, and stays the leader as long as it runs there.
fn elect(world: &mut World, component: &str, now: Timestamp) {
    if super::minor(world) < LEADER_LEASES {
        return;
    }
    let key = ObjectKey::new(Resource::LEASES, "kube-system", component);
    let hosts: Vec<String> = hosts_of(world, component).map(str::to_owned).collect();
    let found = world.store.value(&key);
    let holder = found.as_ref().map_or("", |lease| text(lease, "/spec/holderIdentity"));
    let leads = |host: &&String| holder.strip_prefix(host.as_str()).is_some_and(|rest| rest.starts_with('_'));
    let Some(first) = hosts.first() else { return };
    match (&found, hosts.iter().any(|host| leads(&host))) {
        (Some(_), true) => renew(world, &key, now),
        (Some(lease), false) => {
            let transitions = crate::json::at(lease, "/spec/leaseTransitions").as_u64().unwrap_or_default() + 1;
            let identity = format!("{first}_{}", digest::uuid(&format!("{component} {first} {transitions}")));
            world.store.modify(&key, |lease| {
                set(lease, &["spec", "holderIdentity"], identity);
                set(lease, &["spec", "leaseTransitions"], transitions);
                set(lease, &["spec", "acquireTime"], time::micros(now));
                set(lease, &["spec", "renewTime"], time::micros(now));
            });
        }
        (None, _) => {
            let identity = format!("{first}_{}", digest::uuid(&format!("{component} {first}")));
            let mut spec = lease(&identity, 15, now);
            set(&mut spec, &["acquireTime"], time::micros(now));
            set(&mut spec, &["leaseTransitions"], 0);
            create(world, json!({ "metadata": { "name": component, "namespace": "kube-system" }, "spec": spec }), now);
        }
    }
}
