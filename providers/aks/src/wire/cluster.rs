//! The cluster as a whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::pool::PoolProperties;
use super::read;
use upgrade_provider::PortError;

/// A managed cluster, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedCluster {
    /// Its id, of any case.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) properties: ClusterProperties,
    #[serde(default)]
    pub(crate) sku: Sku,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ClusterProperties {
    pub(crate) provisioning_state: String,
    /// What was asked for: a minor alone lets Azure choose the patch.
    pub(crate) kubernetes_version: String,
    /// What runs.
    pub(crate) current_kubernetes_version: Option<String>,
    pub(crate) fqdn: Option<String>,
    #[serde(rename = "privateFQDN")]
    pub(crate) private_fqdn: Option<String>,
    pub(crate) power_state: Option<PowerState>,
    pub(crate) agent_pool_profiles: Vec<NamedPool>,
    pub(crate) support_plan: Option<String>,
    pub(crate) auto_upgrade_profile: Option<AutoUpgrade>,
    pub(crate) upgrade_settings: Option<UpgradeSettings>,
    pub(crate) node_provisioning_profile: Option<NodeProvisioning>,
    pub(crate) status: Option<Status>,
}

/// A pool as it stands within the cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedPool {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) properties: PoolProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sku {
    pub(crate) name: Option<String>,
    pub(crate) tier: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PowerState {
    pub(crate) code: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AutoUpgrade {
    pub(crate) upgrade_channel: Option<String>,
    #[serde(rename = "nodeOSUpgradeChannel")]
    pub(crate) node_os_upgrade_channel: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpgradeSettings {
    pub(crate) override_settings: Option<OverrideSettings>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OverrideSettings {
    pub(crate) force_upgrade: bool,
    pub(crate) until: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodeProvisioning {
    pub(crate) mode: Option<String>,
}

/// What a resource keeps of its last failure.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Status {
    pub(crate) provisioning_error: Option<Value>,
}

/// One window of `maintenanceConfigurations`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Maintenance {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) properties: MaintenanceProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MaintenanceProperties {
    pub(crate) not_allowed_time: Vec<Between>,
    pub(crate) maintenance_window: Option<Window>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Window {
    pub(crate) schedule: BTreeMap<String, Value>,
    pub(crate) duration_hours: u32,
    pub(crate) start_date: Option<String>,
    pub(crate) start_time: String,
    pub(crate) utc_offset: Option<String>,
    pub(crate) not_allowed_dates: Vec<Between>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Between {
    pub(crate) start: String,
    pub(crate) end: String,
}

impl ManagedCluster {
    pub(crate) fn read(value: &Value) -> Result<Self, PortError> {
        read("a managed cluster", value)
    }

    /// Whether the API server goes by this name.
    pub(crate) fn answers_to(&self, fqdn: &str) -> bool {
        let names = [&self.properties.fqdn, &self.properties.private_fqdn];
        names.iter().any(|name| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(fqdn)))
    }
}

impl ClusterProperties {
    /// The version that runs; older clusters only tell what was asked for.
    pub(crate) fn runs(&self) -> &str {
        self.current_kubernetes_version.as_deref().unwrap_or(&self.kubernetes_version)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cluster_answers_to_both_of_its_names() {
        let cluster = ManagedCluster::read(&json!({"id": "/x", "name": "c", "location": "westeurope", "properties": {
            "fqdn": "shop.hcp.westeurope.azmk8s.io", "privateFQDN": "shop.1.privatelink.westeurope.azmk8s.io",
            "agentPoolProfiles": [{"name": "np1", "count": 3, "newField": true}]}}))
        .unwrap();
        assert!(cluster.answers_to("SHOP.hcp.westeurope.azmk8s.io"));
        assert!(cluster.answers_to("shop.1.privatelink.westeurope.azmk8s.io"));
        assert!(!cluster.answers_to("other.hcp.westeurope.azmk8s.io"));
        assert_eq!(cluster.properties.agent_pool_profiles[0].properties.count, Some(3));
    }

    #[test]
    fn what_is_no_cluster_is_said_so() {
        let error = ManagedCluster::read(&json!({"name": "c"})).unwrap_err();
        assert!(error.message.contains("a managed cluster"), "{error}");
    }
}
