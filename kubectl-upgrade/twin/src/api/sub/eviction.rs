//! Evictions: deletions of pods that budgets agree to.

use std::sync::Arc;

use serde_json::{Value, json};

use super::done;
use crate::api::catalogue;
use crate::api::refusal::{Cause, Refusal};
use crate::api::reply::Reply;
use crate::api::route::Asked;
use crate::api::target::Target;
use crate::api::write::{DeleteOptions, check_dry_run, incoming, remove};
use crate::controllers;
use crate::json::{self, at, items, text};
use crate::selector::Selector;
use crate::store::{Object, ObjectKey, Resource};
use crate::world::World;

/// The first minor that lets a pod go that is not ready while its budget is met without it.
const UNHEALTHY_SINCE: u16 = 22;

/// The first minor whose budgets say what is to become of pods that are not ready.
const POLICY_SINCE: u16 = 27;

/// The first minor that writes whether a budget allows disruptions as a condition too.
const CONDITION_SINCE: u16 = 21;

/// Evicts a pod.
pub(super) fn evict(world: &mut World, asked: &Asked<'_>, target: &Target) -> Result<Reply, Refusal> {
    let dry_run = check_dry_run(asked.call, asked.minor(), "CreateOptions")?;
    let eviction = incoming(asked.call, asked.minor(), target)?;
    let key = target.key();
    if text(&eviction, "/metadata/name") != key.name {
        return Err(Refusal::bad_request("name in URL does not match name in Eviction object"));
    }
    let mut options = DeleteOptions::of(at(&eviction, "/deleteOptions"), asked.minor())?;
    options.dry_run |= dry_run;
    let pod = world.store.get(&key).cloned().ok_or_else(|| Refusal::not_found(target.parent, &key.name))?;
    if !is_no_disruption(&pod) {
        ask_budget(world, asked.minor(), &pod, options.dry_run)?;
    }
    remove(world, asked.minor(), target.parent, &pod, &options)?;
    world.witness.evicted += u32::from(!options.dry_run && !pod.summary.deleting);
    Ok(done(201))
}

/// Evicts a pod as the cloud that runs the cluster does.
pub(crate) fn evict_by_cloud(world: &mut World, key: &ObjectKey) -> Result<(), Refusal> {
    let minor = controllers::minor(world).minor;
    let Some(pod) = world.store.get(key).cloned() else { return Ok(()) };
    if !is_no_disruption(&pod) {
        ask_budget(world, minor, &pod, false)?;
    }
    controllers::delete(world, key);
    world.witness.evicted += u32::from(!pod.summary.deleting);
    Ok(())
}

/// A pod that does not run yet, or any more, or is going anyway.
fn is_no_disruption(pod: &Object) -> bool {
    pod.summary.deleting || matches!(pod.summary.phase.as_str(), "Succeeded" | "Failed" | "Pending")
}

/// Asks the budget that covers a pod, if one does, and counts the disruption that it allows.
fn ask_budget(world: &mut World, minor: u16, pod: &Object, dry_run: bool) -> Result<(), Refusal> {
    let Some((object, budget)) = budget_of(world, minor, pod)? else { return Ok(()) };
    if !pod.summary.ready && may_go_unhealthy(minor, &budget) {
        return Ok(());
    }
    allow(&object.key.name, &budget)?;
    if !dry_run {
        let now = world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        world.store.modify(&object.key, |budget| count(minor, budget, &pod.key.name, &now));
    }
    Ok(())
}

fn budget_of(world: &World, minor: u16, pod: &Object) -> Result<Option<(Arc<Object>, Value)>, Refusal> {
    // An empty selector covers nothing in the old version of budgets, everything in the new one.
    let empty_selects = catalogue::serves(minor, "policy", "v1");
    let mut found = None;
    for object in world.store.list(Resource::BUDGETS, Some(&pod.key.namespace), None) {
        let budget = object.value();
        let selector = at(&budget, "/spec/selector");
        let covers = Selector::read(selector)
            .is_some_and(|selector| (!selector.is_empty() || empty_selects) && selector.matches(&pod.summary.labels));
        if covers && found.is_some() {
            let message =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(Refusal::new(500, "", message));
        }
        if covers {
            found = Some((Arc::clone(object), budget));
        }
    }
    Ok(found)
}

fn may_go_unhealthy(minor: u16, budget: &Value) -> bool {
    if minor >= POLICY_SINCE && text(budget, "/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow" {
        return true;
    }
    let (now, wanted) = (number(budget, "/status/currentHealthy"), number(budget, "/status/desiredHealthy"));
    minor >= UNHEALTHY_SINCE && now >= wanted && wanted > 0
}

fn allow(name: &str, budget: &Value) -> Result<(), Refusal> {
    const MESSAGE: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
    let refuse = |message: String| {
        let cause = Cause { reason: "DisruptionBudget", message, field: String::new() };
        Refusal::new(429, "TooManyRequests", MESSAGE).because(&[cause])
    };
    if number(budget, "/status/observedGeneration") < number(budget, "/metadata/generation") {
        return Err(
            refuse(format!("The disruption budget {name} is still being processed by the server.")).retry_after(10)
        );
    }
    if number(budget, "/status/disruptionsAllowed") <= 0 {
        let failed = items(budget, "/status/conditions")
            .find(|one| text(one, "/type") == "DisruptionAllowed" && text(one, "/reason") == "SyncFailed");
        return Err(refuse(match failed {
            Some(condition) => format!(
                "The disruption budget {name} does not allow evicting pods currently because it failed sync: {}",
                text(condition, "/message")
            ),
            None => {
                let (wanted, now) =
                    (number(budget, "/status/desiredHealthy"), number(budget, "/status/currentHealthy"));
                format!("The disruption budget {name} needs {wanted} healthy pods and has {now} currently")
            }
        }));
    }
    Ok(())
}

/// Writes down in a budget's status that a pod goes.
fn count(minor: u16, budget: &mut Value, pod: &str, now: &str) {
    let left = number(budget, "/status/disruptionsAllowed") - 1;
    json::set(budget, &["status", "disruptionsAllowed"], left);
    json::set(budget, &["status", "disruptedPods", pod], now);
    if left > 0 || minor < CONDITION_SINCE {
        return;
    }
    let generation = at(budget, "/metadata/generation").clone();
    let others = items(budget, "/status/conditions").filter(|one| text(one, "/type") != "DisruptionAllowed");
    let mut conditions: Vec<Value> = others.cloned().collect();
    conditions.push(json!({
        "type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "",
        "lastTransitionTime": now, "observedGeneration": generation,
    }));
    json::set(budget, &["status", "conditions"], conditions);
}

fn number(value: &Value, pointer: &str) -> i64 {
    at(value, pointer).as_i64().unwrap_or_default()
}
