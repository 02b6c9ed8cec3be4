//! Where a cluster stands, ready to be shown: one row for each component at each version, with what the skew policy
//! allows and how long its minor is supported.
//!
//! Judging is the policy's work; this is what a judgement looks like on a screen and in JSON.

use serde::Serialize;
use upgrade_core::component::Component;
use upgrade_core::inventory::{CloudCluster, ClusterIdentity, Gap, Place};
use upgrade_core::support::SupportStatus;
use upgrade_core::version::Version;

/// Where a cluster stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Standing {
    /// Which cluster.
    pub(crate) cluster: ClusterIdentity,
    /// What kind of cluster it is, in words.
    pub(crate) kind: String,
    /// The evidence that decided the kind.
    pub(crate) evidence: Vec<String>,
    /// Nodes of the control plane.
    pub(crate) control_plane_nodes: usize,
    /// All other nodes.
    pub(crate) worker_nodes: usize,
    /// The oldest API server and the support of its minor.
    pub(crate) running: Option<Supported>,
    /// The components.
    pub(crate) components: Vec<ComponentRow>,
    /// What the cloud says that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloud: Option<CloudCluster>,
    /// What could not be seen.
    pub(crate) gaps: Vec<Gap>,
}

/// A version and the support of its minor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Supported {
    /// The version.
    pub(crate) version: Version,
    /// Its support.
    pub(crate) support: SupportStatus,
}

/// Instances of one component at one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ComponentRow {
    /// The component.
    pub(crate) component: Component,
    /// Where they run.
    pub(crate) places: Vec<Place>,
    /// Their version.
    pub(crate) version: Version,
    /// What the skew policy allows there right now; none where it has no say.
    pub(crate) allowed: Option<String>,
    /// The judgement.
    pub(crate) verdict: Judgement,
    /// The support of its minor, for components that are released with Kubernetes.
    pub(crate) support: Option<SupportStatus>,
}

/// How a row stands to the skew policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Judgement {
    /// Within it.
    Ok,
    /// Outside it, and how.
    Outside(String),
    /// Not known, because something it depends on was not seen.
    Unknown(String),
    /// The policy says nothing about this component.
    NotJudged,
}
