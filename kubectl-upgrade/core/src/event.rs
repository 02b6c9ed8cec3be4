//! The one stream a run tells its story through.
//!
//! Reporters turn events into bars, lines or JSON; `status` replays the records of a journal through the same
//! reporters. The engine knows none of them.

use serde::{Deserialize, Serialize};

use crate::ids::{NodeName, ObjectName, StepId};
use crate::journal::Record;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A record was written to the journal.
    Recorded(Record),
    /// A step under way got on. Not kept.
    Progress(Progress),
    /// Something is waited for before or within a step. Not kept.
    Waiting {
        /// The step; none between steps.
        step: Option<StepId>,
        /// What for.
        reasons: Vec<String>,
    },
}

/// How far a step under way has got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The step.
    pub step: StepId,
    /// In words: the last line a command printed, what a drain waits for.
    pub text: String,
    /// So many of `total`, where there is something to count.
    pub done: Option<u32>,
    /// Of so many.
    pub total: Option<u32>,
}

/// A pod that a drain could not evict, and who refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedPod {
    /// The pod.
    pub pod: ObjectName,
    /// Its node.
    pub node: NodeName,
    /// The budgets that cover it.
    pub budgets: Vec<String>,
    /// The refusal, as the server worded it.
    pub refusal: String,
}
