//! What the control plane may be taken to.

use std::collections::BTreeSet;

use upgrade_core::inventory::{CloudCluster, Offer};
use upgrade_core::version::Version;
use upgrade_provider::PortError;

use crate::arm::{API, Arm};
use crate::names::ClusterId;
use crate::wire::{ManagedCluster, MinorOffer, UpgradeProfile, Versions};

/// The versions of the region, and which of them the cluster can be taken to in one step. AKS tells no dates of support.
pub(super) async fn add(
    arm: &Arm,
    id: &ClusterId,
    seen: &ManagedCluster,
    cluster: &mut CloudCluster,
) -> Result<(), PortError> {
    let path = format!("{}/upgradeProfiles/default", id.path());
    let profile = UpgradeProfile::read(&arm.get("ask where the cluster can go", &path, API).await?.body)?;
    let upgrades = profile.properties.control_plane_profile.upgrades.unwrap_or_default();
    let near: BTreeSet<Version> = upgrades.iter().filter_map(|one| one.kubernetes_version.parse().ok()).collect();
    let previews: BTreeSet<Version> = upgrades
        .iter()
        .filter(|one| one.is_preview == Some(true))
        .filter_map(|one| one.kubernetes_version.parse().ok())
        .collect();
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.ContainerService/locations/{}/kubernetesVersions",
        id.subscription, seen.location
    );
    let versions = Versions::read(&arm.get("ask for the versions of the region", &path, API).await?.body)?;
    let mut offers: Vec<Offer> = versions.values.iter().flat_map(of_minor).collect();
    // What the cluster is told itself wins over what the region has: recovery from outside of support, long-term support.
    for version in &near {
        if !offers.iter().any(|offer| offer.version == *version) {
            offers.push(offer(version.clone(), false));
        }
    }
    for offer in &mut offers {
        offer.reachable = near.contains(&offer.version);
        offer.preview |= previews.contains(&offer.version);
    }
    offers.sort_by(|one, other| one.version.cmp(&other.version));
    cluster.offers = offers;
    Ok(())
}

fn of_minor(minor: &MinorOffer) -> Vec<Offer> {
    let preview = minor.is_preview == Some(true);
    let versions = minor.patch_versions.keys().filter_map(|text| text.parse().ok());
    versions.map(|version| offer(version, preview)).collect()
}

fn offer(version: Version, preview: bool) -> Offer {
    Offer { version, standard_until: None, extended_until: None, reachable: false, preview }
}
