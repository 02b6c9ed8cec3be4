//! One attempt at a step: begin it, follow it, see its goal.

use std::time::Duration;

use upgrade_core::gate;
use upgrade_core::journal::{Entry, HoldReason, How, OperationRef};
use upgrade_core::plan::{Action, Carrier, CloudAction, Step};
use upgrade_core::scope::OperationKey;
use upgrade_provider::{ErrorKind, PortError};

use crate::context::Run;
use crate::follow::Followed;
use crate::gate::Pass;
use crate::look::{Blind, outline};
use crate::observe::{with_hint, with_sources};
use crate::request::StopLevel;
use crate::signals::Heed;
use crate::trouble::{Break, Trouble, difference};

/// An attempt whose start is in the journal.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) step: &'a Step,
    pub(crate) key: OperationKey,
    pub(crate) how: How,
    /// When its time is up.
    pub(crate) deadline: Duration,
    /// Who decides whether it may be begun again when the first call stayed without an answer.
    pub(crate) judge: Judge,
}

/// Who decides about beginning again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judge {
    /// The gate, on the state as it is then.
    Gate,
    /// Nobody: it is a clean-up, which has been decided and is harmless to repeat.
    CleanUp,
}

/// What is known of an attempt that failed.
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) in_doubt: bool,
    pub(crate) hint: Option<String>,
}

impl Run {
    /// Begins the attempt and sees it through.
    pub(crate) async fn carry_out(&self, attempt: &Attempt<'_>) -> Result<(), Break> {
        let _restarting = self.restarting(attempt.step);
        if attempt.step.action.rewinds() {
            self.keeper.rewinds();
        }
        let operation = self.begin(attempt).await?;
        self.record(Entry::OperationBegun { step: attempt.step.id, operation: operation.clone() })?;
        match self.follow(attempt, &operation).await? {
            Followed::Succeeded(observed) => self.conclude(attempt, observed).await,
            Followed::Failed(failure) => {
                let failure = self.with_kept_pods(attempt.step, failure).await;
                Err(self.fail(attempt.step, failure))
            }
        }
    }

    /// A cloud that could not empty a node seldom says why: what the cluster shows of it is added.
    async fn with_kept_pods(&self, step: &Step, failure: Failure) -> Failure {
        if !matches!(step.action, Action::Cloud(CloudAction::UpgradePool { .. } | CloudAction::RollbackPool { .. })) {
            return failure;
        }
        let seen = self.ports.observer.observe(&gate::scope(step, None)).await;
        // That nothing could be seen must not hide what failed.
        match seen.ok().and_then(|seen| gate::kept(step, &seen)) {
            Some(kept) => Failure { error: format!("{}; {kept}", failure.error), ..failure },
            None => failure,
        }
    }

    /// Sees an operation through that was begun before. An operation that ended badly is written down as failed, and
    /// whether it is tried again is left to the gate.
    pub(crate) async fn take_up(&self, attempt: &Attempt<'_>, operation: &OperationRef) -> Result<(), Break> {
        let _restarting = self.restarting(attempt.step);
        if attempt.step.action.rewinds() {
            self.keeper.rewinds();
        }
        match self.follow(attempt, operation).await? {
            Followed::Succeeded(observed) => self.conclude(attempt, observed).await,
            // Where the API is gone with it there is no gate to leave it to.
            Followed::Failed(failure) if failure.in_doubt || attempt.step.action.rewinds() => {
                Err(self.fail(attempt.step, failure))
            }
            Followed::Failed(Failure { error, in_doubt, hint: _ }) => {
                self.record(Entry::StepFailed { step: attempt.step.id, error, in_doubt })?;
                Ok(())
            }
        }
    }

    pub(crate) async fn begin(&self, attempt: &Attempt<'_>) -> Result<OperationRef, Break> {
        let heed = heed(attempt.step);
        loop {
            let begun = tokio::select! {
                biased;
                () = self.signals.come(Heed::Abandon) => return Err(self.interrupt(attempt.step)),
                begun = self.ports.backend(attempt.step).begin(attempt.step, &attempt.key) => begun,
            };
            let error = match begun {
                Ok(operation) => return Ok(operation),
                Err(error) => error,
            };
            if !self.backend_may_pass(attempt.step, error.kind) || self.passed(attempt.deadline) {
                return Err(self.fail(attempt.step, not_begun(&error)));
            }
            self.waiting(Some(attempt.step.id), vec![with_hint(&error)]);
            self.breath(&outline(), attempt.deadline, heed).await;
            self.judge_again(attempt).await?;
        }
    }

