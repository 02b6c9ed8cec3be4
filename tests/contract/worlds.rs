//! A simulated cluster for each provider, and the provider of it made anew as often as is asked for.

use std::sync::Arc;

use upgrade_core::components::Components;
use upgrade_core::ids::RunId;
use upgrade_core::plan::ProviderKind;
use upgrade_core::version::Minor;
use upgrade_provider::{Entry, Provider};
use upgrade_provider_aks::Aks;
use upgrade_provider_eks::Eks;
use upgrade_provider_gke::Gke;
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_provider_manual::Manual;
use upgrade_rehearsal::{Bridge, Identity, OpenCloud, Stage};
use upgrade_ssh::HostsFile;
use upgrade_twin::blueprint::{Blueprint, Scenario};
use upgrade_twin::clouds;

/// A cluster that a provider upgrades.
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) kind: ProviderKind,
    /// One minor on.
    pub(crate) to: Minor,
    /// What its owner keeps, where it was built by hand.
    pub(crate) components: Option<Components>,
    identity: Arc<Identity>,
    /// The run that its steps are taken in.
    pub(crate) run: RunId,
}

impl World {
    pub(crate) async fn kubeadm() -> Self {
        Self::of("kubeadm", ProviderKind::Kubeadm).await
    }

    pub(crate) async fn hand_built() -> Self {
        Self::of("hand-built", ProviderKind::Manual).await
    }

    pub(crate) async fn hand_built_pods() -> Self {
        Self::of("hand-built-pods", ProviderKind::Manual).await
    }

    pub(crate) async fn eks() -> Self {
        Self::of("eks", ProviderKind::Eks).await
    }

    pub(crate) async fn gke() -> Self {
        Self::of("gke", ProviderKind::Gke).await
    }

    pub(crate) async fn aks() -> Self {
        Self::of("aks", ProviderKind::Aks).await
    }

    async fn of(scenario: &str, kind: ProviderKind) -> Self {
        let blueprint: Blueprint = Scenario::named(scenario).unwrap().blueprint();
        let stage = Stage::open(&blueprint, 7).unwrap();
        let from = blueprint.version.minor();
        Self {
            identity: Arc::new(Identity::new().unwrap()),
            to: Minor::new(from.major, from.minor + 1),
            components: blueprint.components(),
            stage,
            kind,
            run: RunId::new("20260101t000000z-c0ffee"),
        }
    }

    /// The provider, as a process has it that has just started.
    pub(crate) fn provider(&self) -> Provider {
        let (transport, time, file) = (Arc::clone(&self.stage.transport), self.stage.time(), HostsFile::default());
        match self.kind {
            ProviderKind::Kubeadm => Provider::on_hosts(Arc::new(Kubeadm::new(transport, file).in_time_of(time))),
            ProviderKind::Manual => {
                Provider::on_hosts(Arc::new(Manual::new(transport, file, self.components.clone()).in_time_of(time)))
            }
            ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks => self.through_cloud(),
        }
    }

    fn through_cloud(&self) -> Provider {
        let kind = self.kind;
        Bridge::over(&self.stage.twin, Arc::clone(&self.identity), move |open| {
            let OpenCloud { endpoint, names } = open;
            async move {
                let (entry, at) = (Entry::default(), Some(&endpoint));
                Ok(match kind {
                    ProviderKind::Eks => Provider::through_cloud(Arc::new(Eks::connect(&entry, &names, at).await?)),
                    ProviderKind::Gke => Provider::through_cloud(Arc::new(Gke::connect(&entry, &names, at).await?)),
                    ProviderKind::Aks => Provider::through_cloud(Arc::new(Aks::new(&entry, names, at)?)),
                    ProviderKind::Kubeadm | ProviderKind::Manual => unreachable!("no cloud runs it"),
                })
            }
        })
        .unwrap()
    }

    /// How many things were set going on hosts and in the cloud so far.
    pub(crate) fn effects(&self) -> usize {
        self.stage.twin.with(|world| {
            let logs = world.hosts.values().flat_map(|host| host.log());
            let units = logs.filter(|logged| logged.line.starts_with("systemd-run ")).count();
            units + clouds::of(world).map_or(0, |cloud| cloud.now().operations.len())
        })
    }
}
