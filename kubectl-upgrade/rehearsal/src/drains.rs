//! What the drains of a run met.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::ids::{NodeName, StepId};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, Step, Subject};
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
    /// The node, or the pool of nodes.
    pub subject: Subject,
    /// From the first look to the last.
    pub took: Duration,
    /// For how long each budget, by namespace and name, refused an eviction from which node.
    pub waits: BTreeMap<(NodeName, String), Duration>,
    begun: Duration,
    /// The budgets that refused at the last look, and when that was.
    refusing: (BTreeSet<(NodeName, String)>, Duration),
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

    /// Takes a note of a step that drains; of others, none.
    fn note(&self, step: &Step, take: impl FnOnce(&mut DrainNotes, Duration)) {
        if !drains(&step.action) {
            return;
        }
        let now = self.clock.elapsed();
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        take(notes.entry(step.id).or_insert_with(|| DrainNotes::begin(step.action.subject(), now)), now);
    }
}

impl DrainNotes {
    const fn begin(subject: Subject, now: Duration) -> Self {
        let refusing = (BTreeSet::new(), now);
        Self { subject, took: Duration::ZERO, waits: BTreeMap::new(), begun: now, refusing }
    }

    fn look(&mut self, status: &OperationStatus, now: Duration) {
        let (refused, since) = std::mem::take(&mut self.refusing);
        for budget in refused {
            *self.waits.entry(budget).or_default() += now.saturating_sub(since);
        }
        self.took = now.saturating_sub(self.begun);
        self.refusing = (refusing(status), now);
    }
}

/// Whether pods leave nodes in that step, whoever sees to it.
fn drains(action: &Action) -> bool {
    match action {
        Action::Drain { .. } => true,
        Action::Cloud(action) => action.forecast().is_some(),
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::RestartKubelet { .. }
        | Action::Cordon { .. }
        | Action::Uncordon { .. }
        | Action::Component(_) => false,
    }
}

/// The budgets that refuse now, each once for a node; a budget's line begins with its name and a colon.
fn refusing(status: &OperationStatus) -> BTreeSet<(NodeName, String)> {
    let OperationStatus::Running { blocked, .. } = status else { return BTreeSet::new() };
    let lines = blocked.iter().flat_map(|pod| pod.budgets.iter().map(move |line| (&pod.node, line)));
    let named = lines.map(|(node, line)| {
        let name = line.split_once(':').map_or(line.as_str(), |(name, _)| name);
        (node.clone(), name.to_owned())
    });
    named.collect()
}

#[async_trait]
impl Backend for DrainBook {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        self.note(step, |_, _| {});
        self.inner.begin(step, key).await
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        let status = self.inner.poll(step, operation, patience).await?;
        self.note(step, |notes, now| notes.look(&status, now));
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
        let mut notes = DrainNotes::begin(Subject::Node(NodeName::new("w1")), at(100));
        notes.look(&running(&["shop/web: needs 2 healthy, has 2, expected 3"]), at(101));
        notes.look(&running(&["shop/web: needs 2 healthy, has 2, expected 3", "shop/db: needs 1"]), at(105));
        notes.look(&running(&[]), at(107));
        notes.look(&OperationStatus::Succeeded { output: String::new(), observed: Vec::new() }, at(110));
        let from = |budget: &str| (NodeName::new("w1"), budget.to_owned());
        let waits = BTreeMap::from([(from("shop/db"), at(2)), (from("shop/web"), at(6))]);
        assert_eq!((notes.took, notes.waits), (at(10), waits));
    }
}
