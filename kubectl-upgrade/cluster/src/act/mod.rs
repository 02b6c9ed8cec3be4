//! The actions that are done through the Kubernetes API: cordon, drain and uncordon, of a node or of a whole pool; and another
//! image for CoreDNS.
//!
//! None of them keeps anything in this process: what is under way is read from the cluster again at every call, so any
//! process can go on where another stopped.

mod blocked;
mod cordon;
mod drain;
mod evict;
mod image;
mod pool;
mod renew;

use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::ids::{NodeName, PoolName};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, CloudAction, ComponentAction, DrainForecast, DrainPolicy, NewDns, Step};
use upgrade_core::scope::OperationKey;
use upgrade_provider::{Backend, ErrorKind, OperationStatus, PortError};

use crate::cluster::Cluster;

/// An action that is done through the API.
enum ApiAction<'a> {
    Cordon(&'a NodeName),
    Uncordon(&'a NodeName),
    Drain {
        node: &'a NodeName,
        policy: &'a DrainPolicy,
        seen: &'a DrainForecast,
    },
    CordonPool(&'a PoolName),
    UncordonPool(&'a PoolName),
    DrainPool {
        pool: &'a PoolName,
        at_once: usize,
        policy: &'a DrainPolicy,
        seen: &'a DrainForecast,
    },
    RenewPool(renew::Renew<'a>),
    CoreDnsImage(&'a NewDns),
    /// Nothing is done: the step's goal is waited for.
    Watch(&'a PoolName),
}

impl<'a> ApiAction<'a> {
    fn of(action: &'a Action) -> Result<Self, PortError> {
        match action {
            Action::Cordon { node } => Ok(Self::Cordon(node)),
            Action::Uncordon { node } => Ok(Self::Uncordon(node)),
            Action::Drain { node, policy, seen } => Ok(Self::Drain { node, policy, seen }),
            Action::Cloud(action) => Self::of_pool(action),
            Action::Component(ComponentAction::CoreDnsImage(dns)) => Ok(Self::CoreDnsImage(dns)),
            Action::Component(_) => {
                let message = "not an action of the Kubernetes API: it is done to a component on its host";
                Err(PortError::new(ErrorKind::Refused, message))
            }
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

    fn of_pool(action: &'a CloudAction) -> Result<Self, PortError> {
        match action {
            CloudAction::CordonPool { pool } => Ok(Self::CordonPool(pool)),
            CloudAction::UncordonPool { pool } => Ok(Self::UncordonPool(pool)),
            CloudAction::DrainPool { pool, at_once, policy, seen } => {
                let at_once = usize::try_from(*at_once).unwrap_or(usize::MAX);
                Ok(Self::DrainPool { pool, at_once, policy, seen: &seen.drain })
            }
            CloudAction::RenewPool { pool, to, renewal, at_once, policy, seen } => {
                let at_once = usize::try_from(*at_once).unwrap_or(usize::MAX);
                Ok(Self::RenewPool(renew::Renew { pool, to: to.minor(), renewal: *renewal, at_once, policy, seen }))
            }
            CloudAction::SoakPool { pool, .. } | CloudAction::FollowPool { pool, .. } => Ok(Self::Watch(pool)),
            CloudAction::RefreshInsights
            | CloudAction::StopOperation { .. }
            | CloudAction::UpgradeControlPlane { .. }
            | CloudAction::CompleteControlPlane { .. }
            | CloudAction::RollbackControlPlane { .. }
            | CloudAction::UpgradeAddon { .. }
            | CloudAction::ConfigurePool { .. }
            | CloudAction::UpgradePool { .. }
            | CloudAction::RollbackPool { .. }
            | CloudAction::CreatePool { .. }
            | CloudAction::DeletePool { .. } => {
                let message = "not an action of the Kubernetes API: it is done through the cloud";
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
            ApiAction::CordonPool(pool) => pool::cordon(self, pool, &key.run).await,
            ApiAction::UncordonPool(pool) => pool::uncordon(self, pool).await,
            ApiAction::DrainPool { pool, .. } => Ok(OperationRef(format!("drain-pool/{pool}"))),
            // As with drains, what is under way is read from the nodes. Cordons are in the name of the run, which polls know
            // from here alone.
            ApiAction::RenewPool(renew) => Ok(renew.begun(&key.run)),
            ApiAction::CoreDnsImage(dns) => image::change(self, dns).await,
            ApiAction::Watch(pool) => Ok(OperationRef(format!("watch/{pool}"))),
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
            ApiAction::CordonPool(_) | ApiAction::UncordonPool(_) => Ok(pool::outcome(operation)),
            ApiAction::DrainPool { pool, at_once, policy, seen } => {
                pool::drain(self, pool, at_once, policy, seen, patience).await
            }
            ApiAction::RenewPool(renew) => renew.round(self, operation, patience).await,
            ApiAction::CoreDnsImage(dns) => Ok(image::outcome(dns)),
            ApiAction::Watch(_) => Ok(OperationStatus::Succeeded { output: String::new(), observed: Vec::new() }),
        }
    }
}

#[cfg(test)]
mod tests;
