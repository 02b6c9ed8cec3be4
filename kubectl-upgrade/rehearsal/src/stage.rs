//! A simulated cluster and the production adapters that reach it.

use std::sync::Arc;

use kube::Client;
use upgrade_cluster::{Cluster, ClusterLock};
use upgrade_core::ids::{NodeName, RunId};
use upgrade_engine::{Clock, ComposedObserver, Ports};
use upgrade_provider::{Provider, TimeOfDay};
use upgrade_ssh::Transport;
use upgrade_twin::Twin;
use upgrade_twin::api::ApiService;
use upgrade_twin::blueprint::{Blueprint, BlueprintError};

use crate::clock::StageClock;
use crate::transport::TwinTransport;

/// A simulated cluster, ready for an upgrade.
#[derive(Clone)]
pub struct Stage {
    /// The cluster itself.
    pub twin: Twin,
    /// The way to its API.
    pub cluster: Arc<Cluster>,
    /// The way to its hosts.
    pub transport: Arc<dyn Transport>,
    /// Its time.
    pub clock: Arc<dyn Clock>,
}

impl Stage {
    /// Builds the cluster and the ways to it. Must be called on a runtime made by [`crate::runtime`].
    ///
    /// # Errors
    /// When the blueprint contradicts itself.
    pub fn open(blueprint: &Blueprint, seed: u64) -> Result<Self, BlueprintError> {
        Ok(Self::over(Twin::start(blueprint, seed)?, &blueprint.name))
    }

    /// New ways to a cluster that is there already, as a process has that is started anew.
    #[must_use]
    pub fn over(twin: Twin, name: &str) -> Self {
        let clock = twin.clock();
        let client = Client::new(ApiService::new(&twin), "default");
        let cluster = Cluster::over(client, name, format!("simulated://{name}"), time_of(&twin));
        let transport = Arc::new(TwinTransport::to(twin.clone()));
        Self { twin, cluster: Arc::new(cluster), transport, clock: Arc::new(StageClock::of(clock)) }
    }

    /// The time of day in the cluster.
    #[must_use]
    pub fn time(&self) -> TimeOfDay {
        time_of(&self.twin)
    }

    /// Where a host of it is reached; none when it has no such host.
    #[must_use]
    pub fn address(&self, host: &NodeName) -> Option<String> {
        self.twin.with(|world| world.hosts.get(host.as_str()).map(|host| host.address().to_owned()))
    }

    /// Sees the cluster whole, with all that the provider sees.
    #[must_use]
    pub fn observer(&self, provider: &Provider) -> ComposedObserver {
        ComposedObserver::new(self.cluster.clone(), provider.clone())
    }

    /// The ports of a run in this cluster.
    #[must_use]
    pub fn ports(&self, provider: &Provider, run: &RunId, holder: &str) -> Ports {
        Ports {
            observer: Arc::new(self.observer(provider)),
            cluster: self.cluster.clone(),
            provider: provider.backend.clone(),
            lock: Arc::new(ClusterLock::new(&self.cluster, holder, run.clone())),
        }
    }
}

fn time_of(twin: &Twin) -> TimeOfDay {
    let clock = twin.clock();
    TimeOfDay::told_by(move || clock.now())
}
