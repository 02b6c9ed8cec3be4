//! What is asked of the engine, and what comes of it.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use upgrade_core::event::Event;
use upgrade_core::facts::Facts;
use upgrade_core::finding::FindingCode;
use upgrade_core::journal::Record;
use upgrade_core::plan::PlanFile;

use crate::clock::Clock;
use crate::ports::Ports;
use crate::store::RunDirectory;

/// A plan to run, with all that is needed to run it.
pub struct Request {
    /// Where the run keeps its journal.
    pub directory: RunDirectory,
    /// The plan agreed to.
    pub plan: PlanFile,
    /// The world.
    pub ports: Ports,
    /// The tables the gate decides by.
    pub facts: Arc<Facts>,
    /// From the start, or on from where it stopped.
    pub mode: Mode,
    /// Whether a lock that another run holds is taken over.
    pub takeover: bool,
    /// Who runs it: user and machine.
    pub holder: String,
    /// The tool's version.
    pub tool: String,
    /// Where the story is told. It may be dropped: the run goes on.
    pub events: mpsc::UnboundedSender<Event>,
    /// How urgently the person wants it to stop.
    pub stop: watch::Receiver<StopLevel>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// How a run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// For the first time; the journal must be empty.
    Start,
    /// On from what the journal says.
    Resume {
        /// Blockers accepted now, by name.
        accepted: Vec<FindingCode>,
    },
}

/// How urgently a run is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// It is not.
    Go,
    /// Finish what is under way, start nothing new (the first Ctrl-C).
    Finish,
    /// Stop waiting at once; what has begun goes on without anyone watching (the second Ctrl-C).
    Abandon,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every step's goal held.
    Finished,
    /// It stopped in a safe state and waits for a person; the [`upgrade_core::journal::Entry::Held`] record says why.
    Held(Record),
}
