//! Joins what hosts answer and a cloud says to what the API shows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{Gap, GapSubject, Inventory};
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_provider::{Cloud, CloudAnswer, HostAnswer, Hosts, Observer, PortError, Provider};

use crate::rounds::Rounds;

/// An observer of the API and of what a provider sees beyond it. A host or cloud that does not answer is a gap, never an
/// error: the gate knows what to make of it.
///
/// Lanes that look side by side at what all of them look at share a look.
pub struct ComposedObserver {
    api: Arc<dyn Observer>,
    provider: Provider,
    rounds: Rounds,
}

impl ComposedObserver {
    /// Joins what the API shows and what the provider sees.
    #[must_use]
    pub fn new(api: Arc<dyn Observer>, provider: Provider) -> Self {
        Self { api, provider, rounds: Rounds::default() }
    }
}

#[async_trait]
impl Observer for ComposedObserver {
    async fn observe(&self, scope: &Scope) -> Result<Inventory, PortError> {
        let mut inventory = match (&scope.pods, scope.evidence) {
            (PodScope::None, false) => self.rounds.look(&self.api).await?,
            (PodScope::None | PodScope::Node(_) | PodScope::All, _) => self.api.observe(scope).await?,
        };
        look_beyond(&self.provider, scope, &mut inventory).await;
        Ok(inventory)
    }

    async fn changed(&self, scope: &Scope, patience: Duration) {
        self.api.changed(scope, patience).await;
    }
}

/// Looks at what the API does not show, and enters what is seen.
pub async fn look_beyond(provider: &Provider, scope: &Scope, inventory: &mut Inventory) {
    if let Some(hosts) = &provider.hosts {
        look_at_hosts(hosts.as_ref(), &scope.hosts, inventory).await;
    }
    if let Some(cloud) = &provider.cloud {
        look_at_cloud(cloud.as_ref(), scope.cloud, inventory).await;
    }
}

/// Asks the cloud. An inventory has either what the cloud says or why that is not known.
async fn look_at_cloud(cloud: &dyn Cloud, scope: CloudScope, inventory: &mut Inventory) {
    if scope == CloudScope::None {
        return;
    }
    inventory.gaps.retain(|gap| gap.subject != GapSubject::Cloud);
    match cloud.look(scope).await {
        Ok(CloudAnswer { cluster, gaps }) => {
            inventory.cloud = Some(cluster);
            inventory.adopt_nodes();
            inventory.leave_control_plane_to_cloud();
            inventory.gaps.extend(gaps);
        }
        Err(error) => {
            let why = with_sources(&error);
            inventory.gaps.push(Gap { subject: GapSubject::Cloud, why, hint: error.hint });
        }
    }
}

/// Asks the hosts in scope behind what was seen of the API, and enters what they answer. An inventory says of a host
/// either what it is or why it is not known, so an earlier gap about a host that has answered goes.
async fn look_at_hosts(hosts: &dyn Hosts, scope: &HostScope, inventory: &mut Inventory) {
    if *scope == HostScope::None {
        return;
    }
    let answers = hosts.look(&inventory.nodes, scope).await;
    let answered: BTreeSet<&NodeName> = answers.iter().map(|answer| &answer.node).collect();
    inventory.gaps.retain(|gap| match &gap.subject {
        GapSubject::Host(node) => !answered.contains(node),
        GapSubject::Component(..)
        | GapSubject::Pods
        | GapSubject::Budgets
        | GapSubject::KubeadmRecord
        | GapSubject::Evidence
        | GapSubject::ApiUse
        | GapSubject::Cloud
        | GapSubject::NodePools => true,
    });
    for HostAnswer { node, seen } in answers {
        match seen {
            Ok((host, operation)) => {
                inventory.enter_host(node, host);
                inventory.operation = operation.or(inventory.operation.take());
            }
            Err(error) => {
                let why = with_sources(&error);
                inventory.gaps.push(Gap { subject: GapSubject::Host(node), why, hint: error.hint });
            }
        }
    }
}

/// The error and what lies underneath, in one line; an error that ends in its own source's words says them once.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let words = inner.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = inner.source();
    }
    text
}

/// The same, and what to do about it.
pub(crate) fn with_hint(error: &PortError) -> String {
    let said = with_sources(error);
    error.hint.as_ref().map_or_else(|| said.clone(), |hint| format!("{said}; {hint}"))
}

#[cfg(test)]
mod tests {
    use upgrade_provider::ErrorKind;

    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let cause = || std::io::Error::other("no route");
        let plain = PortError::new(ErrorKind::Away, "failed to reach w1").because(cause());
        assert_eq!(with_sources(&plain), "failed to reach w1: no route");
        let repeating = PortError::new(ErrorKind::Away, "failed to reach w1: no route").because(cause());
        assert_eq!(with_sources(&repeating), "failed to reach w1: no route");
    }
}
