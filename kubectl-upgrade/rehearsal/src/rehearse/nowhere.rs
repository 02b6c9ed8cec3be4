//! Pods that find no node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use upgrade_twin::Twin;
use upgrade_twin::json::{items, text};
use upgrade_twin::store::{Change, Object, ObjectKey, Resource, Store};

use crate::forecast::Lost;

/// A pod that waits for less is only slow.
const MOMENT: Duration = Duration::from_secs(10);

/// Looks out for pods without a node for as long as it lives.
pub(super) struct Watch {
    twin: Twin,
    book: Arc<Mutex<Book>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Book {
    seen_to: u64,
    /// Since when those that wait now do, by UID.
    waiting: BTreeMap<String, Duration>,
    lost: BTreeMap<String, Lost>,
}

impl Watch {
    /// Those that have no node already are none of the upgrade's.
    pub(super) fn of(twin: &Twin) -> Self {
        let seen_to = twin.with(|world| world.store.version());
        let book = Arc::new(Mutex::new(Book { seen_to, ..Book::default() }));
        let task = tokio::spawn(watch(twin.clone(), Arc::clone(&book)));
        Self { twin: twin.clone(), book, task }
    }

    /// By namespace and name of what they belong to.
    pub(super) fn seen(&self) -> BTreeMap<String, Lost> {
        read(&self.twin, &self.book);
        let now = self.twin.clock().elapsed();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        self.twin.with(|world| book.give_up(&world.store, now));
        book.lost.clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(twin: Twin, book: Arc<Mutex<Book>>) {
    let mut versions = twin.versions();
    loop {
        versions.changed().await;
        read(&twin, &book);
    }
}

fn read(twin: &Twin, book: &Mutex<Book>) {
    let now = twin.clock().elapsed();
    twin.with(|world| book.lock().unwrap_or_else(PoisonError::into_inner).follow(&world.store, now));
}

impl Book {
    fn follow(&mut self, store: &Store, now: Duration) {
        // More may have changed than the store remembers: what was between is not known then.
        for change in store.since(self.seen_to).into_iter().flatten() {
            if change.object.key.resource == Resource::PODS {
                self.change(store, change, now);
            }
        }
        self.seen_to = store.version();
    }

    fn change(&mut self, store: &Store, change: &Change, now: Duration) {
        let before = change.before.as_deref().filter(|pod| waits(pod));
        let after = !change.deleted && waits(&change.object);
        match (before, after) {
            (None, true) => {
                self.waiting.insert(change.object.summary.uid.clone(), now);
            }
            (Some(before), false) => self.settle(store, before, now),
            (None, false) | (Some(_), true) => {}
        }
    }

    /// A pod waits no longer, or is not looked at any longer.
    fn settle(&mut self, store: &Store, pod: &Object, now: Duration) {
        let Some(since) = self.waiting.remove(&pod.summary.uid) else { return };
        let waited = now.saturating_sub(since);
        if waited >= MOMENT {
            let lost = self.lost.entry(name(store, pod)).or_insert_with(|| Lost { why: why(pod), longest: waited });
            lost.longest = lost.longest.max(waited);
        }
    }

    /// Those that wait still.
    fn give_up(&mut self, store: &Store, now: Duration) {
        let pods: Vec<_> = store.list(Resource::PODS, None, None).filter(|pod| waits(pod)).cloned().collect();
        for pod in &pods {
            self.settle(store, pod, now);
        }
    }
}

fn waits(pod: &Object) -> bool {
    pod.summary.node.is_none() && !pod.summary.deleting
}

/// Pods of a controller change their names each time: the workload's is what a person knows.
fn name(store: &Store, pod: &Object) -> String {
    let namespace = &pod.key.namespace;
    let Some(owner) = &pod.summary.owner else { return format!("{namespace}/{}", pod.key.name) };
    let set = ObjectKey::new(Resource::REPLICA_SETS, namespace, &owner.name);
    let above = store.get(&set).filter(|_| owner.kind == "ReplicaSet").and_then(|set| set.summary.owner.as_ref());
    format!("{namespace}/{}", above.unwrap_or(owner).name)
}

fn why(pod: &Object) -> String {
    let value = pod.value();
    let mut conditions = items(&value, "/status/conditions");
    let scheduled = conditions.find(|condition| text(condition, "/type") == "PodScheduled");
    scheduled.map_or("not looked at by the scheduler", |condition| text(condition, "/message")).to_owned()
}
