//! The controllers together, in virtual time.

mod budgets;
mod lifecycles;
mod placement;
mod rollouts;
mod scale;
mod witness;

use serde_json::Value;

use crate::blueprint::Workload;
use crate::store::{ObjectKey, Resource};
use crate::testing::pods;
use crate::{Twin, json};

/// The objects of several workloads.
fn all(workloads: &[Workload]) -> Vec<Value> {
    workloads.iter().flat_map(Workload::objects).collect()
}

/// The pods of namespace `shop` that are ready.
fn ready(twin: &Twin) -> usize {
    pods(twin, "shop").iter().filter(|(_, _, ready)| *ready).count()
}

/// Deletes a pod of namespace `shop` as an eviction does.
fn delete(twin: &Twin, name: &str) {
    twin.with(|world| super::lifecycle::delete(world, &ObjectKey::new(Resource::PODS, "shop", name)));
}

/// Why a pod of namespace `shop` has no node.
fn refusal(twin: &Twin, name: &str) -> String {
    let pod = crate::testing::value(twin, Resource::PODS, name);
    let mut conditions = json::items(&pod, "/status/conditions");
    let found = conditions.find(|one| json::text(one, "/type") == "PodScheduled").cloned().unwrap_or_default();
    json::text(&found, "/message").to_owned()
}
