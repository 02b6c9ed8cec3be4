//! From records to the state of the run.

use std::collections::BTreeMap;

use super::record::{Entry, HoldReason, How, OperationRef, Record};
use crate::ids::{ClusterUid, PlanDigest, RunId, StepId};

/// What the records say of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// The run.
    pub run: RunId,
    /// The plan it runs.
    pub plan: PlanDigest,
    /// The cluster.
    pub cluster: ClusterUid,
    /// Who ran it last.
    pub holder: String,
    /// The steps that were ever started.
    pub steps: BTreeMap<StepId, StepState>,
    /// Why it is held, while it is.
    pub held: Option<HoldReason>,
    /// Whether every step's goal held at the end.
    pub finished: bool,
    /// The number the next record must have.
    pub next_sequence: u64,
}

/// What the records say of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Started and not ended: after a crash, in doubt.
    Started {
        /// Which attempt.
        attempt: u32,
        /// The operation, once it has a name.
        operation: Option<OperationRef>,
    },
    /// Ended well.
    Finished {
        /// How.
        how: How,
    },
    /// Ended badly.
    Failed {
        /// Which attempt.
        attempt: u32,
        /// Its operation, which may still be going on when `in_doubt`.
        operation: Option<OperationRef>,
        /// Whether its effect may still be going on.
        in_doubt: bool,
    },
}

/// A sequence of records that no run could have written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {sequence} cannot follow: expected {expected}, found {found}")]
pub struct FoldError {
    /// The record's number.
    pub sequence: u64,
    /// What could have followed.
    pub expected: String,
    /// What was read.
    pub found: String,
}

/// Folds records into the state of the run.
///
/// # Errors
/// When the sequence is empty or illegal. Guessing would be worse than stopping.
pub fn fold(records: &[Record]) -> Result<RunState, FoldError> {
    let _ = records;
    Err(FoldError { sequence: 0, expected: "a run".to_owned(), found: "nothing".to_owned() })
}
