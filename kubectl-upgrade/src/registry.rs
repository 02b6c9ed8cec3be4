//! The one place that names providers and wires the ports of a run.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use upgrade_cluster::{Cluster, ClusterLock};
use upgrade_core::facts::Facts;
use upgrade_core::gate::{self, Context, Decision, Difference};
use upgrade_core::ids::RunId;
use upgrade_core::inventory::Inventory;
use upgrade_core::plan::{Plan, ProviderKind, Step};
use upgrade_core::scope::{OperationKey, Scope};
use upgrade_engine::{ComposedObserver, Policy, Ports, Question};
use upgrade_provider::{Backend, Hosts};

use crate::commands::Look;
use crate::exit::Exit;
use crate::failure::Failure;

/// The way to the hosts of one kind of cluster.
pub(crate) struct HostSide {
    /// Looks at them.
    pub(crate) hosts: Arc<dyn Hosts>,
    /// Acts on them.
    pub(crate) backend: Arc<dyn Backend>,
}

/// The way to the hosts; none where the provider has no hosts of its own to ask.
pub(crate) fn hosts(provider: ProviderKind, file: Option<&Path>) -> Result<Option<HostSide>, Failure> {
    match provider {
        ProviderKind::Kubeadm => kubeadm(file).map(Some),
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks | ProviderKind::Manual => Ok(None),
    }
}

fn kubeadm(_file: Option<&Path>) -> Result<HostSide, Failure> {
    Err(Failure::new(Exit::Failed, "no way to kubeadm's hosts yet"))
}

/// The ports of a run.
pub(crate) fn ports(look: &Look, plan: &Plan, run: &RunId, holder: &str) -> Result<Ports, Failure> {
    let Some(side) = &look.hosts else {
        return Err(Failure::new(Exit::Failed, format!("no backend for {} clusters in this version", plan.provider)));
    };
    let cluster = Arc::clone(&look.cluster);
    Ok(Ports {
        observer: Arc::new(ComposedObserver::new(cluster.clone(), Arc::clone(&side.hosts))),
        cluster: cluster.clone(),
        provider: Arc::clone(&side.backend),
        lock: Arc::new(ClusterLock::new(cluster, run, holder)),
    })
}

/// The rights the plan will need and the user lacks, in words.
pub(crate) async fn missing_rights(_cluster: &Cluster, _plan: &Plan) -> Result<Vec<String>, Failure> {
    Ok(Vec::new())
}

/// The rules of the core, as the engine asks for them.
pub(crate) struct Rules {
    facts: Arc<Facts>,
}

impl Rules {
    /// Rules by these tables.
    pub(crate) const fn new(facts: Arc<Facts>) -> Self {
        Self { facts }
    }
}

impl Policy for Rules {
    fn decide(&self, question: &Question<'_>) -> Decision {
        gate::decide(&Context {
            plan: question.plan,
            step: question.step,
            fresh: question.fresh,
            run: question.run,
            accepted: question.accepted,
            facts: &self.facts,
            now: question.now,
        })
    }

    fn unmet(&self, step: &Step, fresh: &Inventory, now: Timestamp) -> Vec<Difference> {
        gate::unmet(step, fresh, now)
    }

    fn scope(&self, step: &Step, operation: Option<OperationKey>) -> Scope {
        gate::scope(step, operation)
    }
}
