//! How many pods of each workload were available, and when fewest.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::Origin;
use crate::store::{Change, Object, ObjectKey, Owner, Resource};
use crate::world::World;

/// What makes pods: a Deployment, StatefulSet, DaemonSet, or what else controls pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadName {
    /// Its namespace.
    pub namespace: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for WorkloadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// The lowest availability of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lowest {
    /// How many pods were ready and not on their way out.
    pub available: u32,
    /// When there were first so few; none when there never were fewer than when time began.
    pub at: Option<Timestamp>,
    /// How many there were when time began.
    pub at_first: u32,
    below: Duration,
    below_since: Option<Timestamp>,
}

impl Lowest {
    /// For how long, until now, there were fewer than when time began.
    #[must_use]
    pub fn below(&self, now: Timestamp) -> Duration {
        self.below + self.below_since.map_or(Duration::ZERO, |since| between(since, now))
    }
}

fn between(since: Timestamp, until: Timestamp) -> Duration {
    until.duration_since(since).try_into().unwrap_or_default()
}

/// The workloads seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Workloads {
    by_name: BTreeMap<WorkloadName, Count>,
    /// The workload behind each controller of pods, by its UID: a ReplicaSet may be gone when its pods go.
    by_controller: BTreeMap<String, WorkloadName>,
}

#[derive(Clone, Debug, Default)]
struct Count {
    now: u32,
    first: u32,
    lowest: Option<(u32, Timestamp)>,
    below: Duration,
    below_since: Option<Timestamp>,
}

impl Count {
    fn set(&mut self, now: u32, at: Timestamp) {
        self.now = now;
        if self.lowest.is_none_or(|(lowest, _)| now < lowest) {
            self.lowest = Some((now, at));
        }
        match (now < self.first, self.below_since) {
            (true, None) => self.below_since = Some(at),
            (false, Some(since)) => {
                self.below += between(since, at);
                self.below_since = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}

impl Workloads {
    pub(super) fn lowest(&self) -> impl Iterator<Item = (&WorkloadName, Lowest)> {
        self.by_name.iter().map(|(name, count)| {
            let (available, at) = match count.lowest {
                Some((lowest, at)) if lowest < count.first => (lowest, Some(at)),
                Some(_) | None => (count.first, None),
            };
            let Count { first: at_first, below, below_since, .. } = *count;
            (name, Lowest { available, at, at_first, below, below_since })
        })
    }
}

/// Sees a change of a pod.
pub(super) fn see(world: &mut World, change: &Change, origin: Origin) {
    let was = change.before.as_deref().is_some_and(available);
    let is = !change.deleted && available(&change.object);
    if was == is {
        return;
    }
    let Some(owner) = &change.object.summary.owner else { return };
    let name = name(world, &change.object, owner);
    let now = world.now();
    let count = world.witness.workloads.by_name.entry(name).or_default();
    let available = if is { count.now + 1 } else { count.now.saturating_sub(1) };
    match origin {
        Origin::Before => (count.now, count.first) = (available, available),
        Origin::Client | Origin::Cluster => count.set(available, now),
    }
}

fn available(pod: &Object) -> bool {
    pod.summary.ready && !pod.summary.deleting
}

fn name(world: &mut World, pod: &Object, owner: &Owner) -> WorkloadName {
    if let Some(name) = world.witness.workloads.by_controller.get(&owner.uid) {
        return name.clone();
    }
    let set = ObjectKey::new(Resource::REPLICA_SETS, &pod.key.namespace, &owner.name);
    let above = match owner.kind.as_str() {
        "ReplicaSet" => world.store.get(&set).and_then(|set| set.summary.owner.clone()),
        _ => None,
    };
    let top = above.as_ref().unwrap_or(owner);
    let name = WorkloadName { namespace: pod.key.namespace.clone(), kind: top.kind.clone(), name: top.name.clone() };
    world.witness.workloads.by_controller.insert(owner.uid.clone(), name.clone());
    name
}
