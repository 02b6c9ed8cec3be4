//! What Azure offers: upgrade profiles of a cluster and its pools, and the versions of a region.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use upgrade_provider::PortError;

use super::read;

/// Where a cluster can go from here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpgradeProfile {
    pub(crate) properties: UpgradeProfileProperties,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpgradeProfileProperties {
    pub(crate) control_plane_profile: ProfileOf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileOf {
    #[serde(default)]
    pub(crate) upgrades: Option<Vec<Upgrade>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Upgrade {
    pub(crate) kubernetes_version: String,
    pub(crate) is_preview: Option<bool>,
}

/// Where a pool can go, and where it came from.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PoolUpgradeProfile {
    pub(crate) properties: PoolUpgradeProfileProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PoolUpgradeProfileProperties {
    pub(crate) upgrades: Option<Vec<Upgrade>>,
    /// What it ran before, the newest of them being the way back.
    pub(crate) recently_used_versions: Option<Vec<RecentlyUsed>>,
    pub(crate) latest_node_image_version: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RecentlyUsed {
    pub(crate) orchestrator_version: String,
    pub(crate) node_image_version: Option<String>,
    /// When it was left.
    pub(crate) timestamp: Option<String>,
}

/// The versions of a region.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Versions {
    pub(crate) values: Vec<MinorOffer>,
}

/// One minor of a region.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MinorOffer {
    /// `1.35`.
    pub(crate) version: String,
    pub(crate) capabilities: Option<Capabilities>,
    pub(crate) is_preview: Option<bool>,
    /// By patch: `1.35.2`, with where it leads.
    pub(crate) patch_versions: BTreeMap<String, Patch>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Capabilities {
    /// `KubernetesOfficial`, `AKSLongTermSupport`.
    pub(crate) support_plan: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Patch {
    pub(crate) upgrades: Vec<String>,
}

/// Where an operation stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Operation {
    pub(crate) name: String,
    /// `InProgress`, `Succeeded`, `Failed`, `Canceled`; others mean that it goes on.
    pub(crate) status: String,
    pub(crate) start_time: Option<String>,
    pub(crate) percent_complete: Option<f64>,
    pub(crate) error: Option<Value>,
}

impl UpgradeProfile {
    pub(crate) fn read(value: &Value) -> Result<Self, PortError> {
        read("an upgrade profile", value)
    }
}

impl PoolUpgradeProfile {
    pub(crate) fn read(value: &Value) -> Result<Self, PortError> {
        read("an upgrade profile of a pool", value)
    }
}

impl Versions {
    pub(crate) fn read(value: &Value) -> Result<Self, PortError> {
        read("the versions of a region", value)
    }
}

impl Operation {
    pub(crate) fn read(value: &Value) -> Result<Self, PortError> {
        read("an operation", value)
    }
}
