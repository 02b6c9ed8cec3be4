//! The provider: which cluster is meant, and what is asked of Azure about it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, CloudAction, Step};
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_provider::{
    Backend, Cloud, CloudAnswer, Endpoint, Entry, ErrorKind, GivenNames, OperationStatus, PortError,
};

use crate::arm::Arm;
use crate::find::Meant;
use crate::names::ClusterId;
use crate::{begin, connect, find, look, poll};

/// How often an operation is asked about: AKS asks for no less between two looks.
const PACE: Duration = Duration::from_secs(10);

/// The same at a simulated cloud, whose time passes faster.
const SIMULATED_PACE: Duration = Duration::from_secs(1);

/// For so long an operation that was just begun may not be shown yet: Azure's answers come from several places, which learn
/// of it one after another.
const NOT_SHOWN_YET: Duration = Duration::from_secs(120);

/// One AKS cluster, through Azure Resource Manager.
pub struct Aks {
    arm: Arm,
    meant: Meant,
    found: OnceCell<ClusterId>,
    /// When each operation was asked about last.
    asked: Mutex<BTreeMap<String, Instant>>,
    /// When each operation was begun, of those that this process began.
    begun: Mutex<BTreeMap<String, Instant>>,
}

impl Aks {
    /// The cluster that the kubeconfig's entry leads to, within what the given names leave; asked for at the endpoint, where
    /// one is given. Nothing is asked yet.
    ///
    /// # Errors
    /// When the connection cannot be made ready.
    pub fn new(entry: &Entry, given: GivenNames, endpoint: Option<&Endpoint>) -> Result<Self, PortError> {
        Ok(Self {
            arm: connect::open(endpoint)?,
            meant: Meant { server: entry.server.clone(), given, simulated: endpoint.is_some() },
            found: OnceCell::new(),
            asked: Mutex::default(),
            begun: Mutex::default(),
        })
    }

    async fn id(&self) -> Result<&ClusterId, PortError> {
        self.found.get_or_try_init(|| find::search(&self.arm, &self.meant)).await
    }

    fn is_young(&self, operation: &OperationRef) -> bool {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.get(&operation.0).is_some_and(|at| at.elapsed() < NOT_SHOWN_YET)
    }

    /// Waits until an operation may be asked about again, but no longer than `patience`.
    async fn wait_for_turn(&self, operation: &OperationRef, patience: Duration) {
        let pace = if self.meant.simulated { SIMULATED_PACE } else { PACE };
        let now = Instant::now();
        let wait = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let last = asked.insert(operation.0.clone(), now);
            last.map_or(Duration::ZERO, |last| pace.saturating_sub(now.duration_since(last)).min(patience))
        };
        if wait.is_zero() {
            return;
        }
        tokio::time::sleep(wait).await;
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(operation.0.clone(), Instant::now());
    }
}

#[async_trait]
impl Cloud for Aks {
    async fn look(&self, scope: CloudScope) -> Result<CloudAnswer, PortError> {
        let answer = look::look(&self.arm, self.id().await?, scope).await?;
        find::in_region(&answer.cluster.names, &self.meant.given).map(|()| answer)
    }
}

#[async_trait]
impl Backend for Aks {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        let operation = begin::begin(&self.arm, self.id().await?, action(step)?, key).await?;
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(operation.0.clone(), Instant::now());
        Ok(operation)
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        self.wait_for_turn(operation, patience).await;
        match poll::poll(&self.arm, action(step)?, operation).await? {
            OperationStatus::Unknown if self.is_young(operation) => {
                let text = "Azure does not show it yet".to_owned();
                Ok(OperationStatus::Running { text, done: None, total: None, blocked: Vec::new() })
            }
            status => Ok(status),
        }
    }
}

fn action(step: &Step) -> Result<&CloudAction, PortError> {
    match &step.action {
        Action::Cloud(action) => Ok(action),
        other => {
            let message = format!("expected an action for AKS, found {other:?}");
            Err(PortError::new(ErrorKind::Refused, message).hint("plan again: kubectl upgrade plan"))
        }
    }
}
