//! One record of the journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::FindingCode;
use crate::ids::{ClusterUid, PlanDigest, RunId, StepId};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Counted from 0 without gaps.
    pub sequence: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    pub entry: Entry,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// The run began. Always the first record.
    RunStarted {
        /// The run.
        run: RunId,
        /// The plan agreed to.
        plan: PlanDigest,
        /// The cluster.
        cluster: ClusterUid,
        /// Who runs it: user and machine.
        holder: String,
        /// The tool's version.
        tool: String,
    },
    /// The run was taken up again after a hold, a signal or a crash.
    RunResumed {
        /// Who runs it now.
        holder: String,
        /// Blockers accepted on resuming.
        accepted: Vec<FindingCode>,
    },
    /// The gate let the step pass; its effect may have begun from here on.
    StepStarted {
        /// The step.
        step: StepId,
        /// Counted from 1; more after a failure and a resume.
        attempt: u32,
    },
    /// The step's operation has a name by which it can be found again.
    OperationBegun {
        /// The step.
        step: StepId,
        /// Its name.
        operation: OperationRef,
    },
    /// What a command printed, bounded, without secrets.
    Output {
        /// The step.
        step: StepId,
        /// Its last lines.
        text: String,
    },
    /// The step's goal was observed.
    StepFinished {
        /// The step.
        step: StepId,
        /// How it came to hold.
        how: How,
        /// What was observed, in words; for a backup: where it is.
        observed: Vec<String>,
    },
    /// The step failed, or its outcome is in doubt.
    StepFailed {
        /// The step.
        step: StepId,
        /// What was expected and what was found.
        error: String,
        /// Whether its effect may still be going on.
        in_doubt: bool,
    },
    /// The run stopped in a safe state and waits for a person.
    Held {
        /// Why.
        reason: HoldReason,
        /// The step it stopped at.
        step: Option<StepId>,
        /// What was found, in words.
        found: Vec<String>,
        /// The state everything is in now.
        state: Vec<String>,
        /// What to type next.
        next: Vec<String>,
    },
    /// Every step's goal holds. Always the last record.
    RunFinished,
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldReason {
    /// A gate refused by a rule.
    Blocked,
    /// The world is not as the plan expects.
    Drifted,
    /// A step failed.
    Failed,
    /// A signal.
    Interrupted,
    /// The lock was lost to someone else.
    LockLost,
}

/// How a step's goal came to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It held before the step did anything.
    AlreadyDone,
    /// This run did it.
    Done,
    /// An operation begun before a crash was found again and ended well.
    TakenUpAgain,
}

/// The name by which an operation can be found again: a systemd unit, a cloud operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationRef(pub String);
