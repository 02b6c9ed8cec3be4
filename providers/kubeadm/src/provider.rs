//! The provider: which host is meant, and what is asked of it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::Node;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::Step;
use upgrade_core::scope::{HostScope, OperationKey};
use upgrade_provider::{Backend, ErrorKind, HostAnswer, Hosts, OperationStatus, PortError, TimeOfDay};
use upgrade_ssh::{HostsFile, Target, Transport};

use crate::operation::{self, OPERATIONS};
use crate::probe;

/// How many hosts are looked at side by side.
const AT_ONCE: usize = 20;

/// kubeadm clusters over SSH.
pub struct Kubeadm {
    transport: Arc<dyn Transport>,
    hosts: HostsFile,
    /// Addresses of Nodes as last looked at, for hosts that the file does not name.
    addresses: RwLock<BTreeMap<NodeName, String>>,
    operations: String,
    /// The clock that the hosts' clocks are held against.
    time: TimeOfDay,
}

impl Kubeadm {
    /// Reaches hosts as `hosts` says, else at their Node's first InternalIP.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, hosts: HostsFile) -> Self {
        Self {
            transport,
            hosts,
            addresses: RwLock::default(),
            operations: OPERATIONS.to_owned(),
            time: TimeOfDay::system(),
        }
    }

    /// Keeps operations in another directory of the hosts than [`OPERATIONS`].
    #[must_use]
    pub fn operations_in(mut self, directory: impl Into<String>) -> Self {
        self.operations = directory.into();
        self
    }

    /// Holds the hosts' clocks against another clock than this computer's.
    #[must_use]
    pub fn in_time_of(mut self, time: TimeOfDay) -> Self {
        self.time = time;
        self
    }

    fn target(&self, node: &NodeName) -> Target {
        let addresses = self.addresses.read().unwrap_or_else(PoisonError::into_inner);
        self.hosts.target(node, addresses.get(node).map(String::as_str))
    }

    fn remember(&self, nodes: &[Node]) {
        let mut addresses = self.addresses.write().unwrap_or_else(PoisonError::into_inner);
        for node in nodes {
            if let Some(address) = node.addresses.first() {
                addresses.insert(node.name.clone(), address.clone());
            }
        }
    }
}

/// The host that the step is about.
fn host_of(step: &Step) -> Result<&NodeName, PortError> {
    let missing = || {
        let message = format!("expected step {} to be about a host, found {}", step.id, step.action.subject());
        PortError::new(ErrorKind::Refused, message)
    };
    step.action.node().ok_or_else(missing)
}

#[async_trait]
impl Hosts for Kubeadm {
    async fn look(&self, nodes: &[Node], scope: &HostScope) -> Vec<HostAnswer> {
        self.remember(nodes);
        let asked: Vec<(NodeName, probe::Question)> = match scope {
            HostScope::None => Vec::new(),
            HostScope::One { node, operation } => {
                let operation = operation.as_ref().map(|key| operation::Place::new(&self.operations, key));
                vec![(node.clone(), probe::Question { minors: Vec::new(), operation })]
            }
            HostScope::All { minors } => {
                let question = probe::Question { minors: minors.clone(), operation: None };
                nodes.iter().map(|node| (node.name.clone(), question.clone())).collect()
            }
        };
        let looks = asked.into_iter().map(|(node, question)| async move {
            let target = self.target(&node);
            let seen = probe::look(self.transport.as_ref(), &target, question, &self.time).await;
            HostAnswer { node, seen }
        });
        futures::stream::iter(looks).buffered(AT_ONCE).collect().await
    }
}

#[async_trait]
impl Backend for Kubeadm {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        let target = self.target(host_of(step)?);
        operation::begin(self.transport.as_ref(), &target, &self.operations, step, key).await
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        let target = self.target(host_of(step)?);
        operation::poll(self.transport.as_ref(), &target, &self.operations, operation, patience).await
    }
}
