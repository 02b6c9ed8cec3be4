//! The run as a whole.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use upgrade_core::event::Event;
use upgrade_core::journal::{Entry, fold};
use upgrade_provider::Lock;

use crate::clock::Clock;
use crate::context::{Restarts, Run};
use crate::error::EngineError;
use crate::journal::{Journal, JournalError};
use crate::keeper::Keeper;
use crate::request::{Mode, Outcome, Request};
use crate::resume::ended;
use crate::signals::Signals;

/// How long giving the lock back may take.
const LAST_WORD: Duration = Duration::from_secs(10);

/// Runs a plan to its end, or until it must hold.
///
/// Dropping the future stops the run as a crash would: what was begun goes on, and a resume finds it.
///
/// # Errors
/// When the run could not be begun, or its journal not be kept. Whatever else happens is an [`Outcome`].
pub async fn execute(request: Request) -> Result<Outcome, EngineError> {
    // The file first: two processes on one machine could pass for one holder of the cluster's lock.
    let journal = Journal::open(&request.directory.journal())?;
    check(&request, &journal)?;
    let (lock, clock) = (request.ports.lock.clone(), request.clock.clone());
    if journal.state().is_some_and(|state| state.finished) {
        // Its process may have died between the last record and this.
        give_back(lock.as_ref(), clock.as_ref()).await;
        return Ok(Outcome::Finished);
    }
    if let Err(refused) = lock.acquire(request.takeover).await {
        if journal.state().is_none() && matches!(request.mode, Mode::Start) {
            request.directory.discard();
        }
        return Err(EngineError::Lock(refused));
    }
    let outcome = match begin(request, journal) {
        Ok(run) => tokio::select! {
            // In this order: a lock that is lost just now stops the next step.
            biased;
            never = run.keeper.keep() => match never {},
            outcome = run.all() => outcome,
        },
        Err(error) => Err(error),
    };
    give_back(lock.as_ref(), clock.as_ref()).await;
    outcome
}

/// A lock that cannot be given back runs out by itself; the outcome matters more.
async fn give_back(lock: &dyn Lock, clock: &dyn Clock) {
    tokio::select! {
        biased;
        _ = lock.release() => {}
        () = clock.sleep(LAST_WORD) => {}
    }
}

/// Refuses a journal that is not about this run, or about one that has begun when it is to start.
fn check(request: &Request, journal: &Journal) -> Result<(), EngineError> {
    let Some(state) = journal.state() else { return Ok(()) };
    if state.plan != request.plan.digest || state.run != request.directory.run {
        return Err(EngineError::OtherRun {
            run: request.directory.run.clone(),
            plan: request.plan.digest.clone(),
            found_run: state.run.clone(),
            found_plan: state.plan.clone(),
        });
    }
    match request.mode {
        Mode::Start => Err(EngineError::AlreadyStarted { run: state.run.clone() }),
        Mode::Resume { .. } => Ok(()),
    }
}

/// Writes the first record of this session.
fn begin(request: Request, mut journal: Journal) -> Result<Run, EngineError> {
    let Request { directory, plan, ports, facts, mode, takeover: _, holder, tool, events, stop, clock } = request;
    let accepted = match mode {
        Mode::Start => Vec::new(),
        Mode::Resume { accepted } => accepted,
    };
    let resumed = Entry::RunResumed { holder: holder.clone(), accepted: accepted.clone() };
    // A run that crashed before its first record is resumed by starting it.
    let fresh = journal.state().is_none();
    let started = Entry::RunStarted {
        run: directory.run,
        plan: plan.digest.clone(),
        cluster: plan.plan.cluster.uid.clone(),
        holder,
        tool,
    };
    let first = journal.append(clock.now(), if fresh { started } else { resumed.clone() })?;
    let begun = match journal.state() {
        Some(state) => state.clone(),
        None => Arc::new(fold(std::slice::from_ref(&first)).map_err(JournalError::from)?),
    };
    let signals = Arc::new(Signals::new(stop));
    let keeper = Keeper::new(ports.lock.clone(), clock.clone(), signals.clone());
    let (journal, restarts) = (Mutex::new(journal), Mutex::new(Restarts::default()));
    let run = Run { plan, ports, facts, clock, signals, keeper, events, journal, begun, restarts };
    run.tell(Event::Recorded(first));
    if fresh && !accepted.is_empty() {
        run.record(resumed)?;
    }
    Ok(run)
}

impl Run {
    async fn all(&self) -> Result<Outcome, EngineError> {
        let plan = &self.plan.plan;
        if let Err(broken) = self.verify_reached(plan).await {
            let state = self.state();
            let current = plan.stages.iter().find(|stage| !stage.lanes.iter().all(|lane| ended(lane, &state)));
            return Ok(Outcome::Held(self.hold(current, vec![broken]).await?));
        }
        for stage in &plan.stages {
            let broken = self.stage(stage).await;
            if !broken.is_empty() {
                return Ok(Outcome::Held(self.hold(Some(stage), broken).await?));
            }
        }
        self.record(Entry::RunFinished)?;
        Ok(Outcome::Finished)
    }
}
