//! The providers that work through a cloud, each behind a feature of its own.

use std::sync::Arc;

use upgrade_core::plan::ProviderKind;
use upgrade_provider::{Endpoint, Entry, ErrorKind, GivenNames, PortError, Provider};
use upgrade_rehearsal::{Bridge, Identity, OpenCloud};

use crate::commands::Way;

/// The provider of a cluster; none where this build has none for it.
///
/// # Errors
/// When the cloud cannot be asked: no credentials, no such cluster, a name that is missing.
pub(crate) async fn provider(kind: ProviderKind, way: &Way, given: GivenNames) -> Result<Option<Provider>, PortError> {
    let named = Named { entry: way.cluster.entry().clone(), given };
    match kind {
        #[cfg(feature = "eks")]
        ProviderKind::Eks => {
            let eks = |Meant { entry, given, endpoint }| async move {
                let eks = upgrade_provider_eks::Eks::connect(&entry, &given, endpoint.as_ref()).await?;
                Ok(Provider::through_cloud(Arc::new(eks)))
            };
            made(way, named, eks).await.map(Some)
        }
        #[cfg(feature = "gke")]
        ProviderKind::Gke => {
            let gke = |Meant { entry, given, endpoint }| async move {
                let gke = upgrade_provider_gke::Gke::connect(&entry, &given, endpoint.as_ref()).await?;
                Ok(Provider::through_cloud(Arc::new(gke)))
            };
            made(way, named, gke).await.map(Some)
        }
        #[cfg(feature = "aks")]
        ProviderKind::Aks => {
            let aks = |Meant { entry, given, endpoint }| async move {
                let aks = upgrade_provider_aks::Aks::new(&entry, given, endpoint.as_ref())?;
                Ok(Provider::through_cloud(Arc::new(aks)))
            };
            made(way, named, aks).await.map(Some)
        }
        #[cfg(not(feature = "eks"))]
        ProviderKind::Eks => Ok(None),
        #[cfg(not(feature = "gke"))]
        ProviderKind::Gke => Ok(None),
        #[cfg(not(feature = "aks"))]
        ProviderKind::Aks => Ok(None),
        ProviderKind::Kubeadm | ProviderKind::Manual => Ok(None),
    }
}

/// What names a cluster of a cloud.
#[derive(Clone)]
struct Named {
    entry: Entry,
    given: GivenNames,
}

/// Which cluster of a cloud is meant, and where the cloud is.
struct Meant {
    entry: Entry,
    given: GivenNames,
    endpoint: Option<Endpoint>,
}

impl Named {
    /// As the person says, then as the simulated cloud does, where it is one.
    fn at(self, open: Option<OpenCloud>) -> Meant {
        let Self { entry, given } = self;
        match open {
            Some(open) => Meant { entry, given: given.or(open.names), endpoint: Some(open.endpoint) },
            None => Meant { entry, given, endpoint: None },
        }
    }
}

/// Makes it where it will live: beside the story of a simulated cluster in this process, as its SDK needs real time.
async fn made<M, F>(way: &Way, named: Named, make: M) -> Result<Provider, PortError>
where
    M: Fn(Meant) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Provider, PortError>> + Send + 'static,
{
    let Some(stage) = &way.stage else { return make(named.at(way.cloud.clone())).await };
    let failed = || PortError::new(ErrorKind::Away, "failed to make room for the provider");
    let identity = Identity::new().map_err(|error| failed().because(error))?;
    Bridge::over(&stage.twin, Arc::new(identity), move |open| make(named.clone().at(Some(open))))
        .map_err(|error| failed().because(error))
}
