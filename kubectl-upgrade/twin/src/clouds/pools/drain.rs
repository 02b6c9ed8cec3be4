//! A node emptied by the cloud: cordoned, its pods evicted under their budgets, and what is done when they stay.

use std::sync::Arc;
use std::time::Duration;

use super::pool::MemberState;
use super::settings::Undrainable;
use crate::api;
use crate::clouds::machines;
use crate::clouds::operations::{Failure, FailureCode};
use crate::controllers;
use crate::json;
use crate::store::{Object, ObjectKey, Resource};
use crate::world::World;

/// How often evictions that were refused are tried again.
const EVERY: Duration = Duration::from_secs(5);

struct Drain<F> {
    node: String,
    /// As time since the story began.
    deadline: Duration,
    undrainable: Undrainable,
    then: F,
}

/// Cordons a node and lets its pods leave. What stays by the deadline is deleted, or is a failure.
pub(super) fn drain(
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
        (true, Undrainable::Force) => kept.iter().for_each(|pod| controllers::delete(world, &pod.key)),
        (true, Undrainable::Fail | Undrainable::Quarantine) => {
            let failure = failure(world, &drain.node, if kept.is_empty() { &pods } else { &kept });
            return (drain.then)(world, Err(failure));
        }
    }
    world.after(EVERY, move |world| round(world, drain));
}

/// Whether a drain makes that pod leave: not those that belong to the node.
fn leaves(pod: &Object) -> bool {
    let of_daemon_set = pod.summary.owner.as_ref().is_some_and(|owner| owner.kind == "DaemonSet");
    !of_daemon_set && !pod.ended() && !pod.body.contains(controllers::kubelet::MIRROR)
}

fn failure(world: &World, node: &str, kept: &[Arc<Object>]) -> Failure {
    let name = |namespace: &str, name: &str| format!("{namespace}/{name}");
    let pods: Vec<String> = kept.iter().map(|pod| name(&pod.key.namespace, &pod.key.name)).collect();
    let mut budgets = Vec::new();
    for pod in kept {
        for budget in world.controllers.index.budgets_of(&pod.key.namespace, &pod.summary.labels) {
            let budget = name(&pod.key.namespace, &budget);
            if !budgets.contains(&budget) {
                budgets.push(budget);
            }
        }
    }
    let message =
        format!("the drain timeout of node {node} was reached while {} could not be evicted", pods.join(", "));
    Failure { pods, budgets, ..Failure::new(FailureCode::PodEviction, message).at(node) }
}
