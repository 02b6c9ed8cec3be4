//! What bears on who built the cluster and who owns its upgrades.
//!
//! Raw marks only; what they mean is decided in [`crate::detect`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::NodeName;

/// The marks found through the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `gitVersion` of `GET /version`, suffix and all.
    pub git_version: String,
    /// The API groups served.
    pub api_groups: BTreeSet<String>,
    /// `Kind/namespace/name` of the well-known objects that exist (ConfigMaps, DaemonSets, Deployments, CRDs that were
    /// asked for by name).
    pub objects: BTreeSet<String>,
    /// The marks of each node.
    pub nodes: Vec<NodeMarks>,
    /// The mirror pods of the control plane.
    pub control_plane_pods: Vec<ControlPlanePod>,
    /// `metadata.managedFields[].manager` seen on kube-system's well-known objects: GitOps tools and Terraform show here.
    pub managers: BTreeSet<String>,
}

/// The marks of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeMarks {
    /// Which node; none for marks merged from many alike nodes.
    pub node: Option<NodeName>,
    /// `spec.providerID`.
    pub provider_id: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// `nodeInfo.osImage`.
    pub os_image: String,
    /// `nodeInfo.kernelVersion`.
    pub kernel: String,
    /// `nodeInfo.kubeletVersion`, suffix and all.
    pub kubelet: String,
}

/// A mirror pod of a control-plane component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlPlanePod {
    /// The `component` label.
    pub component: String,
    /// Its node.
    pub node: NodeName,
    /// Its first container's image.
    pub image: String,
    /// Its command line, as the removed-flag checks read it.
    pub command: Vec<String>,
    /// Its annotations' keys.
    pub annotations: BTreeSet<String>,
}
