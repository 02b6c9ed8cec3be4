//! A node emptied by the cloud: cordoned, its pods evicted under their budgets, and what is done when they stay.

use std::sync::Arc;
use std::time::Duration;

use super::pool::MemberState;
use super::settings::Undrainable;
use crate::api;
use crate::clouds::operations::{Failure, FailureCode};
use crate::clouds::{machines, of};
use crate::controllers;
use crate::json;
use crate::store::{Object, ObjectKey, Resource};
use crate::world::{Forced, World};

/// How often evictions that were refused are tried again.
const EVERY: Duration = Duration::from_secs(5);

/// A pod that budgets keep on a node which the cloud empties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its namespace and name.
    pub pod: (String, String),
    /// The node.
    pub node: String,
    /// The budgets, as `namespace/name`.
    pub budgets: Vec<String>,
}

/// What budgets keep on nodes of the pool that are being emptied.
#[must_use]
pub fn kept(world: &World, pool: &str) -> Vec<Kept> {
    let Some(pool) = of(world).ok().and_then(|cloud| cloud.now().pools.get(pool)) else { return Vec::new() };
    let draining = pool.members.iter().filter(|(_, member)| member.state == MemberState::Draining);
    let pods = draining.flat_map(|(node, _)| world.store.pods_on(node).map(move |pod| (node, pod)));
    let staying = pods.filter(|(_, pod)| leaves(pod) && !pod.summary.deleting);
    let kept = staying.map(|(node, pod)| Kept {
        pod: (pod.key.namespace.clone(), pod.key.name.clone()),
        node: node.clone(),
        budgets: budgets(world, pod).filter(|(budget, _)| refuses(world, budget)).map(|(_, name)| name).collect(),
    });
    kept.filter(|kept| !kept.budgets.is_empty()).collect()
}

fn budgets<'a>(world: &'a World, pod: &'a Object) -> impl Iterator<Item = (ObjectKey, String)> + use<'a> {
    let namespace = &pod.key.namespace;
    let names = world.controllers.index.budgets_of(namespace, &pod.summary.labels);
    names.into_iter().map(move |name| {
        let shown = format!("{namespace}/{name}");
        (ObjectKey::new(Resource::BUDGETS, namespace, &name), shown)
    })
}

fn refuses(world: &World, budget: &ObjectKey) -> bool {
    let allowed = |budget: &Arc<Object>| json::at(&budget.value(), "/status/disruptionsAllowed").as_u64();
    world.store.get(budget).and_then(allowed) == Some(0)
}

struct Drain<F> {
    node: String,
    /// As time since the story began.
    deadline: Duration,
    undrainable: Undrainable,
    then: F,
}

/// Cordons a node and lets its pods leave. What stays by the deadline is deleted, or is a failure.
pub(in crate::clouds) fn drain(
    world: &mut World,
    pool: &str,
    node: &str,
    timeout: Duration,
    undrainable: Undrainable,
    then: impl FnOnce(&mut World, Result<(), Failure>) + Send + 'static,
) {
    cordon(world, node, true);
    machines::mark(world, pool, node, MemberState::Draining);
    let deadline = world.clock().elapsed().saturating_add(timeout);
    round(world, Drain { node: node.to_owned(), deadline, undrainable, then });
}

/// Cordons the nodes of a pool, without a drain.
pub(super) fn cordon(world: &mut World, node: &str, cordoned: bool) {
    world.store.modify(&ObjectKey::new(Resource::NODES, "", node), |node| match cordoned {
        true => json::set(node, &["spec", "unschedulable"], true),
        false => drop(json::remove(node, &["spec", "unschedulable"])),
    });
}

/// Takes a node back into use.
pub(super) fn uncordon(world: &mut World, pool: &str, node: &str) {
    cordon(world, node, false);
    machines::mark(world, pool, node, MemberState::Running);
}

fn round<F>(world: &mut World, drain: Drain<F>)
where
    F: FnOnce(&mut World, Result<(), Failure>) + Send + 'static,
{
    let pods: Vec<Arc<Object>> = world.store.pods_on(&drain.node).filter(|pod| leaves(pod)).cloned().collect();
    if pods.is_empty() {
        return (drain.then)(world, Ok(()));
    }
    let staying: Vec<_> = pods.iter().filter(|pod| !pod.summary.deleting).collect();
    let kept: Vec<_> = staying.into_iter().filter(|pod| api::evict(world, &pod.key).is_err()).cloned().collect();
    let over = world.clock().elapsed() >= drain.deadline;
    match (over, drain.undrainable) {
        (false, _) => {}
        (true, Undrainable::Force) => kept.iter().for_each(|pod| force(world, &pod.key)),
        (true, Undrainable::Fail | Undrainable::Quarantine) => {
            let failure = failure(world, &drain.node, if kept.is_empty() { &pods } else { &kept });
            return (drain.then)(world, Err(failure));
        }
    }
    world.after(EVERY, move |world| round(world, drain));
}

fn force(world: &mut World, pod: &ObjectKey) {
    let at = world.now();
    world.witness.forced.push(Forced { at, pod: pod.clone() });
    controllers::delete(world, pod);
}

/// Whether a drain makes that pod leave: not those that belong to the node.
fn leaves(pod: &Object) -> bool {
    let of_daemon_set = pod.summary.owner.as_ref().is_some_and(|owner| owner.kind == "DaemonSet");
    !of_daemon_set && !pod.ended() && !pod.body.contains(controllers::kubelet::MIRROR)
}

fn failure(world: &World, node: &str, kept: &[Arc<Object>]) -> Failure {
    let name = |namespace: &str, name: &str| format!("{namespace}/{name}");
    let pods: Vec<String> = kept.iter().map(|pod| name(&pod.key.namespace, &pod.key.name)).collect();
    let mut covering = Vec::new();
    for (_, budget) in kept.iter().flat_map(|pod| budgets(world, pod)) {
        if !covering.contains(&budget) {
            covering.push(budget);
        }
    }
    let message =
        format!("the drain timeout of node {node} was reached while {} could not be evicted", pods.join(", "));
    Failure { pods, budgets: covering, ..Failure::new(FailureCode::PodEviction, message).at(node) }
}
