//! What the drains of a run met.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::ids::{NodeName, StepId};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, Step};
use upgrade_core::scope::OperationKey;
use upgrade_engine::Clock;
use upgrade_provider::{Backend, OperationStatus, PortError};

/// A backend that notes how drains go, and passes everything on unchanged.
pub struct DrainBook {
    inner: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    notes: Mutex<BTreeMap<StepId, DrainNotes>>,
}

/// How one drain went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrainNotes {
    /// The node.
    pub node: NodeName,
    /// How many pods left, as far as seen.
    pub pods: u32,
    /// From the first look to the last.
    pub took: Duration,
    /// For how long each budget, by namespace and name, refused an eviction.
    pub waits: BTreeMap<String, Duration>,
    begun: Duration,
    /// The budgets that refused at the last look, and when that was.
    refusing: (Vec<String>, Duration),
}

impl DrainBook {
    /// Over that backend, in the time of that clock.
    #[must_use]
    pub fn over(inner: Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, notes: Mutex::default() }
    }

    /// What was noted so far, by step.
    #[must_use]
    pub fn notes(&self) -> BTreeMap<StepId, DrainNotes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, step: StepId, node: &NodeName, status: &OperationStatus) {
        let now = self.clock.elapsed();
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.entry(step).or_insert_with(|| DrainNotes::begin(node, now)).look(status, now);
    }
}

impl DrainNotes {
    fn begin(node: &NodeName, now: Duration) -> Self {
        Self {
            node: node.clone(),
            pods: 0,
            took: Duration::ZERO,
            waits: BTreeMap::new(),
            begun: now,
            refusing: (Vec::new(), now),
        }
    }

    fn look(&mut self, status: &OperationStatus, now: Duration) {
        let (refusing, since) = std::mem::take(&mut self.refusing);
        for budget in refusing {
            *self.waits.entry(budget).or_default() += now.saturating_sub(since);
        }
        self.took = now.saturating_sub(self.begun);
        self.refusing = (budgets(status), now);
        if let OperationStatus::Running { total: Some(total), .. } = status {
            self.pods = self.pods.max(*total);
        }
    }
}

/// The budgets that refuse now, each once; a budget's line begins with its name and a colon.
fn budgets(status: &OperationStatus) -> Vec<String> {
    let OperationStatus::Running { blocked, .. } = status else { return Vec::new() };
    let lines = blocked.iter().flat_map(|pod| &pod.budgets);
    let mut names: Vec<String> =
        lines.map(|line| line.split_once(':').map_or(line.as_str(), |(name, _)| name).to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[async_trait]
impl Backend for DrainBook {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        if let Action::Drain { node, .. } = &step.action {
            let now = self.clock.elapsed();
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            notes.entry(step.id).or_insert_with(|| DrainNotes::begin(node, now));
        }
        self.inner.begin(step, key).await
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        let status = self.inner.poll(step, operation, patience).await?;
        if let Action::Drain { node, .. } = &step.action {
            self.note(step.id, node, &status);
        }
        Ok(status)
    }
}

#[cfg(test)]
mod tests {
    use upgrade_core::event::BlockedPod;
    use upgrade_core::ids::ObjectName;

    use super::*;

    fn running(budgets: &[&str]) -> OperationStatus {
        let blocked = BlockedPod {
            pod: ObjectName::new("shop", "web-1"),
            node: NodeName::new("w1"),
            budgets: budgets.iter().map(ToString::to_string).collect(),
            refusal: "no".to_owned(),
        };
        let blocked = if budgets.is_empty() { Vec::new() } else { vec![blocked.clone(), blocked] };
        OperationStatus::Running { text: String::new(), done: Some(1), total: Some(4), blocked }
    }

    #[test]
    fn the_time_each_budget_refused_adds_up() {
        let at = Duration::from_secs;
        let mut notes = DrainNotes::begin(&NodeName::new("w1"), at(100));
        notes.look(&running(&["shop/web: needs 2 healthy, has 2, expected 3"]), at(101));
        notes.look(&running(&["shop/web: needs 2 healthy, has 2, expected 3", "shop/db: needs 1"]), at(105));
        notes.look(&running(&[]), at(107));
        notes.look(&OperationStatus::Succeeded { output: String::new(), observed: Vec::new() }, at(110));
        let waits = BTreeMap::from([("shop/db".to_owned(), at(2)), ("shop/web".to_owned(), at(6))]);
        assert_eq!((notes.pods, notes.took, notes.waits), (4, at(10), waits));
    }
}
