//! One process of a run: from its start to its end, or to the plug being pulled.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use upgrade_core::event::Event;
use upgrade_core::ids::RunId;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::PlanFile;
use upgrade_engine::{Mode, Outcome, Request, RunDirectory, RunStore, StopLevel};

use super::Scene;
use crate::case::Plug;

/// How a session ended.
pub(super) enum Ended {
    Finished,
    /// The plug was pulled.
    Killed,
    Held(String),
    /// The run could not be begun, or its journal not be kept.
    Error(String),
}

/// The sessions of one run.
pub(super) struct Session {
    store: RunStore,
    directory: RunDirectory,
    plan: PlanFile,
    /// When the plug is still to be pulled, in order.
    to_come: VecDeque<Plug>,
    seen: usize,
    began: bool,
    pub(super) kills: usize,
    pub(super) resumes: usize,
}

impl Session {
    pub(super) fn new(store: RunStore, run: &RunId, plan: PlanFile, plugs: &[Plug]) -> Self {
        let directory = made(&store, run, &plan);
        let to_come = plugs.iter().copied().collect();
        Self { store, directory, plan, to_come, seen: 0, began: false, kills: 0, resumes: 0 }
    }

    pub(super) fn records(&self) -> Vec<Record> {
        self.directory.records().expect("a journal that was just written is sound")
    }

    /// Runs until it ends or is killed.
    pub(super) async fn go(&mut self, scene: &mut Scene<'_>) -> Ended {
        let (events, mut told) = mpsc::unbounded_channel();
        // Kept: a run whose stop signal is gone would never be asked to stop.
        let (_stop, stopped) = watch::channel(StopLevel::Go);
        let mode = if self.began { Mode::Resume { accepted: Vec::new() } } else { Mode::Start };
        let request = Request {
            directory: self.directory.clone(),
            plan: self.plan.clone(),
            ports: scene.stage.ports(&scene.side, &self.directory.run, "simulation"),
            facts: Arc::clone(&scene.facts),
            mode,
            takeover: false,
            holder: "simulation".to_owned(),
            tool: "simulation".to_owned(),
            events,
            stop: stopped,
            clock: Arc::clone(&scene.stage.clock),
        };
        let mut engine = Box::pin(upgrade_engine::execute(request));
        let mut plug = Box::pin(pulled(self.to_come.front().copied()));
        let outcome = loop {
            tokio::select! {
                biased;
                Some(event) = told.recv() => if self.hear(scene, &event) {
                    return self.killed(scene);
                },
                () = &mut plug => return self.killed(scene),
                outcome = &mut engine => break outcome,
            }
        };
        while let Ok(event) = told.try_recv() {
            self.hear(scene, &event);
        }
        match outcome {
            Ok(Outcome::Finished) => Ended::Finished,
            Ok(Outcome::Held(record)) => {
                self.resumes += 1;
                Ended::Held(why(&record))
            }
            Err(error) => self.refused(scene, &error),
        }
    }

    fn killed(&mut self, scene: &mut Scene<'_>) -> Ended {
        self.to_come.pop_front();
        self.kills += 1;
        scene.say("killed");
        Ended::Killed
    }

    /// Takes note of an event; true when the plug is to be pulled now.
    fn hear(&mut self, scene: &mut Scene<'_>, event: &Event) -> bool {
        scene.say(&format!("{event:?}"));
        if !matches!(event, Event::Recorded(_)) {
            return false;
        }
        self.began = true;
        self.seen += 1;
        matches!(self.to_come.front(), Some(Plug::Record(record)) if *record <= self.seen)
    }

    /// A run that could not begin, for the API was away when it asked for the lock, is started again by the person.
    fn refused(&mut self, scene: &mut Scene<'_>, error: &upgrade_engine::EngineError) -> Ended {
        scene.say(&format!("not begun: {error:?}"));
        self.resumes += 1;
        match error {
            upgrade_engine::EngineError::Lock(upgrade_provider::LockError::Port(_)) => {
                if !self.began {
                    // Refused before its first record, it left nothing behind.
                    self.directory = made(&self.store, &self.directory.run, &self.plan);
                }
                Ended::Held("lock not asked".to_owned())
            }
            other => Ended::Error(other.to_string()),
        }
    }
}

fn made(store: &RunStore, run: &RunId, plan: &PlanFile) -> RunDirectory {
    store.create(plan, run, &serde_json::Value::Null).expect("there is no run of that name")
}

/// Returns when it is time to pull the plug.
async fn pulled(plug: Option<Plug>) {
    match plug {
        Some(Plug::After(duration)) => tokio::time::sleep(duration).await,
        Some(Plug::Record(_)) | None => std::future::pending().await,
    }
}

/// Why it holds, to count by: the reason and the kind of step.
fn why(record: &Record) -> String {
    match &record.entry {
        Entry::Held { reason, found, .. } => format!("{reason:?}: {}", plain(found.first())),
        _ => "no reason".to_owned(),
    }
}

/// The first words, without names and numbers.
fn plain(found: Option<&String>) -> String {
    let words = found.map(String::as_str).unwrap_or_default().split_whitespace();
    let words = words.filter(|word| word.chars().all(|char| char.is_ascii_alphabetic()));
    words.take(8).collect::<Vec<_>>().join(" ")
}
