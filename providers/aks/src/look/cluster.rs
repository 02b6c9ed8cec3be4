//! The cluster itself: where it stands, and what of its settings bears on an upgrade.

use upgrade_core::inventory::{
    CloudCluster, CloudNames, CloudOperation, CloudState, Insight, InsightStatus, Network, Precision,
};
use upgrade_core::plan::ProviderKind;
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};

use super::pools;
use crate::error::Fault;
use crate::names::ClusterId;
use crate::state::Standing;
use crate::wire::{ClusterProperties, ManagedCluster};

/// What the one resource tells. Offers, windows and the ways back of pools are asked for apart.
pub(super) fn of(id: &ClusterId, seen: &ManagedCluster) -> Result<CloudCluster, PortError> {
    let properties = &seen.properties;
    Ok(CloudCluster {
        provider: ProviderKind::Aks,
        names: CloudNames {
            account: id.subscription.clone(),
            region: seen.location.clone(),
            group: Some(id.resource_group.clone()),
            cluster: id.cluster.clone(),
        },
        version: version(properties.runs())?,
        precision: Precision::Exact,
        state: state(Some(&properties.provisioning_state)),
        channel: channel(properties).map(str::to_owned),
        offers: Vec::new(),
        pools: properties.agent_pool_profiles.iter().map(|pool| pools::of(&pool.name, &pool.properties)).collect(),
        addons: Vec::new(),
        insights: insights(properties),
        insights_at: None,
        operations: operations(id, properties),
        maintenance: Vec::new(),
        rollback: None,
        notes: notes(seen),
        network: Network::default(),
    })
}

/// AKS takes changes of what failed: asking again is the way on. So that is not a state to wait out, but a note.
pub(super) fn state(word: Option<&str>) -> CloudState {
    match Standing::of(word) {
        Standing::Settled | Standing::Failed(_) => CloudState::Ready,
        Standing::Busy(word) => CloudState::Busy(word.to_owned()),
    }
}

pub(super) fn version(text: &str) -> Result<Version, PortError> {
    text.parse().map_err(|error| {
        PortError::new(ErrorKind::Malformed, format!("expected a version from Azure, found {text:?}")).because(error)
    })
}

/// The channel of automatic upgrades, where one is on.
fn channel(properties: &ClusterProperties) -> Option<&str> {
    let channel = properties.auto_upgrade_profile.as_ref()?.upgrade_channel.as_deref()?;
    (!channel.eq_ignore_ascii_case("none")).then_some(channel)
}

/// What goes on with pools; with the cluster itself where it is busy for none of them.
fn operations(id: &ClusterId, properties: &ClusterProperties) -> Vec<CloudOperation> {
    let pools: Vec<CloudOperation> =
        properties.agent_pool_profiles.iter().filter_map(|pool| operation(id, pool)).collect();
    match Standing::of(Some(&properties.provisioning_state)) {
        Standing::Busy(word) if pools.is_empty() => {
            vec![CloudOperation { id: id.path(), kind: word.to_owned(), on: None, since: None }]
        }
        Standing::Busy(_) | Standing::Settled | Standing::Failed(_) => pools,
    }
}

/// What is done to a pool.
fn operation(id: &ClusterId, pool: &crate::wire::NamedPool) -> Option<CloudOperation> {
    match Standing::of(pool.properties.provisioning_state.as_deref()) {
        Standing::Busy(word) => Some(CloudOperation {
            id: id.pool(&pool.name),
            kind: word.to_owned(),
            on: Some(pool.name.clone()),
            since: None,
        }),
        Standing::Settled | Standing::Failed(_) => None,
    }
}

/// What stands in the way by the cluster's own settings, as findings of the cloud.
fn insights(properties: &ClusterProperties) -> Vec<Insight> {
    let mut found = Vec::new();
    if let Some(channel @ ("patch" | "stable" | "rapid")) = channel(properties) {
        found.push(insight(
            "automatic-upgrades",
            InsightStatus::Error,
            format!("the upgrade channel {channel} takes pools along and may begin at any time"),
            "az aks update --auto-upgrade-channel none",
        ));
    }
    if properties.power_state.as_ref().is_some_and(|power| power.code == "Stopped") {
        let reason = "a stopped cluster cannot be upgraded".to_owned();
        found.push(insight("power-state", InsightStatus::Error, reason, "az aks start"));
    }
    if let Standing::Failed(word) = Standing::of(Some(&properties.provisioning_state)) {
        found.push(insight("provisioning-state", InsightStatus::Warning, last_failure(word, properties), ""));
    }
    found
}

