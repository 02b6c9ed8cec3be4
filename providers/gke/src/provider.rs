//! The provider: which cluster is asked about, and what is asked.

use std::time::Duration;

use async_trait::async_trait;
use google_cloud_container_v1::client::ClusterManager;
use google_cloud_container_v1::model::{Cluster, NodePool, Operation};
use upgrade_core::ids::PoolName;
use upgrade_core::inventory::CloudNames;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, CloudAction, Step};
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_provider::{
    Backend, Cloud, CloudAnswer, Endpoint, Entry, ErrorKind, GivenNames, OperationStatus, PortError,
};

use crate::error::{Call, GET, OPERATIONS};
use crate::{begin, connect, look, names, poll};

/// A GKE cluster.
pub struct Gke {
    pub(crate) client: ClusterManager,
    pub(crate) names: CloudNames,
}

impl Gke {
    /// The cluster that a kubeconfig's entry is about, or the one whose names were given. Asks nobody yet. At an endpoint of
    /// its own no credentials are looked for.
    ///
    /// # Errors
    /// When neither tells project, location and name, or there are no credentials.
    pub async fn connect(entry: &Entry, given: &GivenNames, endpoint: Option<&Endpoint>) -> Result<Self, PortError> {
        let names = names::names(entry, given)?;
        let client = connect::client(endpoint).await?;
        Ok(Self { client, names })
    }

    /// A call, for its errors.
    pub(crate) const fn call<'a>(&'a self, purpose: &'a str, right: &'static str) -> Call<'a> {
        Call { purpose, right, names: &self.names }
    }

    /// The cluster, as GKE describes it now.
    pub(crate) async fn cluster(&self) -> Result<Cluster, PortError> {
        let call = self.call("ask GKE for the cluster", GET);
        let asked = self.client.get_cluster().set_name(names::cluster(&self.names));
        asked.send().await.map_err(|error| call.failed(error))
    }

    /// The pool, as GKE describes it now; none where there is none.
    pub(crate) async fn pool(&self, pool: &PoolName) -> Result<Option<NodePool>, PortError> {
        let call = self.call("ask GKE for the pool", GET);
        match self.client.get_node_pool().set_name(self.pool_name(pool)).send().await {
            Ok(pool) => Ok(Some(pool)),
            Err(error) => match call.failed(error) {
                error if error.kind == ErrorKind::NotFound => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Operations at the cluster's location, the newest first as GKE has them.
    pub(crate) async fn operations(&self) -> Result<Vec<Operation>, PortError> {
        let call = self.call("ask GKE what is going on", OPERATIONS);
        let asked = self.client.list_operations().set_parent(names::parent(&self.names));
        let answer = asked.send().await.map_err(|error| call.failed(error))?;
        if answer.missing_zones.is_empty() {
            return Ok(answer.operations);
        }
        // What goes on in a zone that did not answer must not be begun again.
        let zones = answer.missing_zones.join(", ");
        Err(PortError::new(ErrorKind::Away, format!("failed to {}: the answer lacks zone {zones}", call.purpose)))
    }

    /// A pool's whole name.
    pub(crate) fn pool_name(&self, pool: &PoolName) -> String {
        format!("{}/nodePools/{pool}", names::cluster(&self.names))
    }
}

/// What a step does through a cloud.
fn action(step: &Step) -> Result<&CloudAction, PortError> {
    match &step.action {
        Action::Cloud(action) => Ok(action),
        other => Err(PortError::new(ErrorKind::Refused, format!("expected an action of a cloud, found {other:?}"))),
    }
}

#[async_trait]
impl Cloud for Gke {
    async fn look(&self, scope: CloudScope) -> Result<CloudAnswer, PortError> {
        look::look(self, scope).await
    }
}

#[async_trait]
impl Backend for Gke {
    async fn begin(&self, step: &Step, _: &OperationKey) -> Result<OperationRef, PortError> {
        begin::begin(self, action(step)?).await
    }

    async fn poll(&self, _: &Step, operation: &OperationRef, patience: Duration) -> Result<OperationStatus, PortError> {
        poll::poll(self, operation, patience).await
    }
}
