//! Why a lane stops before its end.

use upgrade_core::gate::{Block, Difference};
use upgrade_core::ids::StepId;
use upgrade_core::journal::{FoldError, HoldReason};
use upgrade_core::plan::Step;
use upgrade_provider::PortError;

use crate::error::EngineError;
use crate::journal::JournalError;
use crate::observe::with_sources;

/// What ends a lane early.
#[derive(Debug)]
pub(crate) enum Break {
    /// Something outside the lane: a signal, the lock, another lane.
    Stop,
    /// Something the lane met.
    Hold(Trouble),
    /// The journal cannot be kept.
    Engine(EngineError),
}

/// What a lane met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) reason: HoldReason,
    pub(crate) step: Option<StepId>,
    /// What was expected and what was found, in words.
    pub(crate) found: Vec<String>,
    /// What to type next.
    pub(crate) next: Vec<String>,
}

impl From<JournalError> for Break {
    fn from(error: JournalError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<FoldError> for Break {
    fn from(error: FoldError) -> Self {
        Self::Engine(error.into())
    }
}

impl Trouble {
    /// A rule forbids the step.
    pub(crate) fn blocked(step: &Step, blocks: &[Block]) -> Self {
        let found = blocks.iter().map(|block| format!("{}: {}", block.rule, block.found)).collect();
        let next = blocks.iter().filter_map(|block| block.remedy.clone()).collect();
        Self { reason: HoldReason::Blocked, step: Some(step.id), found, next }
    }

    /// What the step waited for did not come.
    pub(crate) fn waited(step: &Step, reasons: &[String]) -> Self {
        let still = reasons.iter().map(|reason| format!("still after {} s: {reason}", step.limits.deadline_s));
        Self { reason: HoldReason::Blocked, step: Some(step.id), found: still.collect(), next: Vec::new() }
    }

    /// The world is not as the plan expects.
    pub(crate) fn drifted(step: Option<StepId>, differences: &[Difference]) -> Self {
        let found = differences.iter().map(difference).collect();
        Self { reason: HoldReason::Drifted, step, found, next: vec!["kubectl upgrade plan".to_owned()] }
    }

    /// The world could not be looked at.
    pub(crate) fn blind(step: Option<StepId>, error: &PortError) -> Self {
        let next = error.hint.iter().cloned().collect();
        Self { reason: HoldReason::Blocked, step, found: vec![with_sources(error)], next }
    }
}

/// `expected X, found Y`.
pub(crate) fn difference(difference: &Difference) -> String {
    format!("expected {}, found {}", difference.expected, difference.found)
}