fn last_failure(word: &str, properties: &ClusterProperties) -> String {
    let fault = properties.status.as_ref().and_then(|status| status.provisioning_error.as_ref()).map(Fault::of_error);
    let why = fault.map_or_else(|| "no reason given".to_owned(), |fault| fault.text());
    format!("the last operation is {word}: {why}")
}

fn insight(id: &str, status: InsightStatus, reason: String, advice: &str) -> Insight {
    Insight {
        id: id.to_owned(),
        name: id.replace('-', " "),
        status,
        minor: None,
        reason,
        advice: advice.to_owned(),
        found_on: Vec::new(),
    }
}

fn notes(seen: &ManagedCluster) -> Vec<String> {
    let properties = &seen.properties;
    let auto = properties.auto_upgrade_profile.as_ref();
    let forced = properties.upgrade_settings.as_ref().and_then(|settings| settings.override_settings.as_ref());
    let nap = properties.node_provisioning_profile.as_ref().and_then(|profile| profile.mode.as_deref());
    let notes = [
        auto.and_then(|auto| auto.upgrade_channel.as_ref()).map(|word| format!("automatic upgrades: {word}")),
        auto.and_then(|auto| auto.node_os_upgrade_channel.as_ref()).map(|word| format!("node images: {word}")),
        properties.support_plan.as_ref().map(|plan| format!("support plan: {plan}")),
        seen.sku.tier.as_ref().map(|tier| format!("tier: {tier}")),
        seen.sku.name.as_ref().filter(|name| *name == "Automatic").map(|_| "AKS Automatic".to_owned()),
        forced
            .filter(|forced| forced.force_upgrade)
            .map(|forced| format!("upgrades are forced until {}", forced.until.as_deref().unwrap_or("further notice"))),
        nap.filter(|mode| *mode == "Auto").map(|_| "node auto-provisioning: on".to_owned()),
    ];
    notes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn seen(change: impl FnOnce(&mut Value)) -> CloudCluster {
        let mut value = json!({"id": "/x", "name": "shop", "location": "westeurope", "sku": {"name": "Base", "tier": "Standard"},
            "properties": {"provisioningState": "Succeeded", "kubernetesVersion": "1.33", "currentKubernetesVersion": "1.33.6",
                "autoUpgradeProfile": {"upgradeChannel": "none"},
                "agentPoolProfiles": [{"name": "web", "count": 3, "provisioningState": "Succeeded",
                    "orchestratorVersion": "1.33.6"}]}});
        change(&mut value);
        let id = ClusterId { subscription: "s".into(), resource_group: "g".into(), cluster: "shop".into() };
        of(&id, &ManagedCluster::read(&value).unwrap()).unwrap()
    }

    #[test]
    fn what_runs_counts_not_what_was_asked_for() {
        let cluster = seen(|_| {});
        assert_eq!(cluster.version, Version::new(1, 33, 6));
        assert_eq!((cluster.state, cluster.channel, cluster.insights.len()), (CloudState::Ready, None, 0));
        assert_eq!(cluster.notes, ["automatic upgrades: none", "tier: Standard"]);
    }

    #[test]
    fn a_channel_that_moves_the_cluster_stands_in_the_way_and_one_for_images_does_not() {
        let with =
            |channel: &str| seen(|value| value["properties"]["autoUpgradeProfile"]["upgradeChannel"] = json!(channel));
        assert_eq!(with("stable").insights[0].status, InsightStatus::Error);
        assert!(with("node-image").insights.is_empty());
        assert_eq!(with("node-image").channel.as_deref(), Some("node-image"));
    }

    #[test]
    fn an_upgrade_of_someone_else_is_seen() {
        let busy = seen(|value| value["properties"]["provisioningState"] = json!("Upgrading"));
        assert_eq!(busy.state, CloudState::Busy("Upgrading".to_owned()));
        let pool = seen(|value| value["properties"]["agentPoolProfiles"][0]["provisioningState"] = json!("Scaling"));
        assert_eq!(pool.operations[0].on.as_deref(), Some("web"));
        assert_eq!(pool.pools[0].state, CloudState::Busy("Scaling".to_owned()));
    }

    #[test]
    fn what_failed_can_be_worked_on_and_says_why_it_failed() {
        let failed = seen(|value| {
            value["properties"]["provisioningState"] = json!("Failed");
            value["properties"]["status"] = json!({"provisioningError": {"code": "QuotaExceeded", "message": "cores"}});
        });
        assert_eq!(failed.state, CloudState::Ready);
        assert!(failed.insights[0].reason.ends_with("QuotaExceeded: cores"), "{:?}", failed.insights);
    }
}
