//! What is on offer: the server's configuration, and the aliases by which versions may be named.

use serde_json::{Value, json};
use upgrade_core::version::Version;

use super::fault::{Code, Fault};
use crate::clouds::{CloudWorld, Offer};

const CHANNELS: [&str; 4] = ["RAPID", "REGULAR", "STABLE", "EXTENDED"];

/// `getServerConfig`.
pub(super) fn server_config(cloud: &CloudWorld) -> Value {
    let newest_first = |wanted: &dyn Fn(&Offer) -> bool| -> Vec<String> {
        cloud.offers.iter().rev().filter(|offer| wanted(offer)).map(|offer| offer.version.to_string()).collect()
    };
    let channels: Vec<Value> = CHANNELS
        .iter()
        .map(|channel| {
            let valid = newest_first(&|offer| is_in(offer, channel));
            json!({
                "channel": channel, "validVersions": valid, "defaultVersion": default_of(cloud, channel),
                "upgradeTargetVersion": default_of(cloud, channel),
            })
        })
        .collect();
    let nodes: Vec<String> = cloud.offers.iter().rev().map(|offer| offer.node_version.to_string()).collect();
    json!({
        "defaultClusterVersion": default_of(cloud, "REGULAR"),
        "validMasterVersions": newest_first(&|_| true),
        "validNodeVersions": nodes,
        "defaultImageType": "COS_CONTAINERD",
        "validImageTypes": ["COS_CONTAINERD", "UBUNTU_CONTAINERD", "WINDOWS_LTSC_CONTAINERD"],
        "channels": channels,
    })
}

/// Whether a channel has a version.
pub(super) fn is_in(offer: &Offer, channel: &str) -> bool {
    let channels = offer.extra.get("channels").and_then(Value::as_array);
    channels.is_some_and(|all| all.iter().any(|one| one == channel))
}

/// The channel's default: the newest it has but of the newest minor.
fn default_of(cloud: &CloudWorld, channel: &str) -> String {
    let newest = cloud.offers.last().map(|offer| offer.version.minor());
    let settled = |offer: &&Offer| is_in(offer, channel) && Some(offer.version.minor()) != newest;
    cloud.offers.iter().rfind(settled).map(|offer| offer.version.to_string()).unwrap_or_default()
}

/// The channel that the cluster is enrolled in; empty for none.
pub(super) fn channel(cloud: &CloudWorld) -> &str {
    cloud.now().extra.get("channel").and_then(Value::as_str).unwrap_or_default()
}

/// The version that is meant: by its whole name, by its beginning, by `latest`, or by `-` for `dash`. Only what the
/// cluster's channel has can be meant by less than a whole name.
pub(super) fn resolve<'a>(cloud: &'a CloudWorld, text: &str, dash: &Version) -> Result<&'a Offer, Fault> {
    let channel = channel(cloud);
    let on_offer = |offer: &&Offer| channel.is_empty() || is_in(offer, channel);
    let begins = |offer: &Offer| {
        let version = offer.version.to_string();
        version.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '-']))
    };
    let found = match text {
        "latest" => cloud.offers.iter().rfind(on_offer),
        "-" => cloud.offers.iter().find(|offer| offer.version == *dash),
        exact if exact.contains("-gke.") => cloud.offers.iter().find(|offer| offer.version.to_string() == exact),
        _ => cloud.offers.iter().rfind(|offer| on_offer(offer) && begins(offer)),
    };
    found.ok_or_else(|| {
        Fault::new(
            Code::InvalidArgument,
            format!("Version \"{text}\" is invalid. It is not on offer in this location."),
        )
    })
}
