//! The state of the simulated world, and what is going to happen in it.
//!
//! Everything that changes by itself is an event at a moment of the twin's time. Events run one after another under one
//! lock, in order of time and of their making, so that a story depends on the seed and on the requests alone.

mod control_plane;
mod queue;
pub(crate) mod witness;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

pub use control_plane::{ApiServer, ControlPlane};
pub use witness::{BrokenBudget, Cordon, Forced, Lowest, MostDown, Running, Witness, WorkloadName};

use crate::api;
use crate::blueprint::Blueprint;
use crate::clock::TwinClock;
use crate::clouds::CloudWorld;
use crate::controllers;
use crate::faults::Faults;
use crate::hosts::Host;
use crate::random::Random;
use crate::store::{Snapshot, Store};
use crate::tempo::{Span, Tempo};
use queue::Queue;
use witness::Origin;

/// The simulated world.
pub struct World {
    /// The objects of the API.
    pub store: Store,
    /// What the API keeps beside the objects.
    pub api: api::State,
    /// The API servers, one for each host of the control plane.
    pub control_plane: ControlPlane,
    /// The hosts, by the name of their node.
    pub hosts: BTreeMap<String, Host>,
    /// What the cloud knows of the cluster, where one runs it.
    pub cloud: Option<CloudWorld>,
    /// How long things take.
    pub tempo: Tempo,
    /// What fails on purpose.
    pub faults: Faults,
    /// Chance.
    pub random: Random,
    /// What the controllers keep between events.
    pub controllers: controllers::State,
    /// What was seen of the whole story, for tests of its invariants.
    pub witness: Witness,
    /// The snapshots that were taken of the store, by its version then: what the files of snapshots stand for.
    pub(crate) snapshots: BTreeMap<u64, Snapshot>,
    clock: TwinClock,
    queue: Queue,
}

impl World {
    /// An empty world at the blueprint's epoch.
    pub(crate) fn empty(blueprint: &Blueprint, seed: u64) -> Self {
        Self {
            store: Store::default(),
            api: api::State::default(),
            control_plane: ControlPlane::default(),
            hosts: BTreeMap::new(),
            cloud: None,
            tempo: blueprint.tempo.clone(),
            faults: blueprint.faults.clone(),
            random: Random::seeded(seed),
            controllers: controllers::State::default(),
            witness: Witness::default(),
            snapshots: BTreeMap::new(),
            clock: TwinClock::starting(blueprint.epoch),
            queue: Queue::default(),
        }
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> TwinClock {
        self.clock
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets something happen after a while.
    pub fn after(&mut self, delay: Duration, happening: impl FnOnce(&mut Self) + Send + 'static) {
        self.queue.push(self.clock.elapsed() + delay, Box::new(happening));
    }

    /// Lets something happen after a while drawn from the span.
    pub fn within(&mut self, span: Span, happening: impl FnOnce(&mut Self) + Send + 'static) {
        let delay = self.random.within(span);
        self.after(delay, happening);
    }

    /// When the next event is due, as time since the epoch.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.queue.next_due()
    }

    /// Sets what moves all the time to where it stands by now; to be called before anyone looks.
    pub(crate) fn refresh(&mut self) {
        controllers::heartbeat::beat(self);
    }

    /// Lets everything happen that is due, and tells the controllers what changed.
    pub(crate) fn catch_up(&mut self) {
        // What changed since events last ran was changed by those who look at the world: clients.
        self.tell(Origin::Client);
        while let Some(happening) = self.queue.pop_due(self.clock.elapsed()) {
            happening(self);
            self.tell(Origin::Cluster);
        }
    }

    fn tell(&mut self, origin: Origin) {
        for change in self.store.take_untold() {
            witness::see(self, &change, origin);
            controllers::notice(self, &change);
        }
    }
}
