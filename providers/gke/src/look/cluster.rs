//! The cluster as a whole.

use google_cloud_container_v1::model::Cluster;
use google_cloud_container_v1::model::cluster::Status;
use google_cloud_container_v1::model::release_channel::Channel;
use upgrade_core::inventory::{CloudCluster, CloudNames, CloudState, Network, Precision};
use upgrade_core::plan::ProviderKind;
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};

use super::{maintenance, pools};

/// What its description says; what takes other questions is empty.
pub(super) fn described(names: &CloudNames, found: &Cluster) -> Result<CloudCluster, PortError> {
    let version = found.current_master_version.parse::<Version>().map_err(|error| {
        let message = format!("expected GKE to tell the version of {}", names.cluster);
        PortError::new(ErrorKind::Malformed, message).because(error)
    })?;
    let automatic = found.autopilot.as_ref().is_some_and(|autopilot| autopilot.enabled);
    Ok(CloudCluster {
        provider: ProviderKind::Gke,
        names: names.clone(),
        version,
        precision: Precision::Exact,
        state: state(&found.status),
        channel: channel(found),
        offers: Vec::new(),
        pools: found.node_pools.iter().map(|pool| pools::pool(pool, automatic)).collect(),
        addons: Vec::new(),
        insights: Vec::new(),
        insights_at: None,
        operations: Vec::new(),
        maintenance: maintenance::windows(found),
        rollback: None,
        notes: notes(found, automatic),
        network: Network::default(),
    })
}

fn state(status: &Status) -> CloudState {
    let word = || status.name().unwrap_or("unknown").to_owned();
    match status {
        Status::Running => CloudState::Ready,
        Status::Error | Status::Degraded => CloudState::Failed(word()),
        _ => CloudState::Busy(word()),
    }
}

/// The release channel; none for a cluster in none.
fn channel(found: &Cluster) -> Option<String> {
    let channel = &found.release_channel.as_ref()?.channel;
    (*channel != Channel::default()).then(|| channel.name().unwrap_or("unknown").to_owned())
}

fn notes(found: &Cluster, automatic: bool) -> Vec<String> {
    let mut notes = Vec::new();
    match channel(found) {
        Some(channel) => notes.push(format!(
            "release channel {channel}: GKE upgrades the control plane and pools with automatic upgrades by itself"
        )),
        None => notes.push("no release channel: GKE upgrades it by the dates of the stable channel".to_owned()),
    }
    if automatic {
        notes.push("Autopilot: GKE replaces all nodes by itself after the control plane".to_owned());
    }
    if !found.current_emulated_version.is_empty() {
        notes.push(format!("rollback-safe upgrade: it behaves like {} for now", found.current_emulated_version));
    }
    notes
}
