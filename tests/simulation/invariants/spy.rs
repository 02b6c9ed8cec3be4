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
use super::room::Room;
use crate::case::Case;

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
    /// Where a cloud replaces nodes, and nothing else takes any away.
    room: Option<Room>,
    /// Whether nobody but the tool takes anything away here.
    quiet: bool,
    /// The hosts of the control plane that did not serve when it was last looked.
    away: usize,
    broken: Vec<String>,
}

/// Where pods were bound, and when.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pods: BTreeMap<ObjectKey, Vec<(Timestamp, String)>>,
    /// The pool of each node there ever was.
    pools: BTreeMap<String, String>,
}

impl Spy {
    /// Begins to watch.
    pub(crate) fn of(twin: &Twin, plan: &Plan, case: &Case) -> Self {
        let quiet = case.is_quiet();
        let book = twin.with(|world| {
            let mut places = Places::default();
            let now = world.now();
            for resource in [Resource::PODS, Resource::NODES] {
                world.store.list(resource, None, None).for_each(|object| places.see(object, now));
            }
            Book {
                seen_to: world.store.version(),
                picture: Picture::of(
                    resources().flat_map(|resource| world.store.list(resource, None, None)),
                    managed(world),
                    plan,
                ),
                budgets: Budgets::of(&world.store),
                places,
                room: Room::of(world, plan).filter(|_| quiet && case.machines_come()),
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
        broken.extend(self.picture.serve(managed(world)));
        match world.store.since(self.seen_to) {
            Ok(changes) => {
                for change in changes {
                    broken.extend(self.picture.follow(change, self.quiet));
                    let pod = &change.object.key;
                    let forced = || world.witness.forced.iter().any(|one| one.pod == *pod);
                    broken.extend(self.budgets.follow(change).into_iter().filter(|_| self.quiet && !forced()));
                    self.places.see(&change.object, now);
                }
            }
            Err(_) => broken.push("more changed at once than the store remembers".to_owned()),
        }
        broken.extend(self.room.as_mut().into_iter().filter_map(|room| room.look(world)));
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

/// The minors of the API servers, where a cloud runs them.
fn managed(world: &World) -> BTreeMap<String, u16> {
    let servers = world.control_plane.servers.iter().filter(|_| world.cloud.is_some());
    servers.map(|(name, server)| (name.clone(), server.version.minor().minor)).collect()
}

/// The labels by which clouds tell the pools of nodes.
const POOLS: [&str; 3] = ["eks.amazonaws.com/nodegroup", "cloud.google.com/gke-nodepool", "agentpool"];

impl Places {
    fn see(&mut self, object: &Object, now: Timestamp) {
        if object.key.resource == Resource::NODES {
            let pool = POOLS.iter().find_map(|label| object.summary.labels.get(*label));
            self.pools.extend(pool.map(|pool| (object.key.name.clone(), pool.clone())));
        }
        let Some(node) = object.summary.node.as_ref().filter(|_| object.key.resource == Resource::PODS) else { return };
        let known = self.pods.entry(object.key.clone()).or_default();
        if known.last().is_none_or(|(_, last)| last != node) {
            known.push((now, node.clone()));
        }
    }

    /// The pool that a node is of, or was.
    pub(super) fn pool(&self, node: &str) -> Option<&str> {
        self.pools.get(node).map(String::as_str)
    }

    /// The node that a pod of that name was on then.
    pub(super) fn of(&self, namespace: &str, pod: &str, at: Timestamp) -> Option<&str> {
        let known = self.pods.get(&ObjectKey::new(Resource::PODS, namespace, pod))?;
        known.iter().rev().find(|(since, _)| *since <= at).map(|(_, node)| node.as_str())
    }
}
