//! What every part of a run shares.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use upgrade_core::event::{Event, Progress};
use upgrade_core::facts::Facts;
use upgrade_core::ids::StepId;
use upgrade_core::journal::{Entry, Record, RunState};
use upgrade_core::plan::{Carrier, PlanFile, Step};
use upgrade_core::scope::OperationKey;
use upgrade_provider::ErrorKind;

use crate::clock::Clock;
use crate::journal::{Journal, JournalError};
use crate::keeper::Keeper;
use crate::ports::Ports;
use crate::signals::Signals;

/// How long after a control plane restarted its API server may still refuse good credentials: 401 and 403 right after
/// each start, and watches lagging for about two minutes, were observed on single control planes.
const UNSETTLED: Duration = Duration::from_secs(120);

/// One run while it goes on.
pub(crate) struct Run {
    pub(crate) plan: PlanFile,
    pub(crate) ports: Ports,
    pub(crate) facts: Arc<Facts>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) signals: Arc<Signals>,
    pub(crate) keeper: Keeper,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) journal: Mutex<Journal>,
    /// The state when this session began; the journal's has replaced it since.
    pub(crate) begun: Arc<RunState>,
    pub(crate) restarts: Mutex<Restarts>,
}

/// When the control plane was last restarted by this run.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    under_way: u32,
    ended: Option<Duration>,
}

/// Marks a step that restarts the control plane as under way for as long as it lives.
pub(crate) struct Restarting<'a> {
    run: &'a Run,
}

impl Run {
    /// Writes a record and tells it. Once this returns the record outlives a crash.
    pub(crate) fn record(&self, entry: Entry) -> Result<Record, JournalError> {
        let record = self.journal().append(self.clock.now(), entry)?;
        self.tell(Event::Recorded(record.clone()));
        Ok(record)
    }

    /// What the records say so far.
    pub(crate) fn state(&self) -> Arc<RunState> {
        self.journal().state().unwrap_or(&self.begun).clone()
    }

    /// Tells that something is waited for.
    pub(crate) fn waiting(&self, step: Option<StepId>, reasons: Vec<String>) {
        self.tell(Event::Waiting { step, reasons });
    }

    /// Tells how far a step has got.
    pub(crate) fn progress(&self, progress: Progress) {
        self.tell(Event::Progress(progress));
    }

    /// The name of an attempt's operation.
    pub(crate) fn key(&self, step: &Step, attempt: u32) -> OperationKey {
        OperationKey { run: self.begun.run.clone(), step: step.id, attempt }
    }

    /// The name of the last attempt's operation, where the step leaves one behind on a host.
    pub(crate) fn last_key(&self, step: &Step) -> Option<OperationKey> {
        let attempt = self.state().attempt(step.id);
        (step.action.carrier() == Carrier::Host && attempt > 0).then(|| self.key(step, attempt))
    }

    /// The moment the step's time is up, counted from now.
    pub(crate) fn deadline(&self, step: &Step) -> Duration {
        self.clock.elapsed() + Duration::from_secs(step.limits.deadline_s.into())
    }

    /// Whether that moment has passed.
    pub(crate) fn passed(&self, moment: Duration) -> bool {
        self.clock.elapsed() >= moment
    }

    /// Whether a failure of that kind may pass by itself.
    pub(crate) fn may_pass(&self, kind: ErrorKind) -> bool {
        match kind {
            ErrorKind::Away => true,
            ErrorKind::Unauthorized | ErrorKind::Forbidden => self.unsettled(),
            ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Malformed => false,
        }
    }

    /// Whether what kept a step's backend from an answer may pass by itself, or by a person who signs in again: a cloud's
    /// credentials end on long runs, and what was begun there goes on meanwhile. So it is at the gate too.
    pub(crate) fn backend_may_pass(&self, step: &Step, kind: ErrorKind) -> bool {
        match step.action.carrier() {
            Carrier::Cloud => matches!(kind, ErrorKind::Away | ErrorKind::Unauthorized),
            Carrier::Cluster | Carrier::Host | Carrier::Person => self.may_pass(kind),
        }
    }

    /// Marks the step as restarting the control plane, if it does.
    pub(crate) fn restarting(&self, step: &Step) -> Option<Restarting<'_>> {
        step.action.restarts_control_plane().then(|| {
            self.restarts().under_way += 1;
            Restarting { run: self }
        })
    }

    fn unsettled(&self) -> bool {
        let restarts = self.restarts();
        let recent = |ended: Duration| self.clock.elapsed().saturating_sub(ended) <= UNSETTLED;
        restarts.under_way > 0 || restarts.ended.is_some_and(recent)
    }

    /// Tells it to whoever listens.
    pub(crate) fn tell(&self, event: Event) {
        // Nobody listening is no reason to stop.
        let _ = self.events.send(event);
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restarts(&self) -> MutexGuard<'_, Restarts> {
        self.restarts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Restarting<'_> {
    fn drop(&mut self) {
        let mut restarts = self.run.restarts();
        restarts.under_way = restarts.under_way.saturating_sub(1);
        restarts.ended = Some(self.run.clock.elapsed());
    }
}
