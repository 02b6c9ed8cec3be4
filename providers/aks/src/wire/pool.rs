//! One agent pool.

use serde::Deserialize;
use serde_json::Value;
use upgrade_provider::PortError;

use super::cluster::{PowerState, Status};
use super::read;

/// An agent pool, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AgentPool {
    pub(crate) properties: PoolProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PoolProperties {
    pub(crate) count: Option<u32>,
    pub(crate) min_count: Option<u32>,
    pub(crate) max_count: Option<u32>,
    pub(crate) enable_auto_scaling: Option<bool>,
    /// `System` pools must never be empty.
    pub(crate) mode: Option<String>,
    pub(crate) os_type: Option<String>,
    #[serde(rename = "osSKU")]
    pub(crate) os_sku: Option<String>,
    pub(crate) vm_size: Option<String>,
    pub(crate) scale_set_priority: Option<String>,
    /// What was asked for.
    pub(crate) orchestrator_version: Option<String>,
    /// What its nodes run; none on older clusters.
    pub(crate) current_orchestrator_version: Option<String>,
    pub(crate) node_image_version: Option<String>,
    pub(crate) provisioning_state: Option<String>,
    pub(crate) power_state: Option<PowerState>,
    pub(crate) availability_zones: Vec<String>,
    pub(crate) upgrade_settings: Option<PoolUpgradeSettings>,
    pub(crate) status: Option<Status>,
}

/// How nodes are replaced. What is absent is Azure's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PoolUpgradeSettings {
    /// `10%` or `1`.
    pub(crate) max_surge: Option<String>,
    pub(crate) max_unavailable: Option<String>,
    pub(crate) drain_timeout_in_minutes: Option<u32>,
    pub(crate) node_soak_duration_in_minutes: Option<u32>,
    /// `Schedule` or `Cordon`.
    pub(crate) undrainable_node_behavior: Option<String>,
}

impl AgentPool {
    pub(crate) fn read(value: &Value) -> Result<Self, PortError> {
        read("an agent pool", value)
    }
}

impl PoolProperties {
    /// The version its nodes run, else the one they shall.
    pub(crate) fn version(&self) -> Option<&str> {
        self.current_orchestrator_version.as_deref().or(self.orchestrator_version.as_deref())
    }
}
