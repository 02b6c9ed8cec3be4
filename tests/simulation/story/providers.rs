//! The provider of a case's cluster, as a process has it that has just started.

use std::sync::{Arc, OnceLock};

use upgrade_core::plan::ProviderKind;
use upgrade_provider::{Entry, PortError, Provider};
use upgrade_provider_aks::Aks;
use upgrade_provider_eks::Eks;
use upgrade_provider_gke::Gke;
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_provider_manual::Manual;
use upgrade_rehearsal::{Bridge, Identity, OpenCloud, Stage};
use upgrade_ssh::HostsFile;
use upgrade_twin::clouds::Cloud;

use crate::case::Case;

/// What simulated clouds prove themselves by: one for all, as making it takes its time.
static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();

pub(super) fn kind(case: &Case) -> ProviderKind {
    match case.cloud() {
        Some(Cloud::Eks) => ProviderKind::Eks,
        Some(Cloud::Gke) => ProviderKind::Gke,
        Some(Cloud::Aks) => ProviderKind::Aks,
        None if case.blueprint.components().is_some() => ProviderKind::Manual,
        None => ProviderKind::Kubeadm,
    }
}

pub(super) fn made(case: &Case, stage: &Stage) -> Provider {
    let transport = Arc::clone(&stage.transport);
    if let Some(cloud) = case.cloud() {
        return through(cloud, stage);
    }
    if let Some(components) = case.blueprint.components() {
        let manual = Manual::new(transport, HostsFile::default(), Some(components)).in_time_of(stage.time());
        return Provider::on_hosts(Arc::new(manual));
    }
    let kubeadm = Kubeadm::new(transport, HostsFile::default()).in_time_of(stage.time());
    Provider::on_hosts(Arc::new(kubeadm))
}

fn through(cloud: Cloud, stage: &Stage) -> Provider {
    let identity = IDENTITY.get_or_init(|| Arc::new(Identity::new().expect("a certificate can always be made")));
    let provider =
        Bridge::over(&stage.twin, Arc::clone(identity), move |open| async move { client(cloud, open).await });
    provider.expect("there is room for a thread")
}

async fn client(cloud: Cloud, OpenCloud { endpoint, names }: OpenCloud) -> Result<Provider, PortError> {
    let (entry, at) = (Entry::default(), Some(&endpoint));
    Ok(match cloud {
        Cloud::Eks => Provider::through_cloud(Arc::new(Eks::connect(&entry, &names, at).await?)),
        Cloud::Gke => Provider::through_cloud(Arc::new(Gke::connect(&entry, &names, at).await?)),
        Cloud::Aks => Provider::through_cloud(Arc::new(Aks::new(&entry, names, at)?)),
    })
}
