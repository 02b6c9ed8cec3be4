//! The versions on offer, and what GKE says of upgrades to come.

use google_cloud_container_v1::model::server_config::ReleaseChannelConfig;
use google_cloud_container_v1::model::{ClusterUpgradeInfo, ServerConfig};
use jiff::civil::Date;
use upgrade_core::inventory::{CloudCluster, Insight, InsightStatus, Offer};
use upgrade_core::version::Version;
use upgrade_provider::PortError;

use crate::error::LIST;
use crate::names;
use crate::provider::Gke;

impl Gke {
    /// What the location offers.
    pub(super) async fn server_config(&self) -> Result<ServerConfig, PortError> {
        let call = self.call("ask GKE what it offers", LIST);
        let asked = self.client.get_server_config().set_name(names::parent(&self.names));
        asked.send().await.map_err(|error| call.failed(error))
    }
}

/// What the control plane may be taken to, from the version it is at, oldest first: what its channel has, or what there is
/// for clusters in no channel. GKE tells the days on which support ends for the minor that the cluster is at.
pub(super) fn all(cluster: &CloudCluster, config: &ServerConfig, info: &ClusterUpgradeInfo) -> Vec<Offer> {
    let channel = cluster.channel.as_deref().and_then(|name| {
        config.channels.iter().find(|channel: &&ReleaseChannelConfig| channel.channel.name() == Some(name))
    });
    let names = channel.map_or(&config.valid_master_versions, |channel| &channel.valid_versions);
    let mut versions: Vec<Version> = names.iter().filter_map(|name| name.parse().ok()).collect();
    versions.push(cluster.version.clone());
    versions.retain(|version| *version >= cluster.version);
    versions.sort();
    versions.dedup();
    let at = cluster.version.minor();
    let offer = |version: Version| {
        let here = version.minor() == at;
        Offer {
            standard_until: day(info.end_of_standard_support_timestamp.as_deref()).filter(|_| here),
            extended_until: day(info.end_of_extended_support_timestamp.as_deref()).filter(|_| here),
            reachable: version > cluster.version && version.minor().ahead_of(at) <= 1,
            preview: false,
            version,
        }
    };
    versions.into_iter().map(offer).collect()
}

/// The day of a moment in RFC 3339.
fn day(text: Option<&str>) -> Option<Date> {
    text?.get(..10)?.parse().ok()
}

/// Why GKE holds its own upgrades back: it bears on ours.
pub(super) fn insights(info: &ClusterUpgradeInfo) -> Vec<Insight> {
    let insight = |id: &str, reason: String, advice: &str| Insight {
        id: id.to_owned(),
        name: "automatic upgrades".to_owned(),
        status: InsightStatus::Warning,
        minor: None,
        reason,
        advice: advice.to_owned(),
        found_on: Vec::new(),
    };
    let paused = info.paused_reason.iter().map(|reason| {
        let word = reason.name().unwrap_or("UNKNOWN");
        let advice = match word {
            "KUBERNETES_DEPRECATED_API" | "DEPRECATED_API" => "move the clients that still ask for APIs that end",
            "CLUSTER_DISRUPTION_BUDGET" | "CLUSTER_DISRUPTION_BUDGET_MINOR_UPGRADE" => {
                "the cluster's disruption budget holds upgrades by GKE back, not this one"
            }
            _ => "see why: gcloud container clusters describe",
        };
        insight(word, format!("GKE holds its own upgrades back: {word}"), advice)
    });
    paused.collect()
}
