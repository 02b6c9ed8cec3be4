//! Just before a step: look, ask the rules, and wait where waiting may help.

use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::gate::{self, Decision, Difference};
use upgrade_core::inventory::{Inventory, OperationOutcome};
use upgrade_core::plan::Step;
use upgrade_core::scope::{HostScope, OperationKey, Scope};

use crate::context::Run;
use crate::keeper::Hold;
use crate::look::{BREATH, Blind};
use crate::signals::Heed;
use crate::trouble::{Break, Trouble};

/// The longest a known moment is waited for without looking again.
const NAP: Duration = Duration::from_secs(5 * 60);

/// What the gate lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// The goal holds.
    AlreadyDone,
    /// The step may start from what was just seen.
    Ready,
    /// The attempt asked about has left its traces on the host.
    Begun,
}

impl Run {
    /// Passes the gate, waiting until the step's deadline for what may pass by itself. When `doubted` names an attempt
    /// that may have begun, its traces settle the question before any rule does.
    pub(crate) async fn gate(&self, step: &Step, doubted: Option<&OperationKey>) -> Result<Pass, Break> {
        let mut deadline = self.deadline(step);
        let scope = gate::scope(step, doubted.cloned().or_else(|| self.last_key(step)));
        loop {
            if self.signals.has_come(Heed::Any) {
                return Err(Break::Stop);
            }
            let (reasons, until) = match self.keeper.confirm().await {
                Hold::Lost => return Err(Break::Stop),
                Hold::Unknown(why) => (vec![why], None),
                Hold::Ours => {
                    let seen = self.look(Some(step.id), &scope, deadline, Heed::Any).await;
                    let fresh = seen.map_err(|blind| cannot_see(step, &blind))?;
                    if doubted.is_some() && left_traces(&fresh) {
                        return Ok(Pass::Begun);
                    }
                    match self.decide(step, &fresh) {
                        Decision::AlreadyDone => return Ok(Pass::AlreadyDone),
                        Decision::Ready => return Ok(Pass::Ready),
                        Decision::Wait { reasons, until } => (reasons, until),
                        Decision::Blocked { blocks } => return Err(Break::Hold(Trouble::blocked(step, &blocks))),
                        Decision::Drifted { differences } => {
                            return Err(Break::Hold(Trouble::drifted(Some(step.id), &differences)));
                        }
                    }
                }
            };
            if let Some(left) = until.map(|until| self.until(until)) {
                deadline = self.deadline(step) + left;
                self.waiting(Some(step.id), reasons);
                // It comes whatever changes; but who set it may set another.
                self.pause(left.clamp(BREATH, NAP), Heed::Any).await;
                continue;
            }
            self.wait_at_gate(step, &scope, deadline, reasons).await?;
        }
    }

    /// How long it is until a moment.
    fn until(&self, moment: Timestamp) -> Duration {
        Duration::try_from(moment.duration_since(self.clock.now())).unwrap_or_default()
    }

    async fn wait_at_gate(
        &self,
        step: &Step,
        scope: &Scope,
        deadline: Duration,
        reasons: Vec<String>,
    ) -> Result<(), Break> {
        if self.passed(deadline) {
            return Err(Break::Hold(Trouble::waited(step, &reasons)));
        }
        self.waiting(Some(step.id), reasons);
        // Other nodes may be what is waited for.
        let all = Scope { hosts: HostScope::None, ..scope.clone() };
        self.breath(&all, deadline, Heed::Any).await;
        Ok(())
    }

    fn decide(&self, step: &Step, fresh: &Inventory) -> Decision {
        let expected = &self.plan.plan.cluster.uid;
        if fresh.cluster.uid != *expected {
            let (expected, found) = (format!("cluster {expected}"), format!("cluster {}", fresh.cluster.uid));
            return Decision::Drifted { differences: vec![Difference { expected, found }] };
        }
        let state = self.state();
        gate::decide(&gate::Context {
            plan: &self.plan.plan,
            step,
            fresh,
            run: &state.run,
            accepted: &state.accepted,
            facts: &self.facts,
            now: self.clock.now(),
        })
    }
}

/// Whether the operation that was asked about has begun, whatever came of it.
pub(crate) fn left_traces(fresh: &Inventory) -> bool {
    match fresh.operation {
        Some(OperationOutcome::Running | OperationOutcome::Ended { .. } | OperationOutcome::Lost) => true,
        Some(OperationOutcome::Absent) | None => false,
    }
}

fn cannot_see(step: &Step, blind: &Blind) -> Break {
    match blind {
        Blind::Stopped => Break::Stop,
        Blind::Error(error) => Break::Hold(Trouble::blind(Some(step.id), error)),
    }
}
