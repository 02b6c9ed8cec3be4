//! A resource as it was read, made ready to be put back.

use serde_json::{Map, Value};
use upgrade_core::ids::PoolName;
use upgrade_core::version::Version;

/// What Azure alone sets of any resource.
const OF_RESOURCES: [&str; 5] = ["id", "name", "type", "systemData", "eTag"];

/// What it alone sets of a cluster's properties.
const OF_CLUSTERS: [&str; 9] = [
    "provisioningState",
    "powerState",
    "maxAgentPools",
    "currentKubernetesVersion",
    "fqdn",
    "privateFQDN",
    "azurePortalFQDN",
    "resourceUID",
    "status",
];

/// What it alone sets of a pool's properties. The image is not among them, but it is taken out as well unless a rollback
/// names one: put back beside a new version, it would ask for the old image.
const OF_POOLS: [&str; 5] = ["eTag", "provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "status"];

/// A cluster without what may not be written.
pub(crate) fn cluster(read: &Value) -> Value {
    let mut value = read.clone();
    strip(&mut value, &OF_RESOURCES);
    if let Some(properties) = value.get_mut("properties") {
        strip(properties, &OF_CLUSTERS);
        let pools = properties.get_mut("agentPoolProfiles").and_then(Value::as_array_mut);
        for pool in pools.into_iter().flatten() {
            strip(pool, &OF_POOLS);
        }
    }
    strip_at(&mut value, "/identity", &["principalId", "tenantId"]);
    let network = "/properties/networkProfile";
    strip_at(&mut value, &format!("{network}/loadBalancerProfile"), &["effectiveOutboundIPs"]);
    strip_at(&mut value, &format!("{network}/natGatewayProfile"), &["effectiveOutboundIPs"]);
    strip_at(&mut value, "/properties/oidcIssuerProfile", &["issuerURL"]);
    strip_at(&mut value, "/properties/ingressProfile/webAppRouting", &["identity"]);
    for identity in members(&mut value, "/identity/userAssignedIdentities") {
        strip(identity, &["principalId", "clientId"]);
    }
    for addon in members(&mut value, "/properties/addonProfiles") {
        strip(addon, &["identity"]);
    }
    value
}

/// A pool without what may not be written.
pub(crate) fn pool(read: &Value) -> Value {
    let mut value = read.clone();
    strip(&mut value, &OF_RESOURCES);
    strip_at(&mut value, "/properties", &OF_POOLS);
    value
}

/// Names pools of a cluster with a version, so that they move to it with the control plane.
pub(crate) fn take_along(cluster: &mut Value, pools: &[PoolName], to: &Version) {
    let profiles = cluster.pointer_mut("/properties/agentPoolProfiles").and_then(Value::as_array_mut);
    for profile in profiles.into_iter().flatten() {
        let name = profile.get("name").and_then(Value::as_str).map(PoolName::new);
        if name.is_some_and(|name| pools.contains(&name)) {
            set(profile, &["orchestratorVersion"], to.to_string());
        }
    }
}

/// Sets a property, making the objects on the way. Null stands for what is not there.
pub(crate) fn set(value: &mut Value, path: &[&str], to: impl Into<Value>) {
    let Some((first, rest)) = path.split_first() else {
        *value = to.into();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Some(map) = value.as_object_mut() {
        set(map.entry((*first).to_owned()).or_insert(Value::Null), rest, to);
    }
}

/// Takes a property away.
pub(crate) fn unset(value: &mut Value, path: &[&str]) {
    let Some((last, way)) = path.split_last() else { return };
    let pointer: String = way.iter().map(|key| format!("/{key}")).collect();
    strip_at(value, &pointer, &[last]);
}

fn strip(value: &mut Value, keys: &[&str]) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

fn strip_at(value: &mut Value, pointer: &str, keys: &[&str]) {
    if let Some(inner) = value.pointer_mut(pointer) {
        strip(inner, keys);
    }
}

fn members<'a>(value: &'a mut Value, pointer: &str) -> impl Iterator<Item = &'a mut Value> {
    value.pointer_mut(pointer).and_then(Value::as_object_mut).into_iter().flat_map(|map| map.iter_mut().map(|(_, v)| v))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_here_knows_of_is_put_back() {
        let read = json!({"id": "/x", "name": "c", "eTag": "1", "location": "westeurope", "tags": {"team": "shop"},
            "properties": {"provisioningState": "Succeeded", "kubernetesVersion": "1.33.5", "brandNew": {"a": [1]},
                "agentPoolProfiles": [{"name": "np1", "count": 3, "nodeImageVersion": "AKSUbuntu-1", "brandNew": 7}]}});
        let put = cluster(&read);
        assert_eq!(
            put,
            json!({"location": "westeurope", "tags": {"team": "shop"},
            "properties": {"kubernetesVersion": "1.33.5", "brandNew": {"a": [1]},
                "agentPoolProfiles": [{"name": "np1", "count": 3, "brandNew": 7}]}})
        );
    }

    #[test]
    fn a_pool_is_put_back_without_its_image() {
        let read = json!({"id": "/x", "name": "np1", "type": "t", "properties": {"eTag": "1", "count": 3,
            "provisioningState": "Succeeded", "nodeImageVersion": "AKSUbuntu-1", "powerState": {"code": "Running"}}});
        assert_eq!(pool(&read), json!({"properties": {"count": 3, "powerState": {"code": "Running"}}}));
    }

    #[test]
    fn pools_go_along_by_being_named_with_the_version() {
        let pools = json!([{ "name": "a", "orchestratorVersion": "1.30.3" }, { "name": "b" }]);
        let mut cluster = json!({ "properties": { "agentPoolProfiles": pools } });
        take_along(&mut cluster, &[PoolName::new("a")], &Version::new(1, 34, 6));
        let pools = json!([{ "name": "a", "orchestratorVersion": "1.34.6" }, { "name": "b" }]);
        assert_eq!(cluster, json!({ "properties": { "agentPoolProfiles": pools } }));
        let mut none = json!({ "properties": {} });
        take_along(&mut none, &[PoolName::new("a")], &Version::new(1, 34, 6));
        assert_eq!(none, json!({ "properties": {} }));
    }

    #[test]
    fn a_property_is_set_and_taken_away_wherever_it_is() {
        let mut value = json!({"properties": {"upgradeSettings": null}});
        set(&mut value, &["properties", "upgradeSettings", "maxSurge"], "1");
        assert_eq!(value, json!({"properties": {"upgradeSettings": {"maxSurge": "1"}}}));
        unset(&mut value, &["properties", "upgradeSettings", "maxSurge"]);
        assert_eq!(value, json!({"properties": {"upgradeSettings": {}}}));
        unset(&mut value, &["a", "b"]);
        assert_eq!(value, json!({"properties": {"upgradeSettings": {}}}));
    }
}
