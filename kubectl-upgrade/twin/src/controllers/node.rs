//! The life of nodes as the controller manager sees it: silent ones, the taints of their state, and pods driven away.

use serde_json::{Value, json};
use upgrade_core::version::Minor;

use super::conditions::{self, Condition};
use super::lifecycle::{self, pod_id};
use super::taints::{Effect, NOT_READY, Taint, Toleration, UNREACHABLE, UNSCHEDULABLE, borne, stay};
use super::work::{self, PodId, Work};
use super::{kubelet, minor};
use crate::json::{at, items, set, text};
use crate::store::{Object, ObjectKey, Resource};
use crate::time;
use crate::world::World;

/// From this minor on, the state of a node is shown in taints that keep pods from being bound.
const TAINTS_BY_CONDITION: Minor = Minor::new(1, 12);
/// From this minor on, such taints also drive pods away. Before, all pods of a lost node are deleted at once after five
/// minutes, which comes to the same here.
const TAINTS_THAT_DRIVE: Minor = Minor::new(1, 13);

/// A kubelet has been silent for the grace period: nothing is known of its node, and its pods count as not ready.
pub(crate) fn silent(world: &mut World, node: &str) {
    if kubelet::of(world, node).is_none_or(|kubelet| kubelet.running) {
        return;
    }
    let now = world.now();
    world.store.modify(&ObjectKey::new(Resource::NODES, "", node), |object| unknown(object, now));
    let pods: Vec<ObjectKey> =
        world.store.pods_on(node).filter(|pod| pod.summary.ready).map(|pod| pod.key.clone()).collect();
    for key in pods {
        world.store.modify(&key, |pod| conditions::set(pod, Condition::not("Ready"), now));
    }
}

/// Nothing is known of the node any more.
pub(crate) fn unknown(node: &mut Value, now: jiff::Timestamp) {
    for kind in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
        let unknown = Condition::unknown(kind).because("NodeStatusUnknown");
        conditions::set(node, unknown.saying("Kubelet stopped posting node status."), now);
    }
}

/// Brings the taints of a node in line with its state.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(node) = world.store.value(key) else { return };
    let (now, minor) = (world.now(), minor(world));
    if minor >= TAINTS_BY_CONDITION {
        let wanted = wanted(&node, minor);
        world.store.modify(key, |node| set_taints(node, &wanted, &time::seconds(now)));
    }
    let ready = condition(&node, "Ready");
    let taint = if ready == "Unknown" { UNREACHABLE } else { NOT_READY };
    if ready != "True" || node.pointer("/spec/taints").is_some() {
        let state = Taint { key: taint.to_owned(), value: String::new(), effect: Effect::NoExecute };
        let mut driving = Taint::of(&node);
        driving.retain(|taint| taint.effect == Effect::NoExecute);
        if ready != "True" && !driving.contains(&state) {
            driving.push(state);
        }
        drive(world, &key.name, &driving);
    }
}

/// The taints that the state of a node calls for.
fn wanted(node: &Value, minor: Minor) -> Vec<(&'static str, &'static str)> {
    let mut wanted = Vec::new();
    if *at(node, "/spec/unschedulable") == json!(true) {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    let key = match condition(node, "Ready") {
        "True" | "" => return wanted,
        "Unknown" => UNREACHABLE,
        _ => NOT_READY,
    };
    wanted.push((key, "NoSchedule"));
    if minor >= TAINTS_THAT_DRIVE {
        wanted.push((key, "NoExecute"));
    }
    wanted
}

fn set_taints(node: &mut Value, wanted: &[(&str, &str)], now: &str) {
    let ours = [UNSCHEDULABLE, NOT_READY, UNREACHABLE];
    let called_for = |taint: &Value| wanted.contains(&(text(taint, "/key"), text(taint, "/effect")));
    let mut taints: Vec<Value> = items(node, "/spec/taints").cloned().collect();
    taints.retain(|taint| !ours.contains(&text(taint, "/key")) || called_for(taint));
    for (key, effect) in wanted {
        let there = |taint: &Value| text(taint, "/key") == *key && text(taint, "/effect") == *effect;
        if !taints.iter().any(there) {
            taints.push(json!({ "key": key, "effect": effect, "timeAdded": now }));
        }
    }
    match taints.is_empty() {
        true => drop(crate::json::remove(node, &["spec", "taints"])),
        false => set(node, &["spec", "taints"], taints),
    }
}

/// Lets pods go that do not bear these taints, each when it no longer does.
fn drive(world: &mut World, node: &str, taints: &[Taint]) {
    if taints.is_empty() {
        return;
    }
    let pods: Vec<_> = world.store.pods_on(node).cloned().collect();
    for pod in pods {
        if let Some(patience) = patience(&pod, taints) {
            work::enqueue_after(world, Work::Drive(pod_id(&pod)), patience);
        }
    }
}

/// How long a pod stays under these taints; none for as long as they stay.
fn patience(pod: &Object, taints: &[Taint]) -> Option<std::time::Duration> {
    if pod.summary.deleting || pod.body.contains(kubelet::pods::MIRROR) {
        return None;
    }
    let tolerations = Toleration::of(&pod.value());
    taints.iter().filter_map(|taint| stay(taint, &tolerations)).min()
}

/// A pod leaves a node whose taint it no longer bears. When the taint went meanwhile, it stays; when it went and came
/// again, it stays until its time is up anew.
pub(crate) fn drive_away(world: &mut World, id: &PodId) {
    let Some(pod) = lifecycle::pod(world, id) else { return };
    let Some(node) = pod.summary.node.as_ref() else { return };
    let Some(object) = world.store.value(&ObjectKey::new(Resource::NODES, "", node)) else { return };
    let tolerations = Toleration::of(&pod.value());
    let now = world.now();
    for taint in Taint::of(&object).iter().filter(|taint| taint.effect == Effect::NoExecute) {
        let Some(patience) = stay(taint, &tolerations) else { continue };
        let since = added(&object, taint).or_else(|| not_ready_since(&object)).unwrap_or(now);
        let stayed = std::time::Duration::try_from(now.duration_since(since)).unwrap_or_default();
        match patience.checked_sub(stayed).filter(|left| !left.is_zero()) {
            None => return lifecycle::delete(world, &id.key),
            Some(left) => work::enqueue_after(world, Work::Drive(id.clone()), left),
        }
    }
    let lost = minor(world) < TAINTS_THAT_DRIVE && not_ready_since(&object).is_some();
    let bears_all =
        borne(&Taint { key: UNREACHABLE.to_owned(), value: String::new(), effect: Effect::NoSchedule }, &tolerations);
    if lost && !bears_all {
        lifecycle::delete(world, &id.key);
    }
}

fn added(node: &Value, taint: &Taint) -> Option<jiff::Timestamp> {
    let mut taints = items(node, "/spec/taints");
    let found = taints.find(|one| text(one, "/key") == taint.key && text(one, "/effect") == "NoExecute")?;
    time::read(text(found, "/timeAdded"))
}

fn not_ready_since(node: &Value) -> Option<jiff::Timestamp> {
    let mut conditions = items(node, "/status/conditions");
    let ready = conditions.find(|one| text(one, "/type") == "Ready" && text(one, "/status") != "True")?;
    time::read(text(ready, "/lastTransitionTime"))
}

fn condition<'a>(node: &'a Value, kind: &str) -> &'a str {
    let mut conditions = items(node, "/status/conditions");
    conditions.find(|one| text(one, "/type") == kind).map_or("", |one| text(one, "/status"))
}
