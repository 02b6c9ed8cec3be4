//! The provider: which hosts are meant, and what is asked of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::component::Component;
use upgrade_core::components::{ComponentHost, Components};
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::Node;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Carrier, Step};
use upgrade_core::scope::{HostScope, OperationKey};
use upgrade_hosts::{Fleet, Question};
use upgrade_provider::{Backend, HostAnswer, Hosts, OperationStatus, Person, PortError, TimeOfDay};
use upgrade_ssh::{HostsFile, Transport};

use crate::person::Nobody;

/// The name of an operation that a person carries out.
const BY_HAND: &str = "by-hand";

/// Hand-built clusters over SSH.
pub struct Manual {
    fleet: Fleet,
    /// What runs where; none before it was discovered, and then every host that is known is asked.
    components: Option<Components>,
    person: Arc<dyn Person>,
    /// Seconds for which a person has been waited for.
    waited_s: AtomicU64,
}

impl Manual {
    /// Reaches hosts as `hosts` says, else as the components file does, else at their Node's first InternalIP.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, hosts: HostsFile, components: Option<Components>) -> Self {
        let fleet = Fleet::new(transport, hosts);
        let known = components.iter().flat_map(|components| &components.hosts);
        fleet.learn(known.filter_map(|host| Some((host.name.clone(), host.address.clone()?))));
        Self { fleet, components, person: Arc::new(Nobody), waited_s: AtomicU64::new(0) }
    }

    /// Holds the hosts' clocks against another clock than this computer's.
    #[must_use]
    pub fn in_time_of(mut self, time: TimeOfDay) -> Self {
        self.fleet = self.fleet.in_time_of(time);
        self
    }

    /// Has what is left to a person done by this one.
    #[must_use]
    pub fn hearing(mut self, person: Arc<dyn Person>) -> Self {
        self.person = person;
        self
    }

    fn all(&self, nodes: &[Node]) -> BTreeSet<NodeName> {
        match &self.components {
            Some(components) => components.hosts.iter().map(|host| host.name.clone()).collect(),
            None => self.fleet.named().cloned().chain(nodes.iter().map(|node| node.name.clone())).collect(),
        }
    }

    /// The hosts whose components every step is judged against, whichever host it is about.
    fn common(&self) -> impl Iterator<Item = &NodeName> {
        let hosts = self.components.iter().flat_map(|components| &components.hosts);
        hosts.filter(|host| serves_all(host)).map(|host| &host.name)
    }
}

/// Whether the host carries a part of the control plane or of its store.
fn serves_all(host: &ComponentHost) -> bool {
    host.parts.iter().any(|part| match part.component {
        Component::Etcd
        | Component::ApiServer
        | Component::ControllerManager
        | Component::Scheduler
        | Component::CloudControllerManager => true,
        Component::Kubelet
        | Component::KubeProxy
        | Component::CoreDns
        | Component::ContainerRuntime
        | Component::Kubeadm
        | Component::Kubectl => false,
    })
}

#[async_trait]
impl Hosts for Manual {
    async fn look(&self, nodes: &[Node], scope: &HostScope) -> Vec<HostAnswer> {
        let placed = self.components.iter().flat_map(|components| &components.hosts);
        let placed: BTreeSet<&NodeName> = placed.filter(|host| host.address.is_some()).map(|host| &host.name).collect();
        let others: Vec<Node> = nodes.iter().filter(|node| !placed.contains(&node.name)).cloned().collect();
        self.fleet.remember(&others);
        let plain = Question { components: true, ..Question::default() };
        let asked: Vec<(NodeName, Question)> = match scope {
            HostScope::None => Vec::new(),
            HostScope::One { node, operation } => {
                let names: BTreeSet<&NodeName> = self.common().chain([node]).collect();
                let question = |name: &NodeName| Question {
                    operation: operation.clone().filter(|_| name == node),
                    ..plain.clone()
                };
                names.into_iter().map(|name| (name.clone(), question(name))).collect()
            }
            HostScope::All { minors: _ } => self.all(nodes).into_iter().map(|name| (name, plain.clone())).collect(),
        };
        self.fleet.look(asked).await
    }
}

#[async_trait]
impl Backend for Manual {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        if step.action.carrier() == Carrier::Person {
            self.person.show(step).await?;
            self.waited_s.store(0, Ordering::Relaxed);
            return Ok(OperationRef(BY_HAND.to_owned()));
        }
        self.fleet.begin(step, key).await
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        if operation.0 != BY_HAND {
            return self.fleet.poll(step, operation, patience).await;
        }
        if self.person.said_so(step, patience).await {
            let observed = vec!["a person said that it was done".to_owned()];
            return Ok(OperationStatus::Succeeded { output: String::new(), observed });
        }
        let waited = self.waited_s.fetch_add(patience.as_secs(), Ordering::Relaxed) + patience.as_secs();
        // The minutes keep a person's time from looking like a standstill.
        let text = format!("waiting for a person to do it, {} min so far", waited / 60);
        Ok(OperationStatus::Running { text, done: None, total: None, blocked: Vec::new() })
    }
}
