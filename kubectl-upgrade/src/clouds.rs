//! The providers that work through a cloud, each behind a feature of its own.

use std::sync::Arc;

use upgrade_core::plan::ProviderKind;
use upgrade_provider::{ErrorKind, GivenNames, PortError, Provider};
use upgrade_rehearsal::Bridge;

use crate::commands::Way;

/// The provider of a cloud; none where this build has none for it.
///
/// # Errors
/// When the cloud cannot be asked: no credentials, no such cluster, a name that is missing.
pub(crate) async fn provider(kind: ProviderKind, way: &Way, given: GivenNames) -> Result<Option<Provider>, PortError> {
    match kind {
        #[cfg(feature = "aks")]
        ProviderKind::Aks => {
            let (entry, endpoint) = (way.cluster.entry().clone(), way.cloud.clone());
            made(way, move || {
                let aks = upgrade_provider_aks::Aks::new(&entry, given.clone(), endpoint.as_ref());
                async move { Ok(Provider::through_cloud(Arc::new(aks?))) }
            })
            .await
        }
        #[cfg(not(feature = "aks"))]
        ProviderKind::Aks => Ok(None),
        ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Kubeadm | ProviderKind::Manual => Ok(None),
    }
}

/// Makes it where it will live: beside the story of a simulated cluster in this process, as its SDK needs real time.
async fn made<M, F>(way: &Way, make: M) -> Result<Option<Provider>, PortError>
where
    M: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<Provider, PortError>> + Send + 'static,
{
    if way.stage.is_none() {
        return make().await.map(Some);
    }
    let failed = |error| PortError::new(ErrorKind::Away, "failed to make room for the provider").because(error);
    Bridge::to(make).map(Some).map_err(failed)
}
