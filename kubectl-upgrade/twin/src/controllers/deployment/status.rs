//! The status of a Deployment.

use jiff::Timestamp;
use serde_json::Value;

use super::rollout::Bounds;
use super::sets;
use crate::controllers::conditions::{self, Condition};
use crate::controllers::replica_set::set_count;
use crate::controllers::template::{number, replicas};
use crate::json::{at, set, text};
use crate::store::ObjectKey;
use crate::time;
use crate::world::World;

/// What the ReplicaSets add up to.
struct Sum {
    all: u32,
    updated: u32,
    ready: u32,
    available: u32,
}

/// Brings the status up to date.
pub(crate) fn update(world: &mut World, key: &ObjectKey, newest: &ObjectKey) {
    let Some(deployment) = world.store.value(key) else { return };
    let mut sum = Sum { all: 0, updated: 0, ready: 0, available: 0 };
    for set in sets(world, &deployment) {
        let all = number(&set.value, "/status/replicas");
        sum.all += all;
        sum.updated += if set.key == *newest { all } else { 0 };
        sum.ready += number(&set.value, "/status/readyReplicas");
        sum.available += set.available;
    }
    let now = world.now();
    world.store.modify(key, |deployment| write(deployment, &sum, &newest.name, now));
}

fn write(deployment: &mut Value, sum: &Sum, newest: &str, now: Timestamp) {
    let wanted = replicas(deployment);
    let before = text_of_progress(deployment);
    let counts = [
        ("replicas", sum.all),
        ("updatedReplicas", sum.updated),
        ("readyReplicas", sum.ready),
        ("availableReplicas", sum.available),
        ("unavailableReplicas", sum.all.max(wanted).saturating_sub(sum.available)),
    ];
    for (field, count) in counts {
        set_count(deployment, field, usize::try_from(count).unwrap_or(usize::MAX));
    }
    let generation = at(deployment, "/metadata/generation").clone();
    set(deployment, &["status", "observedGeneration"], generation);
    let enough = sum.available >= Bounds::of(deployment, wanted).least();
    let available = match enough {
        true => Condition::is("Available")
            .because("MinimumReplicasAvailable")
            .saying("Deployment has minimum availability."),
        false => Condition::not("Available")
            .because("MinimumReplicasUnavailable")
            .saying("Deployment does not have minimum availability."),
    };
    conditions::set(deployment, available, now);
    let done = sum.updated == wanted && sum.all == wanted && sum.available == wanted;
    let progress = match done {
        true => Condition::is("Progressing")
            .because("NewReplicaSetAvailable")
            .saying(format!("ReplicaSet \"{newest}\" has successfully progressed.")),
        // What has come about stays said while pods come and go; a rollout says so anew.
        false if before == "NewReplicaSetAvailable" && sum.updated == wanted => return stamp(deployment, now),
        false => Condition::is("Progressing")
            .because("ReplicaSetUpdated")
            .saying(format!("ReplicaSet \"{newest}\" is progressing.")),
    };
    conditions::set(deployment, progress, now);
    stamp(deployment, now);
}

fn text_of_progress(deployment: &Value) -> String {
    let mut conditions = crate::json::items(deployment, "/status/conditions");
    let found = conditions.find(|one| text(one, "/type") == "Progressing");
    found.map_or("", |one| text(one, "/reason")).to_owned()
}

/// Deployments also say when a condition was last written.
fn stamp(deployment: &mut Value, now: Timestamp) {
    let now = time::seconds(now);
    let conditions = deployment.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        if at(condition, "/lastUpdateTime").is_null() {
            set(condition, &["lastUpdateTime"], now.clone());
        }
    }
}
