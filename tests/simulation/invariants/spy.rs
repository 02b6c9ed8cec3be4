//! Watches every change of a cluster as it happens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::task::JoinHandle;
use upgrade_core::plan::Plan;
use upgrade_twin::Twin;
use upgrade_twin::store::{Object, ObjectKey, Resource};
use upgrade_twin::world::World;

use super::budgets::Budgets;
use super::picture::Picture;

/// So many broken promises are kept.
const KEPT: usize = 50;

/// Watches for as long as it lives.
pub(crate) struct Spy {
    twin: Twin,
    book: Arc<Mutex<Book>>,
    task: JoinHandle<()>,
}

struct Book {
    seen_to: u64,
    picture: Picture,
    budgets: Budgets,
    places: Places,
    /// Whether nobody but the tool takes anything away here.
    quiet: bool,
    /// The hosts of the control plane that did not serve when it was last looked.
    away: usize,
    broken: Vec<String>,
}

/// Where pods were bound, and when.
#[derive(Debug, Default)]
pub(crate) struct Places(BTreeMap<ObjectKey, Vec<(Timestamp, String)>>);

impl Spy {
    /// Begins to watch. With `quiet`, nobody but the tool takes pods, nodes or API servers away.
    pub(crate) fn of(twin: &Twin, plan: &Plan, quiet: bool) -> Self {
        let book = twin.with(|world| {
            let mut places = Places::default();
            let now = world.now();
            world.store.list(Resource::PODS, None, None).for_each(|pod| places.see(pod, now));
            Book {
                seen_to: world.store.version(),
                picture: Picture::of(resources().flat_map(|resource| world.store.list(resource, None, None)), plan),
                budgets: Budgets::of(&world.store),
                places,
                quiet,
                away: 0,
                broken: Vec::new(),
            }
        });
        let book = Arc::new(Mutex::new(book));
        let task = tokio::spawn(watch(twin.clone(), Arc::clone(&book)));
        Self { twin: twin.clone(), book, task }
    }

    /// Every promise that was broken so far.
    pub(crate) fn broken(&self) -> Vec<String> {
        self.book().broken.clone()
    }

    /// Where pods were.
    pub(super) fn with_places<T>(&self, look: impl FnOnce(&Places) -> T) -> T {
        look(&self.book().places)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        read(&self.twin, &self.book);
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn resources() -> impl Iterator<Item = Resource> {
    [Resource::NODES, Resource::PODS, Resource::DAEMON_SETS].into_iter()
}

async fn watch(twin: Twin, book: Arc<Mutex<Book>>) {
    let mut versions = twin.versions();
    loop {
        versions.changed().await;
        read(&twin, &book);
    }
}

fn read(twin: &Twin, book: &Mutex<Book>) {
    twin.with(|world| book.lock().unwrap_or_else(PoisonError::into_inner).read(world));
}

impl Book {
    fn read(&mut self, world: &World) {
        let now = world.now();
        let mut broken = self.servers(world);
        match world.store.since(self.seen_to) {
            Ok(changes) => {
                for change in changes {
                    broken.extend(self.picture.follow(change, self.quiet));
                    broken.extend(self.budgets.follow(change).into_iter().filter(|_| self.quiet));
                    self.places.see(&change.object, now);
                }
            }
            Err(_) => broken.push("more changed at once than the store remembers".to_owned()),
        }
        self.seen_to = world.store.version();
        let room = KEPT.saturating_sub(self.broken.len());
        self.broken.extend(broken.into_iter().take(room).map(|what| format!("{now} {what}")));
    }

    /// Never are two hosts of the control plane down at once.
    fn servers(&mut self, world: &World) -> Vec<String> {
        let servers = &world.control_plane.servers;
        let away: Vec<&String> = servers.iter().filter(|(_, server)| !server.serving).map(|(host, _)| host).collect();
        let before = std::mem::replace(&mut self.away, away.len());
        let worse = self.quiet && away.len() > 1 && away.len() > before;
        if worse { vec![format!("the API servers on {away:?} are away at once")] } else { Vec::new() }
    }
}

impl Places {
    fn see(&mut self, object: &Object, now: Timestamp) {
        let Some(node) = object.summary.node.as_ref().filter(|_| object.key.resource == Resource::PODS) else { return };
        let known = self.0.entry(object.key.clone()).or_default();
        if known.last().is_none_or(|(_, last)| last != node) {
            known.push((now, node.clone()));
        }
    }

    /// The node that a pod of that name was on then.
    pub(super) fn of(&self, namespace: &str, pod: &str, at: Timestamp) -> Option<&str> {
        let known = self.0.get(&ObjectKey::new(Resource::PODS, namespace, pod))?;
        known.iter().rev().find(|(since, _)| *since <= at).map(|(_, node)| node.as_str())
    }
}
