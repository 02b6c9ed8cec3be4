//! How many pods of each workload were available, at the worst moment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use upgrade_twin::Twin;
use upgrade_twin::json::at;
use upgrade_twin::store::{Change, Object, ObjectKey, Owner, Resource, Store};

/// What names a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadName {
    /// Its namespace.
    pub namespace: String,
    /// Its kind: `Deployment`, `StatefulSet` or `ReplicaSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for WorkloadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What was seen of a workload. A pod is available while it is ready and not ending, as controllers and budgets count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// How many pods it is to have.
    pub wanted: u64,
    /// How many were available when watching began.
    pub at_first: u64,
    /// How many are available now.
    pub now: u64,
    /// The fewest that were available at any moment.
    pub lowest: u64,
    /// For how long fewer were available than when watching began.
    pub below: Duration,
    /// Since when, as time in the cluster, fewer are.
    below_since: Option<Duration>,
}

/// Watches the workloads of a simulated cluster for as long as it lives. Pods of DaemonSets are left out: they go down
/// with their node by design.
pub struct Witness {
    twin: Twin,
    book: Arc<Mutex<Book>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Book {
    seen_to: u64,
    workloads: BTreeMap<WorkloadName, Availability>,
}

impl Witness {
    /// Begins to watch. Must be called inside the runtime of the cluster.
    #[must_use]
    pub fn of(twin: &Twin) -> Self {
        let book = Arc::new(Mutex::new(twin.with(|world| Book::open(&world.store))));
        let task = tokio::spawn(watch(twin.clone(), Arc::clone(&book)));
        Self { twin: twin.clone(), book, task }
    }

