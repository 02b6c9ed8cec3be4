//! The hosts of one cluster: how each is reached, looked at and worked on.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::StreamExt as _;
use upgrade_core::commands;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::Node;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::Step;
use upgrade_core::scope::OperationKey;
use upgrade_core::version::Minor;
use upgrade_provider::{ErrorKind, HostAnswer, OperationStatus, PortError, TimeOfDay};
use upgrade_ssh::{HostsFile, Target, Transport};

use crate::operation::{self, OPERATIONS};
use crate::probe;

/// How many hosts are looked at side by side.
const AT_ONCE: usize = 20;

/// Hosts over SSH.
pub struct Fleet {
    transport: Arc<dyn Transport>,
    hosts: HostsFile,
    /// Addresses as last learned, for hosts that the file does not name.
    addresses: RwLock<BTreeMap<NodeName, String>>,
    operations: String,
    /// The clock that the hosts' clocks are held against.
    time: TimeOfDay,
}

/// What a host is asked, beyond what every host is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Minors whose packages are asked for.
    pub minors: Vec<Minor>,
    /// An operation whose outcome is asked for.
    pub operation: Option<OperationKey>,
    /// Whether the components that run there as units or static pods of their own are asked for.
    pub components: bool,
}

impl Fleet {
    /// Reaches hosts as `hosts` says, else at the address last learned, else by name.
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

    /// How a host is reached.
    #[must_use]
    pub fn target(&self, node: &NodeName) -> Target {
        let addresses = self.addresses.read().unwrap_or_else(PoisonError::into_inner);
        self.hosts.target(node, addresses.get(node).map(String::as_str))
    }

    /// The hosts that the file names, in name order.
    pub fn named(&self) -> impl Iterator<Item = &NodeName> {
        self.hosts.nodes()
    }

    /// Learns the first address of each Node.
    pub fn remember(&self, nodes: &[Node]) {
        let known = nodes.iter().filter_map(|node| Some((node.name.clone(), node.addresses.first()?.clone())));
        self.learn(known);
    }

    /// Learns where hosts are.
    pub fn learn(&self, known: impl IntoIterator<Item = (NodeName, String)>) {
        self.addresses.write().unwrap_or_else(PoisonError::into_inner).extend(known);
    }

    /// Asks hosts, side by side. One answer for each.
    pub async fn look(&self, asked: Vec<(NodeName, Question)>) -> Vec<HostAnswer> {
        let looks = asked.into_iter().map(|(node, question)| async move {
            let target = self.target(&node);
            let operation = question.operation.as_ref().map(|key| operation::Place::new(&self.operations, key));
            let question = probe::Question { operation, minors: question.minors, components: question.components };
            let seen = probe::look(self.transport.as_ref(), &target, question, &self.time).await;
            HostAnswer { node, seen }
        });
        futures::stream::iter(looks).buffered(AT_ONCE).collect().await
    }

    /// Begins the step's commands on the host, unless that was done before under the same key.
    ///
    /// # Errors
    /// When they were not begun. An error of kind `Away` leaves open whether they were: the key settles it.
    pub async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        if let Some(relay) = self.relay(step, operation::Place::new(&self.operations, key)) {
            return relay.begin().await;
        }
        let target = self.target(host_of(step)?);
        operation::begin(self.transport.as_ref(), &target, &self.operations, step, key).await
    }

    /// The operation, where it goes over several hosts.
    fn relay(&self, step: &Step, place: operation::Place) -> Option<operation::Relay<'_>> {
        let parts = commands::parts(&step.action)?.into_iter().map(|part| (self.target(&part.host), part));
        Some(operation::Relay::new(self.transport.as_ref(), &self.operations, place, parts.collect()))
    }

    /// Says how commands stand that were begun on the host.
    ///
    /// # Errors
    /// When the host could not be asked.
    pub async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        if let Some(relay) = self.relay(step, operation::Place::find(&self.operations, operation)?) {
            return relay.poll(patience).await;
        }
        let target = self.target(host_of(step)?);
        operation::poll(self.transport.as_ref(), &target, &self.operations, operation, patience).await
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
