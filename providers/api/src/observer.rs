//! The ports through which the world is seen.

use std::time::Duration;

use async_trait::async_trait;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{Host, Inventory, Node, OperationOutcome};
use upgrade_core::scope::{HostScope, Scope};

use crate::error::PortError;

/// Sees the whole world of one cluster: the API and, through a provider, its hosts.
#[async_trait]
pub trait Observer: Send + Sync {
    /// Looks now. What could not be seen is a gap in the answer, not an error.
    ///
    /// # Errors
    /// When the API could not be asked at all.
    async fn observe(&self, scope: &Scope) -> Result<Inventory, PortError>;

    /// Returns as soon as something in scope may have changed, or after `patience`. Watching is a hint to look again:
    /// errors are not reported, the next look will meet them.
    async fn changed(&self, scope: &Scope, patience: Duration);
}

/// Looks at hosts, without changing them.
#[async_trait]
pub trait Hosts: Send + Sync {
    /// Asks the hosts in scope, side by side. One answer for each host asked.
    async fn look(&self, nodes: &[Node], scope: &HostScope) -> Vec<HostAnswer>;
}

/// What one host answered.
#[derive(Debug)]
pub struct HostAnswer {
    /// Which host.
    pub node: NodeName,
    /// What was observed, with the outcome of the operation asked about; or why nothing was.
    pub seen: Result<(Host, Option<OperationOutcome>), PortError>,
}
