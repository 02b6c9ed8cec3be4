//! Jobs: pods until enough of them have succeeded.

use serde_json::Value;

use super::conditions::{self, Condition};
use super::replica_set::{active, set_count};
use super::template::{self, generated_name, living};
use crate::json::{at, set, text};
use crate::store::ObjectKey;
use crate::time;
use crate::world::World;

/// Starts the pods that are still missing, and says how far the Job is.
pub(crate) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(job) = living(world, key) else { return };
    let uid = text(&job, "/metadata/uid");
    let count = |pointer: &str| at(&job, pointer).as_u64().and_then(|count| usize::try_from(count).ok());
    let parallel = count("/spec/parallelism").unwrap_or(1);
    let wanted = count("/spec/completions").unwrap_or(1);
    let succeeded = world.store.owned_by(uid).filter(|pod| pod.summary.phase == "Succeeded").count();
    let counted = count("/status/succeeded").unwrap_or_default().max(succeeded);
    let running = active(world, uid).len();
    let missing = if counted >= wanted { 0 } else { parallel.min(wanted - counted).saturating_sub(running) };
    for _ in 0..missing {
        let name = generated_name(world, &key.name);
        let pod = template::pod(&job, template::owner("batch/v1", "Job", &job), &name);
        template::create(world, pod);
    }
    let now = world.now();
    let active = active(world, uid);
    let ready = active.iter().filter(|pod| pod.summary.ready).count();
    world.store.modify(key, |job| {
        set_count(job, "active", active.len());
        set_count(job, "ready", ready);
        set_count(job, "succeeded", counted);
        if counted >= wanted {
            finish(job, &time::seconds(now), now);
        }
    });
}

fn finish(job: &mut Value, time: &str, now: jiff::Timestamp) {
    if at(job, "/status/completionTime").is_null() {
        set(job, &["status", "completionTime"], time);
    }
    conditions::set(job, Condition::is("Complete"), now);
}
