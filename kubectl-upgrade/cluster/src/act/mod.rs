//! The actions that are done through the Kubernetes API: cordon, drain, uncordon.
//!
//! None of them keeps anything in this process: what is under way is read from the cluster again at every call, so any
//! process can go on where another stopped.

mod blocked;
mod cordon;
mod drain;
mod evict;

use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::ids::NodeName;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, DrainForecast, DrainPolicy, Step};
use upgrade_core::scope::OperationKey;
use upgrade_provider::{Backend, ErrorKind, OperationStatus, PortError};

use crate::cluster::Cluster;

/// An action that is done through the API.
enum ApiAction<'a> {
    Cordon(&'a NodeName),
    Uncordon(&'a NodeName),
    Drain { node: &'a NodeName, policy: &'a DrainPolicy, seen: &'a DrainForecast },
}

impl<'a> ApiAction<'a> {
    fn of(action: &'a Action) -> Result<Self, PortError> {
        match action {
            Action::Cordon { node } => Ok(Self::Cordon(node)),
            Action::Uncordon { node } => Ok(Self::Uncordon(node)),
            Action::Drain { node, policy, seen } => Ok(Self::Drain { node, policy, seen }),
            Action::SnapshotEtcd { node, .. }
            | Action::ArchiveFiles { node, .. }
            | Action::SwitchRepository { node, .. }
            | Action::InstallPackages { node, .. }
            | Action::UpgradeApply { node, .. }
            | Action::UpgradeNode { node, .. }
            | Action::RestartKubelet { node, .. } => {
                let message = format!("not an action of the Kubernetes API: it is done on the host of {node}");
                Err(PortError::new(ErrorKind::Refused, message))
            }
        }
    }
}

#[async_trait]
impl Backend for Cluster {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        match ApiAction::of(&step.action)? {
            ApiAction::Cordon(node) => cordon::cordon(self, node, &key.run).await,
            ApiAction::Uncordon(node) => cordon::uncordon(self, node).await,
            // Draining begins with the first poll: there is nothing to find again but the pods themselves.
            ApiAction::Drain { node, .. } => Ok(OperationRef(format!("drain/{node}"))),
        }
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        match ApiAction::of(&step.action)? {
            ApiAction::Cordon(node) | ApiAction::Uncordon(node) => Ok(cordon::outcome(node, operation)),
            ApiAction::Drain { node, policy, seen } => drain::round(self, node, policy, seen, patience).await,
        }
    }
}

#[cfg(test)]
mod tests;
