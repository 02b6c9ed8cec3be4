//! The names of resources, as the store keeps them apart.

use std::fmt;

/// A resource by its plural name. One that several groups serve (events, ingresses) is kept once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(&'static str);

impl Resource {
    /// `configmaps`
    pub const CONFIG_MAPS: Self = Self("configmaps");
    /// `daemonsets`
    pub const DAEMON_SETS: Self = Self("daemonsets");
    /// `deployments`
    pub const DEPLOYMENTS: Self = Self("deployments");
    /// `events`
    pub const EVENTS: Self = Self("events");
    /// `jobs`
    pub const JOBS: Self = Self("jobs");
    /// `leases`
    pub const LEASES: Self = Self("leases");
    /// `namespaces`
    pub const NAMESPACES: Self = Self("namespaces");
    /// `nodes`
    pub const NODES: Self = Self("nodes");
    /// `persistentvolumeclaims`
    pub const CLAIMS: Self = Self("persistentvolumeclaims");
    /// `persistentvolumes`
    pub const VOLUMES: Self = Self("persistentvolumes");
    /// `pods`
    pub const PODS: Self = Self("pods");
    /// `poddisruptionbudgets`
    pub const BUDGETS: Self = Self("poddisruptionbudgets");
    /// `replicasets`
    pub const REPLICA_SETS: Self = Self("replicasets");
    /// Karpenter's `nodepools`
    pub const NODE_POOLS: Self = Self("nodepools");
    /// Karpenter's `nodeclaims`
    pub const NODE_CLAIMS: Self = Self("nodeclaims");
    /// Karpenter's `ec2nodeclasses`
    pub const EC2_NODE_CLASSES: Self = Self("ec2nodeclasses");
    /// `storageclasses`
    pub const STORAGE_CLASSES: Self = Self("storageclasses");
    /// `statefulsets`
    pub const STATEFUL_SETS: Self = Self("statefulsets");

    /// The resource of that plural name; only tables name others than the constants.
    #[must_use]
    pub const fn named(plural: &'static str) -> Self {
        Self(plural)
    }

    /// Its plural name.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
