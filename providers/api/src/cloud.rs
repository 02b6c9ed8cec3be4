//! The port through which a cloud's own view of a cluster is seen.

use async_trait::async_trait;
use upgrade_core::inventory::{CloudCluster, Gap};
use upgrade_core::scope::CloudScope;

use crate::error::PortError;

/// Asks a cloud about one cluster, without changing it.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// Asks now. A part that could not be asked for (a missing right, an API that is not there) is a gap in the answer,
    /// never an error, and never taken for empty.
    ///
    /// # Errors
    /// When the cluster itself could not be asked for.
    async fn look(&self, scope: CloudScope) -> Result<CloudAnswer, PortError>;
}

/// What a cloud answered.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudAnswer {
    /// The cluster.
    pub cluster: CloudCluster,
    /// What could not be asked for, each about [`upgrade_core::inventory::GapSubject::Cloud`].
    pub gaps: Vec<Gap>,
}
