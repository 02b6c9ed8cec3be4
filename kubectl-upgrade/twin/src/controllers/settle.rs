//! The state of rest: what controllers, scheduler and kubelets would come to if nothing happened for long, put together
//! directly, as a large cluster would take long to start up.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::conditions::{self, Condition};
use super::kubelet::{self, Own, static_pods};
use super::lifecycle::pod_id;
use super::scheduler::{self, Crowd, Wants};
use super::template::{self, living, replicas};
use super::work::{self, Work};
use super::{budget, daemon_set, deployment, heartbeat, node, replica_set, stateful_set};
use crate::json::{set, text};
use crate::store::{Fill, Mould, ObjectKey, Resource};
use crate::time;
use crate::world::World;
use crate::world::witness::{self, Origin};

/// How many nodes are compared for each pod: enough to spread them, little enough for a hundred thousand.
const COMPARED: usize = 8;

/// How long a cluster has been at rest when its story begins.
const RESTED: SignedDuration = SignedDuration::from_hours(24);

/// When what is at rest came about.
pub(crate) fn since(now: Timestamp) -> Timestamp {
    now.checked_sub(RESTED).unwrap_or(now)
}

/// Brings everything to rest. The kubelets of the nodes named are dead.
pub(crate) fn settle(world: &mut World, dead: &[String]) {
    absorb(world);
    let nodes = keys(world, Resource::NODES);
    for key in &nodes {
        node::sync(world, key);
        heartbeat::join(world, &key.name);
        static_pods::mirror_all(world, &key.name);
    }
    absorb(world);
    deployments(world);
    replica_sets(world);
    stateful_sets(world);
    daemon_sets(world);
    dead.iter().for_each(|node| silence(world, node));
    statuses(world);
    unrest(world);
    heartbeat::beat(world);
    absorb(world);
    let version = world.store.version();
    world.store.compact(version);
}

/// Takes in what changed, without anything following from it.
fn absorb(world: &mut World) {
    for change in world.store.take_untold() {
        world.controllers.index.heed(&change);
        witness::see(world, &change, Origin::Before);
    }
}

fn keys(world: &World, resource: Resource) -> Vec<ObjectKey> {
    world.store.list(resource, None, None).map(|object| object.key.clone()).collect()
}

fn deployments(world: &mut World) {
    for key in keys(world, Resource::DEPLOYMENTS) {
        let Some(value) = living(world, &key) else { continue };
        let first = world.store.owned_by(text(&value, "/metadata/uid")).next().is_none();
        let newest = deployment::newest(world, &key, &value);
        // Where there are ReplicaSets, they say how far a rollout has come.
        if first {
            deployment::scale(world, &newest, replicas(&value));
        }
    }
    absorb(world);
}

fn replica_sets(world: &mut World) {
    for key in keys(world, Resource::REPLICA_SETS) {
        let Some(value) = living(world, &key) else { continue };
        let there = replica_set::active(world, text(&value, "/metadata/uid")).len();
        let mut alike: Option<Alike> = None;
        for _ in there..usize::try_from(replicas(&value)).unwrap_or_default() {
            let name = replica_set::next_name(world, &value);
            let alike = alike.get_or_insert_with(|| Alike::of(world, replica_set::named_pod(&value, &name)));
            alike.put(world, &name);
        }
    }
}

fn stateful_sets(world: &mut World) {
    for key in keys(world, Resource::STATEFUL_SETS) {
        let Some(value) = living(world, &key) else { continue };
        let revision = stateful_set::revision(world, &value);
        for ordinal in 0..replicas(&value) {
            let pod = stateful_set::numbered_pod(&value, ordinal, &revision);
            if world.store.get(&ObjectKey::of(Resource::PODS, &pod)).is_none() {
                stateful_set::create_claims(world, &value, ordinal);
                absorb(world);
                put(world, pod);
            }
        }
    }
}

fn daemon_sets(world: &mut World) {
    for key in keys(world, Resource::DAEMON_SETS) {
        let Some(value) = living(world, &key) else { continue };
        let revision = daemon_set::revision(world, &value);
        for node in daemon_set::missing(world, &value) {
            let pod = daemon_set::pod_for(world, &value, &node, &revision);
            put(world, pod);
        }
    }
}

/// Pods of one template, which differ in their names and places: what they have in common is found out and written down
/// once, as a large cluster has thousands of each.
struct Alike {
    pod: Value,
    wants: Wants,
    crowd: Crowd,
    mould: Mould,
    own: Own,
    namespace: String,
}

impl Alike {
    fn of(world: &mut World, mut pod: Value) -> Self {
        template::complete(world, &mut pod);
        let wants = Wants::of(&pod);
        let crowd = Crowd::of(&wants, world);
        let mut placed = pod.clone();
        run(&mut placed, "", "", since(world.now()));
        let own = Own::leave_blank(&mut placed);
        let namespace = text(&pod, "/metadata/namespace").to_owned();
        Self { pod, wants, crowd, mould: Mould::of(Resource::PODS, placed), own, namespace }
    }

