//! Plays the cloud's part on a copy of a managed cluster.
//!
//! What a plan asks of a cloud is done by the simulated cloud at once, without a vendor's wire between: a rehearsal is
//! about nodes, pods and budgets, not about requests. All of it happens in the story's own time, so that one seed tells
//! one story. What it says of the cluster is what the real cloud said when the plan was made, with what has changed in
//! the copy since.

mod begin;
mod look;
mod others;
mod settings;

use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::event::BlockedPod;
use upgrade_core::ids::{NodeName, ObjectName, PoolName};
use upgrade_core::inventory::CloudCluster;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, Step};
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_provider::{Backend, Cloud, CloudAnswer, ErrorKind, OperationStatus, PortError};
use upgrade_twin::Twin;
use upgrade_twin::clouds::operations::{self, Operation, OperationId, State};
use upgrade_twin::clouds::pools;
use upgrade_twin::world::World;

pub(crate) use begin::retag;
pub(crate) use look::SURGE;
pub(crate) use others::AWAITED;
pub(crate) use settings::{blue_green, settings};

/// How often an operation is asked about, in the story's time.
const EVERY: Duration = Duration::from_secs(5);

/// Stands in for the provider of the cloud that runs the original, and for those who replace nodes beside it.
pub struct Understudy {
    twin: Twin,
    /// What the cloud said of the original.
    original: CloudCluster,
}

impl Understudy {
    /// For that copy, of a cluster of which its cloud said that.
    #[must_use]
    pub fn on(twin: Twin, original: CloudCluster) -> Self {
        others::begin(&twin);
        Self { twin, original }
    }
}

#[async_trait]
impl Cloud for Understudy {
    async fn look(&self, _: CloudScope) -> Result<CloudAnswer, PortError> {
        let cluster = self.twin.with(|world| look::look(world, &self.original));
        Ok(CloudAnswer { cluster, gaps: Vec::new() })
    }
}

#[async_trait]
impl Backend for Understudy {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        let Action::Cloud(action) = &step.action else {
            return Err(PortError::new(ErrorKind::Refused, "expected an action of a cloud, found another"));
        };
        let begun = self.twin.with(|world| begin::begin(world, action, key));
        begun.map(|OperationId(id)| OperationRef(id)).map_err(begin::refused)
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        let pool = if let Action::Cloud(action) = &step.action { action.pool() } else { None };
        let id = OperationId(operation.0.clone());
        let status = self.twin.with(|world| {
            operations::look(world, &id).map_or(OperationStatus::Unknown, |found| status(world, found, pool))
        });
        if matches!(status, OperationStatus::Running { .. }) {
            tokio::time::sleep(patience.min(EVERY)).await;
        }
        Ok(status)
    }
}

fn status(world: &World, found: &Operation, pool: Option<&PoolName>) -> OperationStatus {
    let said = || found.failures.iter().map(|failure| failure.message.clone()).collect::<Vec<_>>().join("; ");
    match found.state {
        State::Running | State::Cancelling => OperationStatus::Running {
            text: "the cloud is at work".to_owned(),
            done: found.progress.map(|progress| progress.done),
            total: found.progress.map(|progress| progress.total),
            blocked: pool.map(|pool| blocked(world, pool)).unwrap_or_default(),
        },
        State::Done => OperationStatus::Succeeded { output: String::new(), observed: Vec::new() },
        State::Failed | State::Cancelled => {
            OperationStatus::Failed { output: String::new(), error: said(), hint: None }
        }
    }
}

/// The pods that budgets keep on the pool's nodes.
fn blocked(world: &World, pool: &PoolName) -> Vec<BlockedPod> {
    let kept = pools::kept(world, pool.as_str()).into_iter();
    kept.map(|pods| {
        let (namespace, name) = pods.pod;
        BlockedPod {
            pod: ObjectName::new(namespace, name),
            node: NodeName::new(pods.node),
            budgets: pods.budgets,
            refusal: String::new(),
        }
    })
    .collect()
}