    /// Looks again before beginning again: the first call may have taken effect, or the world have moved on.
    async fn judge_again(&self, attempt: &Attempt<'_>) -> Result<(), Break> {
        match attempt.judge {
            Judge::CleanUp => Ok(()),
            Judge::Gate => match self.gate(attempt.step, Some(&attempt.key)).await? {
                Pass::AlreadyDone | Pass::Ready | Pass::Begun => Ok(()),
            },
        }
    }

    /// Waits for the goal to be seen and writes the end down.
    pub(crate) async fn conclude(&self, attempt: &Attempt<'_>, mut observed: Vec<String>) -> Result<(), Break> {
        self.reach_goal(attempt).await?;
        observed.extend(attempt.step.goal.iter().map(ToString::to_string));
        self.record(Entry::StepFinished { step: attempt.step.id, how: attempt.how, observed })?;
        Ok(())
    }

    async fn reach_goal(&self, attempt: &Attempt<'_>) -> Result<(), Break> {
        let step = attempt.step;
        let scope = gate::scope(step, (step.action.carrier() == Carrier::Host).then(|| attempt.key.clone()));
        let quiet = Duration::from_secs(step.limits.quiet_s.into());
        let mut last = (Vec::new(), self.clock.elapsed());
        loop {
            let fresh = match self.look(Some(step.id), &scope, attempt.deadline, heed(step)).await {
                Ok(fresh) => fresh,
                Err(Blind::Stopped) => return Err(self.interrupt(step)),
                Err(Blind::Error(error)) => return Err(self.fail(step, unseen(&error))),
            };
            let unmet = gate::unmet(step, &fresh, self.clock.now());
            if unmet.is_empty() {
                return Ok(());
            }
            if unmet != last.0 {
                last = (unmet, self.clock.elapsed());
            }
            let reasons: Vec<String> = last.0.iter().map(difference).collect();
            if self.passed(attempt.deadline) || self.passed(last.1 + quiet) {
                return Err(self.fail(step, Failure::certain(reasons.join("; "))));
            }
            self.waiting(Some(step.id), reasons);
            self.breath(&scope, attempt.deadline, heed(step)).await;
        }
    }

    /// Writes the failure down; the lane ends with what this returns.
    pub(crate) fn fail(&self, step: &Step, failure: Failure) -> Break {
        let Failure { error, in_doubt, hint } = failure;
        match self.record(Entry::StepFailed { step: step.id, error: error.clone(), in_doubt }) {
            Ok(_) => Break::Hold(Trouble {
                reason: HoldReason::Failed,
                step: Some(step.id),
                found: vec![error],
                next: hint.into_iter().collect(),
            }),
            Err(error) => error.into(),
        }
    }

    /// Writes down that the step was left because the person asked to stop.
    pub(crate) fn interrupt(&self, step: &Step) -> Break {
        let in_doubt = self.signals.level() == StopLevel::Abandon;
        let error = if in_doubt { "no longer waited for: asked to stop at once" } else { "cut short: asked to stop" };
        match self.record(Entry::StepFailed { step: step.id, error: error.to_owned(), in_doubt }) {
            Ok(_) => Break::Stop,
            Err(error) => error.into(),
        }
    }
}

impl Failure {
    /// A failure whose effect is over.
    pub(crate) const fn certain(error: String) -> Self {
        Self { error, in_doubt: false, hint: None }
    }
}

/// What a step under way listens to: a drain can stop between two evictions, anything else is finished first.
pub(crate) const fn heed(step: &Step) -> Heed {
    match &step.action {
        // A person takes what time they need.
        Action::Component(action) if action.by_hand().is_some() => Heed::Finish,
        Action::Drain { .. }
        | Action::Cloud(
            CloudAction::DrainPool { .. }
            | CloudAction::RenewPool { .. }
            | CloudAction::SoakPool { .. }
            | CloudAction::FollowPool { .. },
        ) => Heed::Finish,
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::Cordon { .. }
        | Action::RestartKubelet { .. }
        | Action::Uncordon { .. }
        | Action::Cloud(_)
        | Action::Component(_) => Heed::Abandon,
    }
}

fn not_begun(error: &PortError) -> Failure {
    // Only a call without an answer leaves open whether it took effect.
    let in_doubt = error.kind == ErrorKind::Away;
    Failure { error: with_sources(error), in_doubt, hint: error.hint.clone() }
}

fn unseen(error: &PortError) -> Failure {
    Failure {
        error: format!("its goal could not be seen: {}", with_sources(error)),
        in_doubt: false,
        hint: error.hint.clone(),
    }
}
