//! The status of PodDisruptionBudgets: how many pods may be evicted now.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use upgrade_core::version::Minor;

use super::conditions::{self, Condition};
use super::minor;
use super::template::{number, replicas};
use super::work::{self, Work};
use crate::json::{at, entries, set, text};
use crate::quantity::{Rounding, scaled};
use crate::selector::Selector;
use crate::store::{Object, ObjectKey, Owner, Resource};
use crate::time;
use crate::world::World;

/// How long an evicted pod counts as going before its deletion is seen.
const DISRUPTED_FOR_S: i64 = 120;

/// From this minor on, an empty selector means every pod (policy/v1) and not none; budgets have conditions from then on.
const POLICY_V1: Minor = Minor::new(1, 21);

/// The numbers of a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) expected: u32,
    pub(crate) healthy: u32,
    pub(crate) desired: u32,
}

impl Allowance {
    /// How many pods may go.
    pub(crate) fn disruptions(self) -> u32 {
        if self.expected == 0 { 0 } else { self.healthy.saturating_sub(self.desired) }
    }
}

/// Brings the status of a budget up to date.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(budget) = super::template::living(world, key) else { return };
    let pods = covered(world, key, &budget);
    let disrupted = disrupted(world, &budget, &pods);
    if let Some(next) = disrupted.next {
        work::enqueue_after(world, Work::Sync(key.clone()), next);
    }
    let allowance = allowance(world, &budget, &pods, &disrupted.pods);
    let (now, minor) = (world.now(), minor(world));
    world.store.modify(key, |budget| {
        write(budget, allowance, &disrupted.pods);
        if minor >= POLICY_V1 {
            let allowed = allowance.disruptions() > 0;
            let reason = if allowed { "SufficientPods" } else { "InsufficientPods" };
            conditions::set(budget, Condition::whether("DisruptionAllowed", allowed).because(reason), now);
            observed(budget);
        }
    });
}

/// The pods that a budget speaks of.
fn covered(world: &World, key: &ObjectKey, budget: &Value) -> Vec<std::sync::Arc<Object>> {
    let Some(selector) = Selector::read(at(budget, "/spec/selector")) else { return Vec::new() };
    if selector.is_empty() && minor(world) < POLICY_V1 {
        return Vec::new();
    }
    let names = world.controllers.index.matching(&key.namespace, &selector);
    let pod = |name: &String| world.store.get(&ObjectKey::new(Resource::PODS, &key.namespace, name)).cloned();
    names.filter_map(pod).collect()
}

/// The pods evicted and not seen to go yet.
struct Disrupted {
    pods: BTreeMap<String, String>,
    next: Option<Duration>,
}

fn disrupted(world: &World, budget: &Value, pods: &[std::sync::Arc<Object>]) -> Disrupted {
    let now = world.now();
    let mut disrupted = Disrupted { pods: BTreeMap::new(), next: None };
    for (name, since) in entries(budget, "/status/disruptedPods") {
        let still = pods.iter().any(|pod| pod.key.name == *name && !pod.summary.deleting);
        let Some(time) = since.as_str().and_then(time::read).filter(|_| still) else { continue };
        let left = DISRUPTED_FOR_S - now.duration_since(time).as_secs();
        if let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0) {
            let left = Duration::from_secs(left);
            disrupted.next = Some(disrupted.next.map_or(left, |next| next.min(left)));
            disrupted.pods.insert(name.clone(), since.as_str().unwrap_or_default().to_owned());
        }
    }
    disrupted
}

/// The numbers of a budget now.
fn allowance(
    world: &World,
    budget: &Value,
    pods: &[std::sync::Arc<Object>],
    disrupted: &BTreeMap<String, String>,
) -> Allowance {
    let counts = |pod: &&std::sync::Arc<Object>| {
        pod.summary.ready && !pod.summary.deleting && !disrupted.contains_key(&pod.key.name)
    };
    let healthy = u32::try_from(pods.iter().filter(counts).count()).unwrap_or(u32::MAX);
    let all = u32::try_from(pods.len()).unwrap_or(u32::MAX);
    let (least, most) = (at(budget, "/spec/minAvailable"), at(budget, "/spec/maxUnavailable"));
    let (expected, desired) = if !most.is_null() {
        let expected = scale(world, pods);
        // Both are rounded up, which allows more where pods may be missing and less where they must be there.
        (expected, expected.saturating_sub(scaled(most, expected, Rounding::Up).unwrap_or_default()))
    } else if least.is_string() {
        let expected = scale(world, pods);
        (expected, scaled(least, expected, Rounding::Up).unwrap_or_default())
    } else {
        (all, scaled(least, all, Rounding::Up).unwrap_or_default())
    };
    Allowance { expected, healthy, desired }
}

/// How many pods the controllers of these pods are asked for.
fn scale(world: &World, pods: &[std::sync::Arc<Object>]) -> u32 {
    let mut looked_at: BTreeSet<&str> = BTreeSet::new();
    // Several ReplicaSets may be of one Deployment, which counts once.
    let mut controllers: BTreeMap<String, u32> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = &pod.summary.owner else { continue };
        if looked_at.insert(&owner.uid) {
            controllers.extend(asked_for(world, &pod.key.namespace, owner));
        }
    }
    controllers.values().sum()
}

/// The controller at the top, and how many pods it is asked for.
fn asked_for(world: &World, namespace: &str, owner: &Owner) -> Option<(String, u32)> {
    let resource = match owner.kind.as_str() {
        "ReplicaSet" => Resource::REPLICA_SETS,
        "StatefulSet" => Resource::STATEFUL_SETS,
        "Deployment" => Resource::DEPLOYMENTS,
        "ReplicationController" => Resource::named("replicationcontrollers"),
        _ => return None,
    };
    let object = world.store.get(&ObjectKey::new(resource, namespace, &owner.name))?;
    match &object.summary.owner {
        Some(above) if above.kind == "Deployment" => asked_for(world, namespace, above),
        Some(_) | None => Some((object.summary.uid.clone(), replicas(&object.value()))),
    }
}

fn write(budget: &mut Value, allowance: Allowance, disrupted: &BTreeMap<String, String>) {
    set(budget, &["status", "expectedPods"], allowance.expected);
    set(budget, &["status", "currentHealthy"], allowance.healthy);
    set(budget, &["status", "desiredHealthy"], allowance.desired);
    set(budget, &["status", "disruptionsAllowed"], allowance.disruptions());
    match disrupted.is_empty() {
        true => drop(crate::json::remove(budget, &["status", "disruptedPods"])),
        false => set(budget, &["status", "disruptedPods"], json!(disrupted)),
    }
    let generation = number(budget, "/metadata/generation").max(1);
    set(budget, &["status", "observedGeneration"], generation);
}

/// The conditions of budgets say which generation they speak of, and have a message even where it is empty.
fn observed(budget: &mut Value) {
    let generation = number(budget, "/metadata/generation").max(1);
    let conditions = budget.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        set(condition, &["observedGeneration"], generation);
        if text(condition, "/message").is_empty() {
            set(condition, &["message"], "");
        }
    }
}
