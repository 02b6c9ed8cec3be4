//! DaemonSets: one pod on every node that takes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::lifecycle;
use super::revisions;
use super::scheduler::{NodeChoice, NodeView};
use super::taints::{Effect, Toleration, borne};
use super::template::{self, REVISION_HASH, generated_name, living};
use crate::json::{at, items, set, text};
use crate::quantity::{Rounding, scaled};
use crate::store::{Object, ObjectKey};
use crate::world::World;

/// Brings pods onto nodes and off them, takes the next step of an update, and brings the status up to date.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(set) = living(world, key) else { return };
    let revision = revision(world, &set);
    let plan = Plan::of(world, &set);
    let mut going = plan.misplaced.clone();
    if text(&set, "/spec/updateStrategy/type") != "OnDelete" {
        going.extend(plan.outdated(&set, &revision));
    }
    for node in &plan.missing {
        let pod = pod_for(world, &set, node, &revision);
        template::create(world, pod);
    }
    for pod in &going {
        lifecycle::delete(world, pod);
    }
    // What was done changes what there is, and brings this here again.
    world.store.modify(key, |set| plan.write_status(set, &revision));
}

/// The name of the template as it is now. Of a set that comes with pods, that of most of them.
pub(crate) fn revision(world: &mut World, set: &Value) -> String {
    let uid = text(set, "/metadata/uid").to_owned();
    revisions::of(world, set, |world| {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for pod in world.store.owned_by(&uid) {
            if let Some(hash) = pod.summary.labels.get(REVISION_HASH) {
                *counts.entry(hash).or_default() += 1;
            }
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(hash, _)| hash.clone())
    })
}

/// What there is and what is missing.
struct Plan {
    /// The pod of each node that is to have one.
    placed: BTreeMap<String, Arc<Object>>,
    missing: Vec<String>,
    misplaced: Vec<ObjectKey>,
}

impl Plan {
    fn of(world: &World, set: &Value) -> Self {
        let target = Target::of(set);
        let mut by_node: BTreeMap<String, Vec<Arc<Object>>> = BTreeMap::new();
        for pod in world.store.owned_by(text(set, "/metadata/uid")) {
            let node = pod.summary.node.clone();
            let node = node.or_else(|| NodeChoice::of(&pod.value()).only().map(str::to_owned));
            by_node.entry(node.unwrap_or_default()).or_default().push(Arc::clone(pod));
        }
        let mut plan = Self { placed: BTreeMap::new(), missing: Vec::new(), misplaced: Vec::new() };
        for (name, node) in &world.controllers.index.nodes {
            let mut pods = by_node.remove(name).unwrap_or_default();
            let ended = pods.iter().filter(|pod| pod.ended() && !pod.summary.deleting);
            plan.misplaced.extend(ended.map(|pod| pod.key.clone()));
            pods.retain(|pod| !pod.ended());
            // One that is going holds its node until it has gone.
            let kept = pods.iter().position(|pod| !pod.summary.deleting).unwrap_or_default();
            let kept = (!pods.is_empty()).then(|| pods.swap_remove(kept));
            let surplus = pods.iter().filter(|pod| !pod.summary.deleting);
            plan.misplaced.extend(surplus.map(|pod| pod.key.clone()));
            match kept {
                Some(pod) if target.keeps(name, node) => drop(plan.placed.insert(name.clone(), pod)),
                Some(pod) if pod.summary.deleting => {}
                Some(pod) => plan.misplaced.push(pod.key.clone()),
                None if target.takes(name, node) => plan.missing.push(name.clone()),
                None => {}
            }
        }
        plan
    }

