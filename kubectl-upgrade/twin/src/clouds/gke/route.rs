//! What a request is about: the names in its path, and the right it takes.

use http::Method;

/// The names in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) project: &'a str,
    /// A region, a zone, or `-` for all of them.
    pub(super) location: &'a str,
    pub(super) on: On<'a>,
    /// What follows the colon.
    pub(super) verb: Option<&'a str>,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum On<'a> {
    ServerConfig,
    Clusters,
    Operations,
    Operation(&'a str),
    /// A cluster; its pools where a pool is `Some(None)`; one of them where it is named.
    Cluster {
        cluster: &'a str,
        pool: Option<Option<&'a str>>,
    },
}

impl<'a> Address<'a> {
    /// Reads a path; none for one that is no method's.
    pub(super) fn of(path: &[&'a str]) -> Option<Self> {
        let ["v1", "projects", project, "locations" | "zones", location, rest @ ..] = path else { return None };
        let (last, before) = rest.split_last()?;
        let (last, verb) = match last.split_once(':') {
            Some((last, verb)) => (last, Some(verb)),
            None => (*last, None),
        };
        let on = match (before, last) {
            ([], "serverConfig" | "serverconfig") => On::ServerConfig,
            ([], "clusters") => On::Clusters,
            ([], "operations") => On::Operations,
            (["operations"], id) => On::Operation(id),
            (["clusters"], cluster) => On::Cluster { cluster, pool: None },
            (["clusters", cluster], "nodePools") => On::Cluster { cluster, pool: Some(None) },
            (["clusters", cluster, "nodePools"], pool) => On::Cluster { cluster, pool: Some(Some(pool)) },
            _ => return None,
        };
        Some(Self { project, location, on, verb })
    }

    /// The right that a method takes; none for one that is not simulated.
    pub(super) fn permission(&self, method: &Method) -> Option<&'static str> {
        let read = method == Method::GET;
        match (&self.on, self.verb) {
            (On::ServerConfig, None) if read => Some("container.clusters.list"),
            (On::Clusters, None) if read => Some("container.clusters.list"),
            (On::Operations, None) if read => Some("container.operations.list"),
            (On::Operation(_), None) if read => Some("container.operations.get"),
            (On::Operation(_), Some("cancel")) if method == Method::POST => Some("container.operations.get"),
            (On::Cluster { pool: None, .. }, None) if read => Some("container.clusters.get"),
            (On::Cluster { pool: None, .. }, Some("fetchClusterUpgradeInfo")) if read => Some("container.clusters.get"),
            (On::Cluster { pool: Some(Some(_)), .. }, Some("fetchNodePoolUpgradeInfo")) if read => {
                Some("container.clusters.get")
            }
            (On::Cluster { pool: Some(_), .. }, None) if read => Some("container.clusters.get"),
            (On::Cluster { pool: None, .. }, None) if method == Method::PUT => Some("container.clusters.update"),
            (On::Cluster { pool: None, .. }, Some("completeControlPlaneUpgrade")) if method == Method::POST => {
                Some("container.clusters.update")
            }
            (On::Cluster { pool: Some(None), .. }, None) if method == Method::POST => Some("container.clusters.update"),
            (On::Cluster { pool: Some(Some(_)), .. }, None) if method == Method::PUT || method == Method::DELETE => {
                Some("container.clusters.update")
            }
            (On::Cluster { pool: Some(Some(_)), .. }, Some("rollback" | "completeUpgrade" | "setSize"))
                if method == Method::POST =>
            {
                Some("container.clusters.update")
            }
            _ => None,
        }
    }

    /// The cluster's whole name, as errors have it.
    pub(super) fn cluster_name(&self) -> String {
        let cluster = match self.on {
            On::Cluster { cluster, .. } => cluster,
            On::ServerConfig | On::Clusters | On::Operations | On::Operation(_) => "-",
        };
        format!("projects/{}/locations/{}/clusters/{cluster}", self.project, self.location)
    }
}