    /// What was seen so far.
    #[must_use]
    pub fn testimony(&self) -> BTreeMap<WorkloadName, Availability> {
        read(&self.twin, &self.book);
        let elapsed = self.twin.clock().elapsed();
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let until_now = |seen: &Availability| {
            let open = seen.below_since.map_or(Duration::ZERO, |since| elapsed.saturating_sub(since));
            Availability { below: seen.below + open, below_since: None, ..*seen }
        };
        book.workloads.iter().map(|(name, seen)| (name.clone(), until_now(seen))).collect()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(twin: Twin, book: Arc<Mutex<Book>>) {
    let mut versions = twin.versions();
    while versions.changed().await.is_ok() {
        read(&twin, &book);
    }
}

fn read(twin: &Twin, book: &Mutex<Book>) {
    let elapsed = twin.clock().elapsed();
    twin.with(|world| book.lock().unwrap_or_else(PoisonError::into_inner).follow(&world.store, elapsed));
}

impl Book {
    fn open(store: &Store) -> Self {
        let mut book = Self { seen_to: store.version(), workloads: BTreeMap::new() };
        for pod in store.list(Resource::PODS, None, None) {
            if let Some(name) = workload(store, pod) {
                book.entry(store, name).now += u64::from(available(pod));
            }
        }
        for seen in book.workloads.values_mut() {
            (seen.at_first, seen.lowest) = (seen.now, seen.now);
        }
        book
    }

    fn follow(&mut self, store: &Store, elapsed: Duration) {
        let Ok(changes) = store.since(self.seen_to) else { return self.start_over(store, elapsed) };
        for change in changes.filter(|change| change.object.key.resource == Resource::PODS) {
            self.change(store, change, elapsed);
        }
        self.seen_to = store.version();
    }

    /// More has changed than the store remembers: what was between is not known, what is now is.
    fn start_over(&mut self, store: &Store, elapsed: Duration) {
        let fresh = Self::open(store);
        self.seen_to = fresh.seen_to;
        for (name, now) in fresh.workloads {
            let seen = self.workloads.entry(name).or_insert(now);
            seen.set(now.now, elapsed);
        }
    }

    fn change(&mut self, store: &Store, change: &Change, elapsed: Duration) {
        let before = change.before.as_ref().is_some_and(|before| available(before));
        let after = !change.deleted && available(&change.object);
        if before == after {
            return;
        }
        let Some(name) = workload(store, &change.object) else { return };
        let seen = self.entry(store, name);
        let now = if after { seen.now + 1 } else { seen.now.saturating_sub(1) };
        seen.set(now, elapsed);
    }

    fn entry(&mut self, store: &Store, name: WorkloadName) -> &mut Availability {
        let wanted = || wanted(store, &name);
        let missing = (!self.workloads.contains_key(&name)).then(wanted);
        let seen = self.workloads.entry(name).or_default();
        if let Some(wanted) = missing {
            seen.wanted = wanted;
        }
        seen
    }
}

impl Availability {
    fn set(&mut self, now: u64, elapsed: Duration) {
        self.now = now;
        self.lowest = self.lowest.min(now);
        match (now < self.at_first, self.below_since) {
            (true, None) => self.below_since = Some(elapsed),
            (false, Some(since)) => {
                self.below += elapsed.saturating_sub(since);
                self.below_since = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}

fn available(pod: &Object) -> bool {
    pod.summary.ready && !pod.summary.deleting
}

/// The workload a pod belongs to: the Deployment behind its ReplicaSet where there is one.
fn workload(store: &Store, pod: &Object) -> Option<WorkloadName> {
    let namespace = &pod.key.namespace;
    let owner = pod.summary.owner.as_ref()?;
    let name = |owner: &Owner| WorkloadName {
        namespace: namespace.clone(),
        kind: owner.kind.clone(),
        name: owner.name.clone(),
    };
    match owner.kind.as_str() {
        "ReplicaSet" => {
            let set = store.get(&ObjectKey::new(Resource::REPLICA_SETS, namespace, &owner.name));
            Some(name(set.and_then(|set| set.summary.owner.as_ref()).unwrap_or(owner)))
        }
        "StatefulSet" => Some(name(owner)),
        _ => None,
    }
}

fn wanted(store: &Store, name: &WorkloadName) -> u64 {
    let resource = match name.kind.as_str() {
        "Deployment" => Resource::DEPLOYMENTS,
        "StatefulSet" => Resource::STATEFUL_SETS,
        _ => Resource::REPLICA_SETS,
    };
    let value = store.value(&ObjectKey::new(resource, &name.namespace, &name.name)).unwrap_or_default();
    // The API server's default.
    at(&value, "/spec/replicas").as_u64().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn owner(kind: &str, name: &str) -> Value {
        json!([{"kind": kind, "name": name, "uid": "u", "controller": true}])
    }

    fn pod(name: &str, ready: bool) -> Value {
        let status = if ready { "True" } else { "False" };
        json!({"metadata": {"namespace": "shop", "name": name, "ownerReferences": owner("ReplicaSet", "web-5d9")},
            "status": {"conditions": [{"type": "Ready", "status": status}]}})
    }

    #[test]
    fn the_worst_moment_of_a_workload_is_remembered() {
        let now = Timestamp::UNIX_EPOCH;
        let mut store = Store::default();
        let named = |name: &str| json!({"namespace": "shop", "name": name});
        store.create(Resource::DEPLOYMENTS, json!({"metadata": named("web"), "spec": {"replicas": 3}}), now).unwrap();
        let mut set = json!({"metadata": named("web-5d9")});
        set["metadata"]["ownerReferences"] = owner("Deployment", "web");
        store.create(Resource::REPLICA_SETS, set, now).unwrap();
        for name in ["a", "b", "c"] {
            store.create(Resource::PODS, pod(name, true), now).unwrap();
        }
        let mut book = Book::open(&store);
        let key = |name| ObjectKey::new(Resource::PODS, "shop", name);
        // One goes and one comes between two looks: the moment between counts all the same.
        store.remove(&key("a"));
        store.create(Resource::PODS, pod("d", true), now).unwrap();
        book.follow(&store, Duration::from_secs(10));
        store.modify(&key("b"), |pod| pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"));
        book.follow(&store, Duration::from_secs(20));
        store.remove(&key("b"));
        store.create(Resource::PODS, pod("e", true), now).unwrap();
        book.follow(&store, Duration::from_secs(50));
        let name = WorkloadName { namespace: "shop".into(), kind: "Deployment".into(), name: "web".into() };
        let expected = Availability {
            wanted: 3,
            at_first: 3,
            now: 3,
            lowest: 2,
            below: Duration::from_secs(30),
            below_since: None,
        };
        assert_eq!(book.workloads, BTreeMap::from([(name, expected)]));
    }
}
