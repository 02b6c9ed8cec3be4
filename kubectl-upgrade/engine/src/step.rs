//! One step: gate, then act, then see the goal.

use upgrade_core::gate;
use upgrade_core::journal::{Entry, How, OperationRef, StepState};
use upgrade_core::plan::{Carrier, Step};

use crate::attempt::{Attempt, Judge};
use crate::context::Run;
use crate::gate::{Pass, left_traces};
use crate::look::Blind;
use crate::signals::Heed;
use crate::trouble::{Break, Trouble};

/// How an attempt starts.
enum Start {
    /// With a record of its own.
    Anew(u32),
    /// It was announced before and never got a name; it is begun under the same key, so that it is begun once.
    Again(u32),
}

impl Run {
    /// Takes the step, or finds that there is nothing to do.
    pub(crate) async fn step(&self, step: &Step) -> Result<(), Break> {
        match self.gate(step, None).await? {
            Pass::AlreadyDone => self.found_done(step, step.goal.iter().map(ToString::to_string).collect()),
            Pass::Ready | Pass::Begun => {
                let (attempt, how) = match self.start(step)? {
                    Start::Anew(attempt) => {
                        self.record(Entry::StepStarted { step: step.id, attempt })?;
                        (attempt, How::Done)
                    }
                    Start::Again(attempt) => (attempt, How::Done),
                };
                self.carry_out(&self.attempt(step, attempt, how, Judge::Gate)).await
            }
        }
    }

    /// Writes down that there is nothing to do.
    pub(crate) fn found_done(&self, step: &Step, observed: Vec<String>) -> Result<(), Break> {
        let how = match self.state().steps.get(&step.id) {
            Some(StepState::Started { .. }) => How::TakenUpAgain,
            Some(StepState::Finished { .. } | StepState::Failed { .. }) | None => How::AlreadyDone,
        };
        self.record(Entry::StepFinished { step: step.id, how, observed })?;
        Ok(())
    }

    /// Sees a step through whose operation on a host or in a cloud may be going on with nobody watching. Where the host has no trace
    /// of it nothing is done: the step's own turn comes.
    pub(crate) async fn settle(&self, step: &Step) -> Result<(), Break> {
        let (attempt, operation) = match self.state().steps.get(&step.id) {
            Some(StepState::Started { attempt, operation }) => (*attempt, operation.clone()),
            Some(StepState::Failed { attempt, operation, in_doubt: true }) => (*attempt, operation.clone()),
            Some(StepState::Failed { in_doubt: false, .. } | StepState::Finished { .. }) | None => return Ok(()),
        };
        if matches!(step.action.carrier(), Carrier::Cluster | Carrier::Person) {
            return Ok(());
        }
        let attempt = self.attempt(step, attempt, How::TakenUpAgain, Judge::Gate);
        if let Some(operation) = operation {
            return self.take_up(&attempt, &operation).await;
        }
        // A cloud cannot be asked whether it was begun without beginning it: its gate waits while the cloud is busy, and
        // the same key then finds it again.
        if step.action.carrier() == Carrier::Cloud {
            return Ok(());
        }
        if self.began(&attempt).await? { self.reattach(&attempt).await } else { Ok(()) }
    }

    pub(crate) fn attempt<'a>(&self, step: &'a Step, attempt: u32, how: How, judge: Judge) -> Attempt<'a> {
        Attempt { step, key: self.key(step, attempt), how, deadline: self.deadline(step), judge }
    }

    fn start(&self, step: &Step) -> Result<Start, Break> {
        let state = self.state();
        let next = state.attempt(step.id).saturating_add(1);
        match state.steps.get(&step.id) {
            Some(
                StepState::Started { attempt, operation: None }
                | StepState::Failed { attempt, operation: None, in_doubt: true },
            ) if step.action.carrier() != Carrier::Cluster => Ok(Start::Again(*attempt)),
            Some(StepState::Started { .. }) => {
                let error = "interrupted; what it was to reach was looked at anew and does not hold".to_owned();
                self.record(Entry::StepFailed { step: step.id, error, in_doubt: false })?;
                Ok(Start::Anew(next))
            }
            Some(StepState::Failed { .. } | StepState::Finished { .. }) | None => Ok(Start::Anew(next)),
        }
    }

    /// Whether the host has a trace of the attempt.
    async fn began(&self, attempt: &Attempt<'_>) -> Result<bool, Break> {
        let scope = gate::scope(attempt.step, Some(attempt.key.clone()));
        match self.look(Some(attempt.step.id), &scope, attempt.deadline, Heed::Any).await {
            Ok(fresh) => Ok(left_traces(&fresh)),
            Err(Blind::Stopped) => Err(Break::Stop),
            Err(Blind::Error(error)) => Err(Break::Hold(Trouble::blind(Some(attempt.step.id), &error))),
        }
    }

    /// Asks for the name of an operation that has begun, which begins nothing, and takes it up.
    async fn reattach(&self, attempt: &Attempt<'_>) -> Result<(), Break> {
        let operation: OperationRef = self.begin(attempt).await?;
        self.record(Entry::OperationBegun { step: attempt.step.id, operation: operation.clone() })?;
        self.take_up(attempt, &operation).await
    }
}
