//! The handle everything else is reached through.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kube::Client;
use serde_json::Value;
use upgrade_core::ids::ClusterUid;
use upgrade_core::inventory::ClusterIdentity;
use upgrade_provider::{Entry, PortError, TimeOfDay};

use crate::api::{Api, REQUEST_TIMEOUT};
use crate::wire::ObjectMeta;

/// A cluster as its API shows it.
pub struct Cluster {
    pub(crate) api: Api,
    name: String,
    server: String,
    pub(crate) time: TimeOfDay,
    /// What the kubeconfig says of which cluster this is.
    entry: Entry,
    /// What the kubeconfig's cluster entry says beyond what kubectl knows, by name.
    extensions: BTreeMap<String, Value>,
    /// Up to which resource version each scope was looked at, for watches to start there.
    seen: Mutex<BTreeMap<String, String>>,
}

impl Cluster {
    pub(crate) fn new(api: Api, name: String, server: String, time: TimeOfDay) -> Self {
        let entry = Entry { server: server.clone(), cluster: name.clone(), ..Entry::default() };
        Self { api, name, server, time, entry, extensions: BTreeMap::new(), seen: Mutex::new(BTreeMap::new()) }
    }

    /// A cluster reached by a client that is there already, with the usual time limit for a request. `server` is the URL
    /// to show; `time` is the time of day in that cluster.
    #[must_use]
    pub fn over(client: Client, name: impl Into<String>, server: impl Into<String>, time: TimeOfDay) -> Self {
        Self::new(Api::new(client, Some(REQUEST_TIMEOUT)), name.into(), server.into(), time)
    }

    /// The same cluster, of which a kubeconfig says this.
    #[must_use]
    pub fn known_as(self, entry: Entry) -> Self {
        Self { entry, ..self }
    }

    /// What the kubeconfig says of which cluster this is.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    pub(crate) fn extended(self, extensions: BTreeMap<String, Value>) -> Self {
        Self { extensions, ..self }
    }

    /// The same cluster, in its own time.
    #[must_use]
    pub fn in_time_of(self, time: TimeOfDay) -> Self {
        Self { time, ..self }
    }

    /// What the kubeconfig's cluster entry holds under that name among its `extensions`.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&Value> {
        self.extensions.get(name)
    }

    /// Posts to a path beside those of the Kubernetes API, with the same credentials, and waits for the answer no longer
    /// than `limit`. `what` continues "failed to …".
    ///
    /// # Errors
    /// When it was not answered as hoped.
    pub async fn post_beside(&self, path: &str, body: &Value, limit: Duration, what: &str) -> Result<Value, PortError> {
        let api = Api::new(self.api.client().clone(), Some(limit));
        api.post(path, body).await.map_err(|failure| failure.port(what))
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
