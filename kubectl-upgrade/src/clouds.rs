//! The providers that work through a cloud, each behind a feature of its own.

use std::sync::Arc;

use upgrade_core::plan::ProviderKind;
use upgrade_provider::{Endpoint, Entry, ErrorKind, GivenNames, PortError, Provider};
use upgrade_rehearsal::Bridge;

use crate::commands::Way;

/// The provider of a cluster; none where this build has none for it.
///
/// # Errors
/// When the cloud cannot be asked: no credentials, no such cluster, a name that is missing.
pub(crate) async fn provider(kind: ProviderKind, way: &Way, given: GivenNames) -> Result<Option<Provider>, PortError> {
    let meant = Meant::by(way, given);
    match kind {
        #[cfg(feature = "eks")]
        ProviderKind::Eks => {
            made(way, move || {
                let Meant { entry, given, endpoint } = meant.clone();
                async move {
                    let eks = upgrade_provider_eks::Eks::connect(&entry, &given, endpoint.as_ref()).await?;
                    Ok(Provider::through_cloud(Arc::new(eks)))
                }
            })
            .await
        }
        #[cfg(not(feature = "eks"))]
        ProviderKind::Eks => Ok(None),
        ProviderKind::Gke | ProviderKind::Aks | ProviderKind::Kubeadm | ProviderKind::Manual => Ok(None),
    }
}

/// Which cluster of a cloud is meant, and where the cloud is.
#[derive(Clone)]
struct Meant {
    entry: Entry,
    given: GivenNames,
    endpoint: Option<Endpoint>,
}

impl Meant {
    /// As the person says, then as the simulated cloud does, where it is one.
    fn by(way: &Way, given: GivenNames) -> Self {
        let entry = way.cluster.entry().clone();
        match way.cloud.clone() {
            Some(open) => Self { entry, given: given.or(open.names), endpoint: Some(open.endpoint) },
            None => Self { entry, given, endpoint: None },
        }
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
