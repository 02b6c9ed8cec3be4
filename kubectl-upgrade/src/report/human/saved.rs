//! What `--node-hops fewest` is for: how much less nodes are drained than by following each minor.

use std::collections::BTreeMap;

use upgrade_core::ids::PoolName;
use upgrade_core::plan::{Action, CloudAction, Hop, Plan};
use upgrade_core::version::Minor;

use crate::report::text::count;

/// In words; none where nothing is saved.
pub(super) fn saved_words(plan: &Plan) -> Option<String> {
    let saved = drains_saved(plan);
    (saved > 0).then(|| format!("{} of nodes fewer than with a move at every minor", count(saved, "drain")))
}

/// Of each move of a pool those drains that a move to each minor in between would have cost.
fn drains_saved(plan: &Plan) -> usize {
    let mut at: BTreeMap<&PoolName, Minor> = BTreeMap::new();
    for node in &plan.basis {
        let minor = node.kubelet.minor();
        if let Some(pool) = &node.pool {
            at.entry(pool).and_modify(|oldest| *oldest = minor.min(*oldest)).or_insert(minor);
        }
    }
    let mut saved = 0;
    for step in plan.steps() {
        if let Action::Cloud(CloudAction::UpgradeControlPlane { to, along: Some(along), .. }) = &step.action {
            at.extend(along.pools.iter().map(|pool| (pool, to.minor())));
        }
        let Some((pool, was, to, nodes)) = moved(&step.action) else { continue };
        if let Some(from) = at.get(was) {
            let passes =
                |hop: &&Hop| *from < hop.to.minor() && hop.to.minor() <= to && hop.from.minor() < hop.to.minor();
            let passed = plan.hops.iter().filter(passes);
            saved += passed.count().saturating_sub(1) * usize::try_from(nodes).unwrap_or_default();
        }
        at.insert(pool, to);
    }
    saved
}

/// The pool that is at another minor after an action, the one that it was before, and how many nodes that takes.
fn moved(action: &Action) -> Option<(&PoolName, &PoolName, Minor, u32)> {
    if let Action::Cloud(
        CloudAction::UpgradePool { pool, to, seen, .. } | CloudAction::RenewPool { pool, to, seen, .. },
    ) = action
    {
        return Some((pool, pool, to.minor(), seen.nodes));
    }
    if let Action::Cloud(CloudAction::CreatePool { pool, like, version, nodes, .. }) = action {
        return Some((pool, like, version.minor(), *nodes));
    }
    None
}
