//! Stopping in a safe state and saying what that state is.

use std::time::Duration;

use upgrade_core::inventory::Inventory;
use upgrade_core::journal::{Entry, HoldReason, How, Record, StepState};
use upgrade_core::plan::{Stage, Step};

use crate::attempt::Judge;
use crate::cleanup::{CleanUp, cordon, lifted};
use crate::context::Run;
use crate::error::EngineError;
use crate::look::outline;
use crate::report;
use crate::request::StopLevel;
use crate::signals::Heed;
use crate::trouble::{Break, Trouble};

/// How long a last look may take: the person is waiting for the answer.
const LAST_LOOK: Duration = Duration::from_secs(30);

const RESUME: &str = "kubectl upgrade resume";

impl Run {
    /// Makes the stage safe, looks a last time, and writes down why and how the run stands.
    pub(crate) async fn hold(&self, stage: Option<&Stage>, breaks: Vec<Break>) -> Result<Record, EngineError> {
        let trouble = self.cause(breaks)?;
        let mut state = match stage {
            Some(stage) => self.make_safe(stage).await?,
            None => Vec::new(),
        };
        let seen = self.last_look().await;
        state.extend(report::standing(&self.plan.plan, &self.state(), seen.as_ref()));
        let Trouble { reason, step, found, next } = trouble;
        Ok(self.record(Entry::Held { reason, step, found, state, next })?)
    }

    /// One trouble out of all that broke the lanes: the first that a lane met, or the signal that stopped them.
    fn cause(&self, breaks: Vec<Break>) -> Result<Trouble, EngineError> {
        let mut met: Option<Trouble> = None;
        for item in breaks {
            match (item, met.as_mut()) {
                (Break::Engine(error), _) => return Err(error),
                (Break::Hold(trouble), None) => met = Some(trouble),
                (Break::Hold(other), Some(first)) => {
                    let step = other.step.map_or_else(String::new, |step| format!("step {step}: "));
                    first.found.extend(other.found.iter().map(|found| format!("{step}{found}")));
                    first.next.extend(other.next.into_iter().filter(|_| other.reason == first.reason));
                }
                (Break::Stop, _) => {}
            }
        }
        let mut trouble = met.unwrap_or_else(|| self.signalled());
        trouble.next.push(RESUME.to_owned());
        trouble.next.dedup();
        Ok(trouble)
    }

    fn signalled(&self) -> Trouble {
        let (reason, found, next) = match self.signals.lock_lost() {
            Some(why) => (HoldReason::LockLost, why, vec!["kubectl upgrade status".to_owned()]),
            None => (HoldReason::Interrupted, self.asked(), Vec::new()),
        };
        Trouble { reason, step: None, found: vec![found], next }
    }

    fn asked(&self) -> String {
        match self.signals.level() {
            StopLevel::Go | StopLevel::Finish => "asked to stop; what was under way was finished first".to_owned(),
            StopLevel::Abandon => "asked to stop at once; commands begun on hosts go on".to_owned(),
        }
    }

    /// Lifts the cordons that serve nothing any more, and says what became of each.
    async fn make_safe(&self, stage: &Stage) -> Result<Vec<String>, EngineError> {
        let mut said = Vec::new();
        for lane in &stage.lanes {
            let state = self.state();
            let Some(cordoned) = cordon(lane, &state) else { continue };
            let clean_up = match self.hands_off() {
                Some(why) => CleanUp::Stay(why),
                None => {
                    let seen = self.last_look().await;
                    let node = seen.as_ref().and_then(|seen| lane.subject.node().and_then(|name| seen.node(name)));
                    cordoned.decide(lane, &state, node, self.clock.now())
                }
            };
            match clean_up {
                CleanUp::Nothing => {}
                CleanUp::Stay(why) => said.push(format!("{} stays cordoned: {why}", lane.subject)),
                CleanUp::Uncordon(step) => said.push(self.uncordon(step).await?),
            }
        }
        Ok(said)
    }

    /// Why nothing may be changed any more, if so.
    fn hands_off(&self) -> Option<String> {
        if self.signals.lock_lost().is_some() {
            return Some("the lock is lost".to_owned());
        }
        (self.signals.level() == StopLevel::Abandon).then(|| "asked to stop at once".to_owned())
    }

    async fn uncordon(&self, step: &Step) -> Result<String, EngineError> {
        let node = step.action.subject();
        let step = lifted(step);
        let attempt = self.state().attempt(step.id).saturating_add(1);
        if let Some(StepState::Started { .. }) = self.state().steps.get(&step.id) {
            let error = "interrupted; tried again to leave the node schedulable".to_owned();
            self.record(Entry::StepFailed { step: step.id, error, in_doubt: false })?;
        }
        self.record(Entry::StepStarted { step: step.id, attempt })?;
        match self.carry_out(&self.attempt(&step, attempt, How::Done, Judge::CleanUp)).await {
            Ok(()) => Ok(format!("{node} was made schedulable again")),
            Err(Break::Engine(error)) => Err(error),
            Err(Break::Hold(trouble)) => Ok(format!("{node} stays cordoned: {}", trouble.found.join("; "))),
            Err(Break::Stop) => Ok(format!("{node} may stay cordoned: asked to stop at once")),
        }
    }

    async fn last_look(&self) -> Option<Inventory> {
        let (deadline, scope) = (self.clock.elapsed() + LAST_LOOK, outline());
        tokio::select! {
            biased;
            seen = self.look(None, &scope, deadline, Heed::Abandon) => seen.ok(),
            () = self.clock.sleep(LAST_LOOK) => None,
        }
    }
}
