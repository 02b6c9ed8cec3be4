//! Plays a plan on a copy of its cluster, several times, in virtual time.

mod nowhere;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use upgrade_core::facts::Facts;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::PlanFile;
use upgrade_engine::{EngineError, Mode, Outcome, Request, RunStore, StopLevel, StoreError, run_id};
use upgrade_provider::Provider;
use upgrade_twin::blueprint::{Blueprint, BlueprintError};

use crate::drains::DrainBook;
use crate::forecast::{Hold, Rehearsal};
use crate::stage::Stage;
use crate::workloads::workloads;

/// Who runs a rehearsal, in its journal.
const HOLDER: &str = "rehearsal";

/// What to rehearse, on what, and how often.
pub struct Program<'a> {
    /// The copy.
    pub blueprint: &'a Blueprint,
    /// The plan, exactly as it would be run.
    pub plan: &'a PlanFile,
    /// The tables the gates decide by.
    pub facts: Arc<Facts>,
    /// Makes the provider that works on the copy.
    pub provider: &'a (dyn Fn(&Stage) -> Provider + Sync),
    /// A directory for the journals; they are read, not kept.
    pub scratch: &'a Path,
    /// How often; each time with other chance.
    pub times: u64,
    /// How many side by side.
    pub threads: usize,
}

/// Why there was no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The copy contradicts itself.
    #[error("failed to set up the copy")]
    Blueprint(#[from] BlueprintError),
    /// There is no room for its journal.
    #[error("failed to keep the rehearsal's journal")]
    Store(#[from] StoreError),
    /// The run could not be begun, or its journal not be kept.
    #[error("failed to rehearse")]
    Engine(#[from] EngineError),
    /// The system has no room for a runtime, or for a journal.
    #[error("failed to find room for the rehearsal")]
    Room(#[from] std::io::Error),
}

/// A place for the journals of rehearsals, which goes when it is dropped. They are synced like those of real runs; in
/// memory, where there is such a place, that costs nothing.
///
/// # Errors
/// When no directory can be made.
pub fn scratch() -> std::io::Result<TempDir> {
    const MEMORY: &str = "/dev/shm";
    let named = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("kubectl-upgrade-rehearsal-");
        builder
    };
    named().tempdir_in(MEMORY).or_else(|_| named().tempdir())
}

impl<'a> Program<'a> {
    /// The same program, to be changed.
    pub(crate) fn again(&self) -> Program<'a> {
        Program { facts: Arc::clone(&self.facts), ..*self }
    }

    /// Rehearses, and tells after each time how many are done.
    ///
    /// # Errors
    /// The first that any of them met.
    pub fn play(&self, done: &(dyn Fn(u64) + Sync)) -> Result<Vec<Rehearsal>, RehearsalError> {
        let (next, ended) = (AtomicU64::new(0), AtomicU64::new(0));
        let played = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed) + 1;
                        if seed > self.times {
                            return;
                        }
                        let rehearsal = self.once(seed);
                        played.lock().unwrap_or_else(PoisonError::into_inner).push((seed, rehearsal));
                        done(ended.fetch_add(1, Ordering::Relaxed) + 1);
                    }
                });
            }
        });
        let mut played = played.into_inner().unwrap_or_else(PoisonError::into_inner);
        played.sort_by_key(|(seed, _)| *seed);
        played.into_iter().map(|(_, rehearsal)| rehearsal).collect()
    }

    fn once(&self, seed: u64) -> Result<Rehearsal, RehearsalError> {
        crate::pace::runtime()?.block_on(Box::pin(self.story(seed)))
    }

    async fn story(&self, seed: u64) -> Result<Rehearsal, RehearsalError> {
        let stage = Stage::open(self.blueprint, seed)?;
        let provider = (self.provider)(&stage);
        let run = run_id(stage.clock.now(), &self.plan.digest);
        let root = self.scratch.join(seed.to_string());
        let directory = RunStore::at(root.clone()).create(self.plan, &run, &serde_json::Value::Null)?;
        let mut ports = stage.ports(&provider, &run, HOLDER);
        let drains = Arc::new(DrainBook::over(ports.cluster, stage.clock.clone()));
        ports.cluster = drains.clone();
        // A cloud drains the nodes that it replaces.
        let replaced = Arc::new(DrainBook::over(ports.provider, stage.clock.clone()));
        ports.provider = replaced.clone();
        let nowhere = nowhere::Watch::of(&stage.twin);
        let (events, _) = mpsc::unbounded_channel();
        // Kept for as long as the run lasts: nobody asks it to stop.
        let (_stop, stopped) = watch::channel(StopLevel::Go);
        let request = Request {
            directory: directory.clone(),
            plan: self.plan.clone(),
            ports,
            facts: Arc::clone(&self.facts),
            mode: Mode::Start,
            takeover: false,
            holder: HOLDER.to_owned(),
            tool: HOLDER.to_owned(),
            events,
            stop: stopped,
            clock: stage.clock.clone(),
        };
        let began = stage.clock.elapsed();
        let outcome = upgrade_engine::execute(request).await?;
        let took = stage.clock.elapsed().saturating_sub(began);
        let moved = stage.twin.with(|world| world.witness.evicted);
        let rehearsal =
            Rehearsal { held: held(&outcome), took, nowhere: nowhere.seen(), moved, ..Rehearsal::default() };
        let rehearsal =
            Rehearsal { availability: workloads(&stage.twin), ..rehearsal.with_drains(&drains).with_drains(&replaced) };
        let records = directory.records()?;
        // The plan of a large cluster is large, and each rehearsal's directory has a copy of it.
        std::fs::remove_dir_all(&root)?;
        Ok(rehearsal.timed(&self.plan.plan, &records))
    }
}

impl Rehearsal {
    fn with_drains(mut self, drains: &DrainBook) -> Self {
        for (refused, wait) in drains.notes().into_values().flat_map(|notes| notes.waits) {
            *self.waits.entry(refused).or_default() += wait;
        }
        self
    }
}

fn held(outcome: &Outcome) -> Option<Hold> {
    let Outcome::Held(Record { entry: Entry::Held { reason, step, found, .. }, .. }) = outcome else { return None };
    Some(Hold { reason: *reason, step: *step, found: found.clone() })
}
