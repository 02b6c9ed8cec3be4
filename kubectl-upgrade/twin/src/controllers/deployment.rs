//! Deployments: one ReplicaSet for each template there was, and a rollout from the old to the new.

mod rollout;
mod status;

use serde_json::{Value, json};

use super::replica_set;
use super::template::{self, TEMPLATE_HASH, living, number, replicas};
use crate::json::{at, set, text};
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// The annotation with the number of a template among those there were.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// A ReplicaSet of a Deployment.
#[derive(Clone, Debug)]
pub(super) struct Replicas {
    key: ObjectKey,
    value: Value,
    /// What it is asked for.
    wanted: u32,
    available: u32,
}

/// Takes the next step of a rollout, and brings the status up to date.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(deployment) = living(world, key) else { return };
    if at(&deployment, "/spec/paused") == &json!(true) && sets(world, &deployment).is_empty() {
        return;
    }
    let newest = newest(world, key, &deployment);
    let all = sets(world, &deployment);
    let (new, old): (Vec<_>, Vec<_>) = all.into_iter().partition(|set| set.key == newest);
    let Some(new) = new.into_iter().next() else { return };
    for (set, count) in rollout::step(world, &deployment, &new, &old) {
        scale(world, &set, count);
    }
    clean_up(world, &deployment, &new, &old);
    status::update(world, key, &newest);
}

/// The ReplicaSets of a Deployment, oldest first.
fn sets(world: &World, deployment: &Value) -> Vec<Replicas> {
    let owned = world.store.owned_by(text(deployment, "/metadata/uid"));
    let mut sets: Vec<Replicas> = owned
        .filter(|object| object.key.resource == Resource::REPLICA_SETS && !object.summary.deleting)
        .map(|object| {
            let value = object.value();
            Replicas {
                key: object.key.clone(),
                wanted: replicas(&value),
                available: number(&value, "/status/availableReplicas"),
                value,
            }
        })
        .collect();
    sets.sort_by_key(|set| (revision(&set.value), set.key.clone()));
    sets
}

fn revision(object: &Value) -> u64 {
    text(object, "/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap_or_default()
}

/// The ReplicaSet of the Deployment's template as it is now, made where there is none.
pub(crate) fn newest(world: &mut World, key: &ObjectKey, deployment: &Value) -> ObjectKey {
    let sets = sets(world, deployment);
    let last = sets.iter().map(|set| revision(&set.value)).max().unwrap_or_default();
    let found =
        sets.iter().find(|set| same_template(at(&set.value, "/spec/template"), at(deployment, "/spec/template")));
    let (set, number) = match found {
        Some(set) if revision(&set.value) == last => (set.key.clone(), last.max(1)),
        Some(set) => (set.key.clone(), last + 1),
        None => (create(world, deployment), last + 1),
    };
    for object in [&set, key] {
        world.store.modify(object, |object| {
            crate::json::set(object, &["metadata", "annotations", REVISION], number.to_string())
        });
    }
    set
}

/// Whether templates are the same but for the label that tells ReplicaSets apart.
fn same_template(of_set: &Value, of_deployment: &Value) -> bool {
    let mut stripped = of_set.clone();
    crate::json::remove(&mut stripped, &["metadata", "labels", TEMPLATE_HASH]);
    let mut other = of_deployment.clone();
    for template in [&mut stripped, &mut other] {
        crate::json::remove(template, &["metadata", "creationTimestamp"]);
    }
    stripped == other
}

/// Makes the ReplicaSet of the Deployment's template, of no pods yet.
fn create(world: &mut World, deployment: &Value) -> ObjectKey {
    let hash = template::hash(deployment);
    let name = format!("{}-{hash}", text(deployment, "/metadata/name"));
    let mut template = at(deployment, "/spec/template").clone();
    set(&mut template, &["metadata", "labels", TEMPLATE_HASH], hash.clone());
    let mut selector = at(deployment, "/spec/selector").clone();
    set(&mut selector, &["matchLabels", TEMPLATE_HASH], hash);
    let mut object = json!({
        "metadata": {
            "name": name,
            "namespace": text(deployment, "/metadata/namespace"),
            "labels": at(&template, "/metadata/labels"),
            "generation": 1,
            "ownerReferences": [template::owner("apps/v1", "Deployment", deployment)],
        },
        "spec": { "replicas": 0, "selector": selector, "template": template },
        "status": { "replicas": 0 },
    });
    let least = number(deployment, "/spec/minReadySeconds");
    if least > 0 {
        set(&mut object, &["spec", "minReadySeconds"], least);
    }
    let key = ObjectKey::of(Resource::REPLICA_SETS, &object);
    let now = world.now();
    // One of that name has the same template but for what admission changed: it serves.
    let _made = world.store.create(Resource::REPLICA_SETS, object, now);
    key
}

/// Asks a ReplicaSet for another number of pods.
pub(crate) fn scale(world: &mut World, set: &ObjectKey, count: u32) {
    world.store.modify(set, |object| {
        if replicas(object) != count {
            crate::json::set(object, &["spec", "replicas"], count);
            let generation = at(object, "/metadata/generation").as_u64().unwrap_or(1) + 1;
            crate::json::set(object, &["metadata", "generation"], generation);
        }
    });
}

/// Forgets the oldest templates beyond the history to be kept, once the rollout is over.
fn clean_up(world: &mut World, deployment: &Value, new: &Replicas, old: &[Replicas]) {
    let done = new.available >= replicas(deployment);
    let kept = at(deployment, "/spec/revisionHistoryLimit").as_u64().unwrap_or(10);
    let kept = usize::try_from(kept).unwrap_or(usize::MAX);
    let idle: Vec<_> =
        old.iter().filter(|set| set.wanted == 0 && number(&set.value, "/status/replicas") == 0).collect();
    if done && idle.len() > kept {
        for set in idle.iter().take(idle.len() - kept) {
            super::lifecycle::delete(world, &set.key);
        }
    }
}

/// The pods of a ReplicaSet that are neither ended nor going.
fn pods_of(world: &World, set: &Value) -> usize {
    replica_set::active(world, text(set, "/metadata/uid")).len()
}
