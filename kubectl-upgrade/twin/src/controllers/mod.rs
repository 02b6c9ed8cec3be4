//! What acts on objects by itself: controllers, scheduler, kubelets.
//!
//! Every change of the store is heard of at once; what follows from it is planned as work, each piece once, and done
//! after the time it takes. No work is done while no API server answers, or while whoever does it does not run.

mod budget;
mod conditions;
mod daemon_set;
mod deployment;
mod garbage;
pub(crate) mod heartbeat;
mod index;
mod job;
pub mod kubelet;
mod lifecycle;
mod namespace;
mod node;
pub mod nodes;
mod replica_set;
mod revisions;
pub(crate) mod scheduler;
pub(crate) mod settle;
mod stateful_set;
mod taints;
mod template;
mod work;

use upgrade_core::version::Minor;

use crate::store::{Change, Object, ObjectKey, Owner, Resource};
use crate::world::World;
use heartbeat::Heartbeat;
use index::Index;
use kubelet::Kubelets;
pub(crate) use lifecycle::delete;
use revisions::Revisions;
use scheduler::Scheduler;
use work::{Planned, Work};

/// What controllers keep between events.
#[derive(Debug, Default)]
pub struct State {
    pub(crate) index: Index,
    pub(crate) kubelets: Kubelets,
    scheduler: Scheduler,
    planned: Planned,
    revisions: Revisions,
    heartbeat: Heartbeat,
}

/// Tells the controllers of a change.
pub(crate) fn notice(world: &mut World, change: &Change) {
    world.controllers.index.heed(change);
    let object = &change.object;
    match object.key.resource {
        Resource::PODS => pod(world, change),
        Resource::NODES => node_changed(world, change),
        Resource::VOLUMES | Resource::CLAIMS => scheduler::retry(world),
        Resource::DEPLOYMENTS
        | Resource::STATEFUL_SETS
        | Resource::DAEMON_SETS
        | Resource::JOBS
        | Resource::BUDGETS
        | Resource::NAMESPACES
        | Resource::REPLICA_SETS => sync(world, &object.key),
        _ => {}
    }
    if matches!(object.key.resource, Resource::REPLICA_SETS | Resource::STATEFUL_SETS | Resource::DEPLOYMENTS) {
        scaled(world, change);
    }
    if change.deleted {
        garbage::gone(world, object);
        garbage::dependent_gone(world, object);
    } else if object.summary.deleting && object.body.contains("\"finalizers\"") {
        garbage::heed(world, object);
    }
}

/// The minor of the newest API server.
pub(crate) fn minor(world: &World) -> Minor {
    let newest = world.control_plane.servers.values().map(|server| server.version.minor()).max();
    newest.unwrap_or(Minor::new(1, 35))
}

fn sync(world: &mut World, key: &ObjectKey) {
    work::enqueue(world, Work::Sync(key.clone()));
}

/// The key of an object's controller, if it is of a kind that has work.
fn owner_key(object: &Object, owner: &Owner) -> Option<ObjectKey> {
    let resource = match owner.kind.as_str() {
        "ReplicaSet" => Resource::REPLICA_SETS,
        "StatefulSet" => Resource::STATEFUL_SETS,
        "DaemonSet" => Resource::DAEMON_SETS,
        "Deployment" => Resource::DEPLOYMENTS,
        "Job" => Resource::JOBS,
        _ => return None,
    };
    Some(ObjectKey::new(resource, &object.key.namespace, &owner.name))
}

/// Budgets speak of what controllers are asked for: they hear of it, as do those above.
fn scaled(world: &mut World, change: &Change) {
    let object = &change.object;
    let above = object.summary.owner.as_ref().and_then(|owner| owner_key(object, owner));
    if let Some(above) = above {
        sync(world, &above);
    }
    let replicas = |object: &Object| template::replicas(&object.value());
    if change.before.as_ref().is_none_or(|before| replicas(before) != replicas(object)) {
        for name in world.controllers.index.budgets_in(&object.key.namespace) {
            sync(world, &ObjectKey::new(Resource::BUDGETS, &object.key.namespace, &name));
        }
    }
}

fn pod(world: &mut World, change: &Change) {
    let pod = &change.object;
    let before = change.before.as_deref();
    if change.deleted || before.is_none_or(|before| counts(before) != counts(pod)) {
        counted(world, pod, before);
    }
    if change.deleted {
        if pod.body.contains(kubelet::pods::MIRROR) {
            kubelet::static_pods::gone(world, pod);
        }
        return scheduler::retry(world);
    }
    match &pod.summary.node {
        None if pod.summary.phase == "Pending" && !pod.summary.deleting && before.is_none() => {
            work::enqueue(world, Work::Schedule(pod.key.clone()));
        }
        None => {}
        Some(node) if !world.controllers.index.nodes.contains_key(node) => {
            work::enqueue(world, Work::Sweep(lifecycle::pod_id(pod)));
        }
        Some(_) => kubelet::pods::heed(world, pod),
    }
    if pod.ended() && before.is_some_and(|before| !before.ended()) {
        scheduler::retry(world);
    }
}

/// What controllers and budgets count a pod by: its other changes are nothing to them.
fn counts(pod: &Object) -> (bool, bool, bool, &crate::selector::Labels) {
    (pod.summary.ready, pod.summary.deleting, pod.ended(), &pod.summary.labels)
}

/// Tells the controller of a pod and the budgets that cover it.
fn counted(world: &mut World, pod: &Object, before: Option<&Object>) {
    if let Some(controller) = pod.summary.owner.as_ref().and_then(|owner| owner_key(pod, owner)) {
        sync(world, &controller);
    }
    let mut budgets = world.controllers.index.budgets_of(&pod.key.namespace, &pod.summary.labels);
    if let Some(before) = before.filter(|before| before.summary.labels != pod.summary.labels) {
        budgets.extend(world.controllers.index.budgets_of(&pod.key.namespace, &before.summary.labels));
    }
    for budget in budgets {
        sync(world, &ObjectKey::new(Resource::BUDGETS, &pod.key.namespace, &budget));
    }
}

fn node_changed(world: &mut World, change: &Change) {
    let (node, before) = (&change.object, change.before.as_deref());
    if change.deleted {
        let pods: Vec<_> = world.store.pods_on(&node.key.name).map(|pod| lifecycle::pod_id(pod)).collect();
        for pod in pods {
            work::enqueue(world, Work::Sweep(pod));
        }
        world.store.remove(&heartbeat::node_lease(&node.key.name));
    } else {
        sync(world, &node.key);
    }
    // What merely happens to a node is nothing that DaemonSets mind: their pods bear it.
    let same = before.is_some_and(|before| {
        before.summary.labels == node.summary.labels && own_taints(before) == own_taints(node) && !change.deleted
    });
    if !same {
        let sets: Vec<_> =
            world.store.list(Resource::DAEMON_SETS, None, None).map(|daemon_set| daemon_set.key.clone()).collect();
        for key in sets {
            sync(world, &key);
        }
    }
    scheduler::retry(world);
}

/// The taints of a node but for those of its state.
fn own_taints(node: &Object) -> Vec<taints::Taint> {
    let mut taints = taints::Taint::of(&node.value());
    taints.retain(|taint| !taint.key.starts_with("node.kubernetes.io/"));
    taints
}

#[cfg(test)]
mod tests;
