//! Which record can follow which.

use super::fold::{FoldError, RunState, StepState};
use super::record::{Entry, How, Record};
use crate::ids::StepId;

/// Says whether a run in that state could have written the record.
pub(super) fn check(state: &RunState, record: &Record) -> Result<(), FoldError> {
    let expect = |legal: bool, expected: &str| {
        if legal { Ok(()) } else { Err(error(record.sequence, expected, &record.entry)) }
    };
    expect(record.sequence == state.next_sequence, &format!("record {}", state.next_sequence))?;
    expect(!state.finished, "nothing after the end of the run")?;
    let resumes = matches!(record.entry, Entry::RunResumed { .. });
    expect(state.held.is_none() || resumes, "the run to be resumed after it held")?;
    match &record.entry {
        Entry::RunStarted { .. } => expect(false, "a run to start once"),
        Entry::RunResumed { .. } | Entry::Held { .. } => Ok(()),
        Entry::StepStarted { step, attempt } => {
            expect(!under_way(state, *step), "the attempt under way to end first")?;
            let next = state.attempt(*step).saturating_add(1);
            expect(*attempt == next, &format!("attempt {next} of step {step}"))
        }
        Entry::OperationBegun { step, .. } | Entry::Output { step, .. } | Entry::StepFailed { step, .. } => {
            expect(open(state, *step), &format!("step {step} to be started first"))
        }
        Entry::StepFinished { step, how, .. } => match how {
            How::AlreadyDone => expect(!under_way(state, *step), "the attempt under way to end first"),
            How::Done | How::TakenUpAgain => expect(open(state, *step), &format!("step {step} to be started first")),
        },
        Entry::RunFinished => {
            let ended = state.steps.values().all(|step| matches!(step, StepState::Finished { .. }));
            expect(ended, "every started step to be finished first")
        }
    }
}

/// Whether the step has an attempt that nothing was said about since it started.
fn under_way(state: &RunState, step: StepId) -> bool {
    matches!(state.steps.get(&step), Some(StepState::Started { .. }))
}

/// Whether the step has an attempt that something may still be heard of: one under way, or one given up in doubt.
fn open(state: &RunState, step: StepId) -> bool {
    state.steps.get(&step).is_some_and(StepState::in_doubt)
}

pub(super) fn error(sequence: u64, expected: &str, found: &Entry) -> FoldError {
    FoldError { sequence, expected: expected.to_owned(), found: name(found) }
}

fn name(entry: &Entry) -> String {
    match entry {
        Entry::RunStarted { run, .. } => format!("the start of run {run}"),
        Entry::RunResumed { .. } => "the run resumed".to_owned(),
        Entry::StepStarted { step, attempt } => format!("attempt {attempt} of step {step} started"),
        Entry::OperationBegun { step, .. } => format!("an operation of step {step} begun"),
        Entry::Output { step, .. } => format!("output of step {step}"),
        Entry::StepFinished { step, .. } => format!("step {step} finished"),
        Entry::StepFailed { step, .. } => format!("step {step} failed"),
        Entry::Held { .. } => "the run held".to_owned(),
        Entry::RunFinished => "the end of the run".to_owned(),
    }
}