    /// One more of them.
    fn put(&mut self, world: &mut World, name: &str) {
        let node = match scheduler::place(world, &self.wants, &self.crowd, COMPARED) {
            Ok(node) => node,
            Err(message) => {
                let mut pod = self.pod.clone();
                set(&mut pod, &["metadata", "name"], name);
                return refuse(world, pod, message);
            }
        };
        self.crowd.add(&node, &world.controllers.index.nodes);
        scheduler::bind_claims(world, &self.wants, &node);
        let blanks = self.own.of(&format!("{}/{name}", self.namespace), &node, &address(world, &node));
        // A pod of that name was given, and is kept.
        drop(world.store.cast(&self.mould, name, &Fill { node: &node, blanks: &blanks }));
        absorb(world);
    }
}

/// Puts a pod where the scheduler would have put it, running and ready.
fn put(world: &mut World, mut pod: Value) {
    let now = world.now();
    template::complete(world, &mut pod);
    let wants = Wants::of(&pod);
    let crowd = Crowd::of(&wants, world);
    match scheduler::place(world, &wants, &crowd, COMPARED) {
        Ok(node) => {
            scheduler::bind_claims(world, &wants, &node);
            run(&mut pod, &node, &address(world, &node), since(now));
            // A pod of that name was given, and is kept.
            drop(world.store.create(Resource::PODS, pod, now));
            absorb(world);
        }
        Err(message) => refuse(world, pod, message),
    }
}

/// Bound, running and ready for long.
fn run(pod: &mut Value, node: &str, host: &str, since: Timestamp) {
    scheduler::bind(pod, node, since);
    kubelet::running(pod, host, since);
    kubelet::ready(pod, since);
    set(pod, &["metadata", "creationTimestamp"], time::seconds(since));
}

/// A pod that no node takes.
fn refuse(world: &mut World, mut pod: Value, message: String) {
    let now = world.now();
    scheduler::refuse(world, &mut pod, message, now);
    set(&mut pod, &["metadata", "creationTimestamp"], time::seconds(since(now)));
    drop(world.store.create(Resource::PODS, pod, now));
    absorb(world);
}

fn address(world: &World, node: &str) -> String {
    world.controllers.index.nodes.get(node).map(|node| node.address.clone()).unwrap_or_default()
}

/// The kubelet of a node has been dead for long.
fn silence(world: &mut World, node: &str) {
    kubelet::die(world, node);
    let now = world.now();
    let pods: Vec<ObjectKey> = world.store.pods_on(node).map(|pod| pod.key.clone()).collect();
    for key in pods {
        world.store.modify(&key, |pod| conditions::set(pod, Condition::not("Ready"), since(now)));
    }
    absorb(world);
}

/// Every status as its controller would have left it.
fn statuses(world: &mut World) {
    type Sync = fn(&mut World, &ObjectKey);
    let controllers: [(Resource, Sync); 5] = [
        (Resource::REPLICA_SETS, replica_set::sync),
        (Resource::DEPLOYMENTS, deployment::sync),
        (Resource::STATEFUL_SETS, stateful_set::sync),
        (Resource::DAEMON_SETS, daemon_set::sync),
        (Resource::BUDGETS, budget::sync),
    ];
    for (resource, sync) in controllers {
        for key in keys(world, resource) {
            sync(world, &key);
        }
        absorb(world);
    }
}

/// What is not at rest goes on when time begins: pods without a node, pods on their way, Jobs.
fn unrest(world: &mut World) {
    for key in keys(world, Resource::JOBS) {
        work::enqueue(world, Work::Sync(key));
    }
    let restless: Vec<_> = world
        .store
        .list(Resource::PODS, None, None)
        .filter(|pod| !pod.ended() && (pod.summary.deleting || pod.summary.phase != "Running"))
        .cloned()
        .collect();
    for pod in restless {
        match &pod.summary.node {
            None => work::enqueue(world, Work::Schedule(pod.key.clone())),
            Some(node) if !world.controllers.index.nodes.contains_key(node) => {
                work::enqueue(world, Work::Sweep(pod_id(&pod)));
            }
            Some(_) => kubelet::pods::heed(world, &pod),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::blueprint::Scenario;
    use crate::json;
    use crate::twin::Twin;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pods_that_are_alike_are_as_they_would_be_one_by_one() {
        let twin = Twin::start(&Scenario::default_one().blueprint(), 1).unwrap();
        twin.with(|world| {
            let since = since(world.now());
            let pods: Vec<_> = world.store.list(Resource::PODS, None, None).cloned().collect();
            let owned = pods.iter().filter_map(|pod| Some((pod, pod.summary.owner.as_ref()?)));
            let mut compared = 0;
            for (pod, owner) in owned.filter(|(_, owner)| owner.kind == "ReplicaSet") {
                let set = ObjectKey::new(Resource::REPLICA_SETS, &pod.key.namespace, &owner.name);
                let set = world.store.value(&set).unwrap();
                let node = pod.summary.node.clone().unwrap();
                let mut alone = replica_set::named_pod(&set, &pod.key.name);
                template::complete(world, &mut alone);
                run(&mut alone, &node, &address(world, &node), since);
                for field in ["uid", "resourceVersion"] {
                    let own = json::at(&pod.value(), &format!("/metadata/{field}")).clone();
                    json::set(&mut alone, &["metadata", field], own);
                }
                let kept = world.store.draft(Resource::PODS, alone, since);
                assert_eq!((&pod.value(), &pod.summary), (&kept.value(), &kept.summary));
                compared += 1;
            }
            assert_eq!(compared, 8, "web, cart and coredns");
        });
    }
}
