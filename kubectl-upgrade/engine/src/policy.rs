//! What the engine asks the rules. The answers are pure functions of the question.

use jiff::Timestamp;
use upgrade_core::facts::Facts;
use upgrade_core::finding::FindingCode;
use upgrade_core::gate::{self, Decision, Difference};
use upgrade_core::ids::RunId;
use upgrade_core::inventory::Inventory;
use upgrade_core::plan::{Plan, Step};
use upgrade_core::scope::{OperationKey, Scope};

/// The rules that decide about steps.
pub trait Policy: Send + Sync {
    /// Decides whether the step may start from what was just observed.
    fn decide(&self, question: &Question<'_>) -> Decision;

    /// What keeps the step's goal from holding. Empty when it holds.
    fn unmet(&self, step: &Step, fresh: &Inventory, now: Timestamp) -> Vec<Difference>;

    /// What must be looked at to decide about the step, and what became of that operation of it.
    fn scope(&self, step: &Step, operation: Option<OperationKey>) -> Scope;
}

/// Everything a decision about a step rests on.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The step of it that would start.
    pub step: &'a Step,
    /// What was just observed.
    pub fresh: &'a Inventory,
    /// The run.
    pub run: &'a RunId,
    /// Blockers accepted on resuming, beyond those the plan accepts.
    pub accepted: &'a [FindingCode],
    /// The time.
    pub now: Timestamp,
}

/// The rules of [`upgrade_core::gate`], with the tables they need.
#[derive(Clone, Debug)]
pub struct CorePolicy {
    facts: Facts,
}

impl CorePolicy {
    /// Decides by these tables.
    #[must_use]
    pub const fn new(facts: Facts) -> Self {
        Self { facts }
    }
}

impl Policy for CorePolicy {
    fn decide(&self, question: &Question<'_>) -> Decision {
        gate::decide(&gate::Context {
            plan: question.plan,
            step: question.step,
            fresh: question.fresh,
            run: question.run,
            accepted: question.accepted,
            facts: &self.facts,
            now: question.now,
        })
    }

    fn unmet(&self, step: &Step, fresh: &Inventory, now: Timestamp) -> Vec<Difference> {
        gate::unmet(step, fresh, now)
    }

    fn scope(&self, step: &Step, operation: Option<OperationKey>) -> Scope {
        gate::scope(step, operation)
    }
}
