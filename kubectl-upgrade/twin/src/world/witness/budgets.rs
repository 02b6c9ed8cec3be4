//! Budgets that clients break.

use jiff::Timestamp;

use crate::json::at;
use crate::selector::Selector;
use crate::store::{Change, Object, ObjectKey, Resource};
use crate::world::World;

/// A budget that a client broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenBudget {
    /// When.
    pub at: Timestamp,
    /// The namespace of budget and pod.
    pub namespace: String,
    /// The budget.
    pub budget: String,
    /// The pod that was deleted or evicted.
    pub pod: String,
    /// How many healthy pods were left.
    pub healthy: u32,
    /// How many the budget wants.
    pub desired: u32,
}

/// A pod that a cloud deleted whatever its budgets say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// When.
    pub at: Timestamp,
    /// The pod.
    pub pod: ObjectKey,
}

/// Sees a client's change of a pod.
pub(super) fn see(world: &mut World, change: &Change) {
    let Some(before) = change.before.as_deref() else { return };
    let going = change.deleted || change.object.summary.deleting;
    if !going || !counts(before) {
        return;
    }
    let namespace = &before.key.namespace;
    let names = world.controllers.index.budgets_of(namespace, &before.summary.labels);
    for name in names {
        let Some(budget) = world.store.value(&ObjectKey::new(Resource::BUDGETS, namespace, &name)) else { continue };
        let Some(selector) = Selector::read(at(&budget, "/spec/selector")) else { continue };
        let healthy = healthy(world, namespace, &selector);
        let desired = at(&budget, "/status/desiredHealthy").as_u64().and_then(|count| u32::try_from(count).ok());
        let desired = desired.unwrap_or_default();
        if healthy < desired {
            let (at, pod) = (world.now(), before.key.name.clone());
            let broken = BrokenBudget { at, namespace: namespace.clone(), budget: name, pod, healthy, desired };
            world.witness.broken_budgets.push(broken);
        }
    }
}

fn counts(pod: &Object) -> bool {
    pod.summary.ready && !pod.summary.deleting
}

fn healthy(world: &World, namespace: &str, selector: &Selector) -> u32 {
    let names = world.controllers.index.matching(namespace, selector);
    let pods = names.filter_map(|name| world.store.get(&ObjectKey::new(Resource::PODS, namespace, name)));
    u32::try_from(pods.filter(|pod| counts(pod)).count()).unwrap_or(u32::MAX)
}
