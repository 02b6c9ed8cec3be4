//! Cordon, drain and uncordon of all nodes of a pool. Which nodes these are is looked up at every call: they come and go.

use std::time::Duration;

use futures::future::try_join_all;
use upgrade_core::ids::{NodeName, PoolName, RunId};
use upgrade_core::inventory::SELF_MANAGED;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{DrainForecast, DrainPolicy};
use upgrade_provider::{OperationStatus, PortError};

use super::{cordon, drain};
use crate::cluster::Cluster;
use crate::observe::nodes;
use crate::wire::NodeObject;

/// Nodes written to at once.
const AT_ONCE: usize = 10;

/// Marks every node of the pool unschedulable in the run's name, save those someone else has cordoned.
pub(super) async fn cordon(cluster: &Cluster, pool: &PoolName, run: &RunId) -> Result<OperationRef, PortError> {
    let nodes = members(cluster, pool).await?;
    for some in nodes.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|node| cordon::cordon(cluster, node, run))).await?;
    }
    Ok(OperationRef(format!("cordon-pool/{pool}/{}", nodes.len())))
}

/// Lifts this tool's cordons from the pool's nodes.
pub(super) async fn uncordon(cluster: &Cluster, pool: &PoolName) -> Result<OperationRef, PortError> {
    let nodes = members(cluster, pool).await?;
    for some in nodes.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|node| cordon::uncordon(cluster, node))).await?;
    }
    Ok(OperationRef(format!("uncordon-pool/{pool}/{}", nodes.len())))
}

/// Says what came of either: both are done by the time they have begun.
pub(super) fn outcome(operation: &OperationRef) -> OperationStatus {
    let words = match operation.0.split('/').collect::<Vec<_>>()[..] {
        ["cordon-pool", pool, nodes] => format!("{nodes} nodes of pool {pool} cordoned"),
        ["uncordon-pool", pool, nodes] => format!("{nodes} nodes of pool {pool} schedulable, cordons of others aside"),
        _ => return OperationStatus::Unknown,
    };
    OperationStatus::Succeeded { output: String::new(), observed: vec![words] }
}

/// One round over the first nodes that still hold pods to be moved.
pub(super) async fn drain(
    cluster: &Cluster,
    pool: &PoolName,
    at_once: usize,
    policy: &DrainPolicy,
    seen: &DrainForecast,
    patience: Duration,
) -> Result<OperationStatus, PortError> {
    let nodes = members(cluster, pool).await?;
    let total = nodes.len();
    let held = drain::holding(cluster, &nodes, policy).await?;
    let done = total - held.len();
    let now = held.iter().take(at_once.max(1));
    // What the whole pool held says nothing about one node: each counts its own pods.
    let own = DrainForecast { evicted: 0, ..seen.clone() };
    let rounds = try_join_all(now.map(|node| drain::round(cluster, node, policy, &own, patience))).await?;
    Ok(together(pool, done, total, rounds))
}

/// One status out of those of the nodes under way: the first that failed, or what all of them wait for.
pub(super) fn together(pool: &PoolName, done: usize, total: usize, rounds: Vec<OperationStatus>) -> OperationStatus {
    let (mut texts, mut all_blocked) = (Vec::new(), Vec::new());
    let mut left = false;
    for status in rounds {
        match status {
            OperationStatus::Running { text, blocked, .. } => {
                left = true;
                texts.push(text);
                all_blocked.extend(blocked);
            }
            // It is empty now; others may not be.
            OperationStatus::Succeeded { .. } => left = true,
            other @ (OperationStatus::Failed { .. } | OperationStatus::Unknown) => return other,
        }
    }
    if !left {
        let observed = vec![format!("no pod that could be evicted is left on the {total} nodes of pool {pool}")];
        return OperationStatus::Succeeded { output: String::new(), observed };
    }
    texts.insert(0, format!("{done} of {total} nodes empty"));
    let count = |number: usize| u32::try_from(number).ok();
    OperationStatus::Running { text: texts.join(" · "), done: count(done), total: count(total), blocked: all_blocked }
}

/// The names of the pool's nodes, in order.
async fn members(cluster: &Cluster, pool: &PoolName) -> Result<Vec<NodeName>, PortError> {
    Ok(objects(cluster, pool).await?.iter().map(|object| NodeName::new(&object.metadata.name)).collect())
}

/// The nodes of the pool, in name order.
pub(super) async fn objects(cluster: &Cluster, pool: &PoolName) -> Result<Vec<NodeObject>, PortError> {
    let listed = cluster.api.list::<NodeObject>("/api/v1/nodes", "").await;
    let (objects, _) = listed.map_err(|failure| failure.port("list nodes"))?;
    let of_pool = objects.into_iter().filter(|object| is_of(object, pool));
    let mut objects: Vec<NodeObject> = of_pool.collect();
    objects.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    Ok(objects)
}

/// Nodes whose labels name no pool form one of their own.
fn is_of(object: &NodeObject, pool: &PoolName) -> bool {
    match nodes::pool(&object.metadata.labels) {
        Some(named) => named == *pool,
        None => pool.as_str() == SELF_MANAGED,
    }
}
