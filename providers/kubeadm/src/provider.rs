//! The provider: which host is meant, and what is asked of it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::inventory::Node;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::Step;
use upgrade_core::scope::{HostScope, OperationKey};
use upgrade_hosts::{Fleet, Question};
use upgrade_provider::{Backend, HostAnswer, Hosts, OperationStatus, PortError, TimeOfDay};
use upgrade_ssh::{HostsFile, Transport};

/// kubeadm clusters over SSH.
pub struct Kubeadm {
    fleet: Fleet,
}

impl Kubeadm {
    /// Reaches hosts as `hosts` says, else at their Node's first InternalIP.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, hosts: HostsFile) -> Self {
        Self { fleet: Fleet::new(transport, hosts) }
    }

    /// Keeps operations in another directory of the hosts than [`crate::OPERATIONS`].
    #[must_use]
    pub fn operations_in(mut self, directory: impl Into<String>) -> Self {
        self.fleet = self.fleet.operations_in(directory);
        self
    }

    /// Holds the hosts' clocks against another clock than this computer's.
    #[must_use]
    pub fn in_time_of(mut self, time: TimeOfDay) -> Self {
        self.fleet = self.fleet.in_time_of(time);
        self
    }
}

#[async_trait]
impl Hosts for Kubeadm {
    async fn look(&self, nodes: &[Node], scope: &HostScope) -> Vec<HostAnswer> {
        self.fleet.remember(nodes);
        let asked = match scope {
            HostScope::None => Vec::new(),
            HostScope::One { node, operation } => {
                vec![(node.clone(), Question { operation: operation.clone(), ..Question::default() })]
            }
            HostScope::All { minors } => {
                let question = Question { minors: minors.clone(), ..Question::default() };
                nodes.iter().map(|node| (node.name.clone(), question.clone())).collect()
            }
        };
        self.fleet.look(asked).await
    }
}

#[async_trait]
impl Backend for Kubeadm {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        self.fleet.begin(step, key).await
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        self.fleet.poll(step, operation, patience).await
    }
}
