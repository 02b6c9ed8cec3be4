//! What an API server knows of itself, as far as the world tells: its command line and when it started.

use jiff::{SignedDuration, Timestamp};

use crate::json::{items, text};
use crate::store::{ObjectKey, Resource};
use crate::world::World;

/// When the API server of a host started: as its mirror pod says, or with the world.
pub(super) fn started(world: &World, host: &str) -> Timestamp {
    let pod = world.store.value(&mirror(host)).unwrap_or_default();
    let container = items(&pod, "/status/containerStatuses").next();
    let running = container.map(|container| text(container, "/state/running/startedAt")).unwrap_or_default();
    running.parse().or_else(|_| text(&pod, "/status/startTime").parse()).unwrap_or_else(|_| epoch(world))
}

/// The flags that the API server of a host was started with.
pub(super) fn flags(world: &World, host: &str) -> Vec<(String, String)> {
    let pod = world.store.value(&mirror(host)).unwrap_or_default();
    items(&pod, "/spec/containers/0/command")
        .filter_map(|word| word.as_str()?.strip_prefix("--"))
        .map(|flag| flag.split_once('=').unwrap_or((flag, "true")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn mirror(host: &str) -> ObjectKey {
    ObjectKey::new(Resource::PODS, "kube-system", &format!("kube-apiserver-{host}"))
}

fn epoch(world: &World) -> Timestamp {
    let passed = SignedDuration::try_from(world.clock().elapsed()).unwrap_or(SignedDuration::MAX);
    world.now().checked_sub(passed).unwrap_or(Timestamp::MIN)
}
