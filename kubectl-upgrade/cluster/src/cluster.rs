//! The handle everything else is reached through.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kube::Client;
use upgrade_core::ids::ClusterUid;
use upgrade_core::inventory::ClusterIdentity;
use upgrade_provider::{PortError, TimeOfDay};

use crate::api::{Api, REQUEST_TIMEOUT};
use crate::wire::ObjectMeta;

/// A cluster as its API shows it.
pub struct Cluster {
    pub(crate) api: Api,
    name: String,
    server: String,
    pub(crate) time: TimeOfDay,
    /// Up to which resource version each scope was looked at, for watches to start there.
    seen: Mutex<BTreeMap<String, String>>,
}

impl Cluster {
    pub(crate) fn new(api: Api, name: String, server: String, time: TimeOfDay) -> Self {
        Self { api, name, server, time, seen: Mutex::new(BTreeMap::new()) }
    }

    /// A cluster reached by a client that is there already, with the usual time limit for a request. `server` is the URL
    /// to show; `time` is the time of day in that cluster.
    #[must_use]
    pub fn over(client: Client, name: impl Into<String>, server: impl Into<String>, time: TimeOfDay) -> Self {
        Self::new(Api::new(client, Some(REQUEST_TIMEOUT)), name.into(), server.into(), time)
    }

    /// The cluster's name in the kubeconfig.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL that is asked, without credentials.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Which cluster this is: asks for the UID of its kube-system namespace.
    ///
    /// # Errors
    /// When it could not be had: an identity without it would let one cluster pass for another.
    pub async fn identity(&self) -> Result<ClusterIdentity, PortError> {
        // Without a resource version, so that the answer comes from etcd and not from a cache.
        let found = self.api.get::<ObjectMeta>("/api/v1/namespaces/kube-system").await;
        let namespace = found.map_err(|failure| failure.port("get namespace kube-system"))?;
        Ok(ClusterIdentity {
            name: self.name.clone(),
            server: self.server.clone(),
            uid: ClusterUid::new(namespace.metadata.uid),
        })
    }

    pub(crate) fn remember(&self, scope: &str, resource_version: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(scope.to_owned(), resource_version.to_owned());
    }

    pub(crate) fn remembered(&self, scope: &str) -> Option<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(scope).cloned()
    }
}
