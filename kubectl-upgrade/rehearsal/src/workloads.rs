//! How many pods of each workload were available at the worst moment, as the simulated cluster itself saw it.

use std::collections::BTreeMap;

use upgrade_twin::Twin;

use crate::forecast::Seen;

/// What a person calls a workload. Pods of DaemonSets are left out: they go down with their node by design.
const KINDS: [&str; 3] = ["Deployment", "ReplicaSet", "StatefulSet"];

/// Each workload by namespace and name, from when the cluster's time began.
#[must_use]
pub fn workloads(twin: &Twin) -> BTreeMap<String, Seen> {
    let now = twin.clock().now();
    twin.with(|world| {
        let lowest = world.witness.lowest();
        let named = lowest.filter(|(name, lowest)| KINDS.contains(&name.kind.as_str()) && lowest.at_first > 0);
        let seen = |lowest: upgrade_twin::world::Lowest| Seen {
            at_first: lowest.at_first.into(),
            lowest: lowest.available.into(),
            below: lowest.below(now),
        };
        named.map(|(name, lowest)| (name.to_string(), seen(lowest))).collect()
    })
}