    /// The pods of an older template that may go now.
    fn outdated(&self, set: &Value, revision: &str) -> Vec<ObjectKey> {
        let desired = u32::try_from(self.placed.len() + self.missing.len()).unwrap_or(u32::MAX);
        let most = at(set, "/spec/updateStrategy/rollingUpdate/maxUnavailable");
        let most = scaled(most, desired, Rounding::Up).unwrap_or(1).max(1);
        let down = self.placed.values().filter(|pod| !pod.summary.ready || pod.summary.deleting).count();
        let mut room = usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(down + self.missing.len());
        let mut going = Vec::new();
        for pod in self.placed.values().filter(|pod| !pod.summary.deleting && !is_of(pod, revision)) {
            if !pod.summary.ready {
                going.push(pod.key.clone());
            } else if room > 0 {
                room -= 1;
                going.push(pod.key.clone());
            }
        }
        going
    }

    fn write_status(&self, object: &mut Value, revision: &str) {
        let desired = self.placed.len() + self.missing.len();
        let ready = self.placed.values().filter(|pod| pod.summary.ready).count();
        let updated = self.placed.values().filter(|pod| is_of(pod, revision)).count();
        let counts = [
            ("desiredNumberScheduled", desired),
            ("currentNumberScheduled", self.placed.len()),
            ("numberReady", ready),
            ("numberMisscheduled", self.misplaced.len()),
        ];
        for (field, count) in counts {
            set(object, &["status", field], count);
        }
        for (field, count) in
            [("numberAvailable", ready), ("updatedNumberScheduled", updated), ("numberUnavailable", desired - ready)]
        {
            super::replica_set::set_count(object, field, count);
        }
        let generation = at(object, "/metadata/generation").clone();
        set(object, &["status", "observedGeneration"], generation);
    }
}

fn is_of(pod: &Object, revision: &str) -> bool {
    pod.summary.labels.get(REVISION_HASH).is_some_and(|hash| hash == revision)
}

/// Which nodes a DaemonSet goes to.
struct Target {
    choice: NodeChoice,
    tolerations: Vec<Toleration>,
}

impl Target {
    fn of(set: &Value) -> Self {
        let mut pod = at(set, "/spec/template").clone();
        tolerate(&mut pod);
        Self { choice: NodeChoice::of(&pod), tolerations: Toleration::of(&pod) }
    }

    fn takes(&self, name: &str, node: &NodeView) -> bool {
        let bears = || {
            node.taints.iter().all(|taint| taint.effect == Effect::PreferNoSchedule || borne(taint, &self.tolerations))
        };
        self.choice.accepts(name, &node.labels) && bears()
    }

    fn keeps(&self, name: &str, node: &NodeView) -> bool {
        let mut driving = node.taints.iter().filter(|taint| taint.effect == Effect::NoExecute);
        self.choice.accepts(name, &node.labels) && driving.all(|taint| borne(taint, &self.tolerations))
    }
}

/// What the pods of every DaemonSet bear: the states of nodes, and cordons.
fn tolerate(pod: &mut Value) {
    let mut tolerations: Vec<Value> = items(pod, "/spec/tolerations").cloned().collect();
    let of_state = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    for (key, effect) in of_state {
        let key = format!("node.kubernetes.io/{key}");
        tolerations.push(json!({ "key": key, "operator": "Exists", "effect": effect }));
    }
    set(pod, &["spec", "tolerations"], tolerations);
}

/// The pod of a DaemonSet for a node.
pub(crate) fn pod_for(world: &mut World, daemon_set: &Value, node: &str, revision: &str) -> Value {
    let name = generated_name(world, text(daemon_set, "/metadata/name"));
    let mut pod = template::pod(daemon_set, template::owner("apps/v1", "DaemonSet", daemon_set), &name);
    tolerate(&mut pod);
    set(&mut pod, &["metadata", "labels", REVISION_HASH], revision);
    let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
    let pointer = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let required = crate::json::object(&mut pod, &pointer);
    let terms = required.entry("nodeSelectorTerms").or_insert_with(|| json!([{}]));
    for term in terms.as_array_mut().into_iter().flatten() {
        set(term, &["matchFields"], json!([field]));
    }
    pod
}

/// The nodes that are to have a pod of the set and have none.
pub(crate) fn missing(world: &World, set: &Value) -> Vec<String> {
    Plan::of(world, set).missing
}
