//! From records to the state of the run.

use std::collections::BTreeMap;

use super::record::{Entry, HoldReason, How, OperationRef, Record};
use super::rules;
use crate::finding::FindingCode;
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
    /// Every blocker accepted on resuming.
    pub accepted: Vec<FindingCode>,
    /// The steps that were ever started or found done.
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
        /// The last attempt; 0 when its goal held before the first.
        attempt: u32,
        /// How.
        how: How,
        /// The number of the record that says so: a step that finished before an earlier one of its lane was done
        /// again is not finished any more.
        sequence: u64,
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

impl StepState {
    /// The last attempt; 0 when it was never started.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        match self {
            Self::Started { attempt, .. } | Self::Finished { attempt, .. } | Self::Failed { attempt, .. } => *attempt,
        }
    }

    /// Whether its effect may be going on with nobody watching.
    #[must_use]
    pub const fn in_doubt(&self) -> bool {
        match self {
            Self::Started { .. } => true,
            Self::Finished { .. } => false,
            Self::Failed { in_doubt, .. } => *in_doubt,
        }
    }
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
    let Some((first, rest)) = records.split_first() else {
        return Err(FoldError { sequence: 0, expected: "the start of a run".to_owned(), found: "nothing".to_owned() });
    };
    let mut state = begin(first)?;
    rest.iter().try_for_each(|record| state.follow(record))?;
    Ok(state)
}

fn begin(first: &Record) -> Result<RunState, FoldError> {
    match &first.entry {
        Entry::RunStarted { run, plan, cluster, holder, tool: _ } if first.sequence == 0 => Ok(RunState {
            run: run.clone(),
            plan: plan.clone(),
            cluster: cluster.clone(),
            holder: holder.clone(),
            accepted: Vec::new(),
            steps: BTreeMap::new(),
            held: None,
            finished: false,
            next_sequence: 1,
        }),
        found => Err(rules::error(first.sequence, "the start of a run as record 0", found)),
    }
}

impl RunState {
    /// Whether the record can follow.
    ///
    /// # Errors
    /// When no run could have written that record now.
    pub fn admit(&self, record: &Record) -> Result<(), FoldError> {
        rules::check(self, record)
    }

    /// Becomes the state after one more record.
    ///
    /// # Errors
    /// When no run could have written that record now; the state is then as it was.
    pub fn follow(&mut self, record: &Record) -> Result<(), FoldError> {
        self.admit(record)?;
        self.next_sequence = record.sequence.saturating_add(1);
        match &record.entry {
            // The rules allow a start as the first record only, which `begin` takes.
            Entry::RunStarted { .. } | Entry::Output { .. } => {}
            Entry::RunResumed { holder, accepted } => self.resume(holder, accepted),
            Entry::StepStarted { step, attempt } => {
                self.steps.insert(*step, StepState::Started { attempt: *attempt, operation: None });
            }
            Entry::OperationBegun { step, operation } => {
                let attempt = self.attempt(*step);
                self.steps.insert(*step, StepState::Started { attempt, operation: Some(operation.clone()) });
            }
            Entry::StepFinished { step, how, observed: _ } => {
                let state = StepState::Finished { attempt: self.attempt(*step), how: *how, sequence: record.sequence };
                self.steps.insert(*step, state);
            }
            Entry::StepFailed { step, error: _, in_doubt } => self.fail(*step, *in_doubt),
            Entry::Held { reason, .. } => self.held = Some(*reason),
            Entry::RunFinished => self.finished = true,
        }
        Ok(())
    }

    /// The last attempt of a step; 0 when it was never started.
    #[must_use]
    pub fn attempt(&self, step: StepId) -> u32 {
        self.steps.get(&step).map_or(0, StepState::attempt)
    }

    fn resume(&mut self, holder: &str, accepted: &[FindingCode]) {
        holder.clone_into(&mut self.holder);
        self.held = None;
        for code in accepted {
            if !self.accepted.contains(code) {
                self.accepted.push(*code);
            }
        }
    }

    fn fail(&mut self, step: StepId, in_doubt: bool) {
        let operation = match self.steps.get(&step) {
            Some(StepState::Started { operation, .. } | StepState::Failed { operation, .. }) => operation.clone(),
            Some(StepState::Finished { .. }) | None => None,
        };
        self.steps.insert(step, StepState::Failed { attempt: self.attempt(step), operation, in_doubt });
    }
}
