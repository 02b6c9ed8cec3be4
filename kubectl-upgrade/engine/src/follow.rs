//! Following an operation to its end.

use std::time::Duration;

use upgrade_core::event::Progress;
use upgrade_core::journal::{Entry, OperationRef};
use upgrade_provider::{OperationStatus, PortError};

use crate::attempt::{Attempt, Failure, heed};
use crate::context::Run;
use crate::look::PATIENCE;
use crate::observe::{with_hint, with_sources};
use crate::standing::standing;
use crate::trouble::Break;

/// The least time between two polls: one that answers at once must not become a storm of requests.
const BREATH: Duration = Duration::from_millis(200);

/// How an operation ended.
pub(crate) enum Followed {
    /// Well, with what is worth keeping of it.
    Succeeded(Vec<String>),
    /// Badly, or nobody can tell.
    Failed(Failure),
}

/// What an operation said last, and when.
struct Said {
    status: Option<OperationStatus>,
    at: Duration,
    /// Since when nobody could be asked.
    silent_since: Option<Duration>,
}

impl Run {
    /// Polls until the operation ends, its time is up, or it says nothing new for too long.
    pub(crate) async fn follow(&self, attempt: &Attempt<'_>, operation: &OperationRef) -> Result<Followed, Break> {
        let step = attempt.step;
        let mut said = Said { status: None, at: self.clock.elapsed(), silent_since: None };
        loop {
            let asked = self.clock.elapsed();
            let patience = PATIENCE.min(attempt.deadline.saturating_sub(asked)).max(BREATH);
            let answer = tokio::select! {
                biased;
                () = self.signals.come(heed(step)) => return Err(self.interrupt(step)),
                answer = self.ports.backend(step).poll(step, operation, patience) => answer,
            };
            match answer {
                Ok(status @ OperationStatus::Running { .. }) => self.going_on(attempt, status, &mut said),
                Ok(OperationStatus::Succeeded { output, observed }) => {
                    self.keep_output(attempt, output)?;
                    return Ok(Followed::Succeeded(observed));
                }
                Ok(OperationStatus::Failed { output, error, hint }) => {
                    self.keep_output(attempt, output)?;
                    return Ok(Followed::Failed(Failure { error, in_doubt: false, hint }));
                }
                Ok(OperationStatus::Unknown) => return Ok(Followed::Failed(lost(operation))),
                Err(error) if self.backend_may_pass(step, error.kind) => {
                    // Silence of the line is not silence of the operation.
                    said.at = self.clock.elapsed();
                    self.waiting(Some(step.id), vec![with_hint(&error)]);
                    let silent = said.at.saturating_sub(*said.silent_since.get_or_insert(asked));
                    self.pause((silent / 4).clamp(BREATH, PATIENCE), heed(step)).await;
                }
                Err(error) => return Ok(Followed::Failed(unanswered(&error))),
            }
            if let Some(failure) = self.out_of_time(attempt, &said) {
                return Ok(Followed::Failed(failure));
            }
            self.clock.sleep(BREATH.saturating_sub(self.clock.elapsed().saturating_sub(asked))).await;
        }
    }

    fn going_on(&self, attempt: &Attempt<'_>, status: OperationStatus, said: &mut Said) {
        said.silent_since = None;
        if said.status.as_ref() == Some(&status) {
            return;
        }
        if let OperationStatus::Running { text, done, total, blocked } = &status {
            let text = standing(text, blocked);
            self.progress(Progress { step: attempt.step.id, text, done: *done, total: *total });
        }
        *said = Said { status: Some(status), at: self.clock.elapsed(), silent_since: None };
    }

    fn keep_output(&self, attempt: &Attempt<'_>, text: String) -> Result<(), Break> {
        if !text.is_empty() {
            self.record(Entry::Output { step: attempt.step.id, text })?;
        }
        Ok(())
    }

    fn out_of_time(&self, attempt: &Attempt<'_>, said: &Said) -> Option<Failure> {
        let limits = attempt.step.limits;
        let late = self.passed(attempt.deadline);
        let quiet = self.passed(said.at + Duration::from_secs(limits.quiet_s.into()));
        let expected = match (late, quiet) {
            (true, _) => format!("expected it to end within {} s", limits.deadline_s),
            (false, true) => format!("expected progress within {} s", limits.quiet_s),
            (false, false) => return None,
        };
        let found = match &said.status {
            Some(OperationStatus::Running { text, blocked, .. }) => standing(text, blocked),
            Some(_) | None => "no answer".to_owned(),
        };
        // A drain evicts only while it is asked how it stands; a command on a host and a cloud go on by themselves.
        let in_doubt = attempt.step.action.carrier().goes_on_by_itself();
        Some(Failure { error: format!("{expected}, found it going on: {found}"), in_doubt, hint: None })
    }
}

fn lost(operation: &OperationRef) -> Failure {
    Failure::certain(format!("expected a trace of {}, found none: it never began or the host lost it", operation.0))
}

fn unanswered(error: &PortError) -> Failure {
    Failure { error: with_sources(error), in_doubt: true, hint: error.hint.clone() }
}
