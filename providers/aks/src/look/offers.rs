//! What the control plane may be taken to.

use std::collections::BTreeSet;

use jiff::civil::Date;

use upgrade_core::inventory::{CloudCluster, Offer};
use upgrade_core::version::{Minor, Version};
use upgrade_provider::PortError;

use crate::arm::{API, Arm};
use crate::names::ClusterId;
use crate::wire::{ManagedCluster, MinorOffer, UpgradeProfile, Versions};

/// The last days of community and of long-term support, where AKS tells months their last days.
/// Source: <https://learn.microsoft.com/azure/aks/supported-kubernetes-versions>, as of 2026-08-05, checked 2026-11-22.
const SUPPORT: [(u16, &str, &str); 10] = [
    (27, "2024-07-31", "2025-07-31"),
    (28, "2025-01-31", "2026-02-28"),
    (29, "2025-03-31", "2026-04-30"),
    (30, "2025-08-22", "2026-07-31"),
    (31, "2025-11-01", "2026-11-30"),
    (32, "2026-03-31", "2027-03-31"),
    (33, "2026-07-31", "2027-07-31"),
    (34, "2026-11-30", "2027-11-30"),
    (35, "2027-03-31", "2028-03-31"),
    (36, "2027-06-30", "2028-06-30"),
];

/// The support plan that keeps a minor for a second year.
const LONG_TERM: &str = "AKSLongTermSupport";

/// The versions of the region, and which of them the cluster can be taken to in one step. AKS's API tells no dates of support.
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
    // What runs may be listed no more; how long it is supported is asked all the same.
    if !offers.iter().any(|offer| offer.version == cluster.version) {
        offers.push(offer(cluster.version.clone(), false));
    }
    let long_term = seen.properties.support_plan.as_deref() == Some(LONG_TERM);
    for offer in &mut offers {
        offer.reachable = near.contains(&offer.version);
        offer.preview |= previews.contains(&offer.version);
        let days = support(offer.version.minor());
        offer.standard_until = days.map(|(standard, _)| standard);
        offer.extended_until = days.map(|(_, long)| long).filter(|_| long_term);
    }
    offers.sort_by(|one, other| one.version.cmp(&other.version));
    cluster.offers = offers;
    Ok(())
}

fn support(minor: Minor) -> Option<(Date, Date)> {
    let (_, standard, long) = SUPPORT.iter().find(|(known, ..)| Minor::new(1, *known) == minor)?;
    Some((standard.parse().ok()?, long.parse().ok()?))
}

fn of_minor(minor: &MinorOffer) -> Vec<Offer> {
    let preview = minor.is_preview == Some(true);
    let versions = minor.patch_versions.keys().filter_map(|text| text.parse().ok());
    versions.map(|version| offer(version, preview)).collect()
}

fn offer(version: Version, preview: bool) -> Offer {
    Offer { version, standard_until: None, extended_until: None, reachable: false, preview }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_support_is_a_day_and_the_long_one_is_later() {
        for (minor, ..) in SUPPORT {
            let (standard, long) = support(Minor::new(1, minor)).unwrap();
            assert!(long > standard, "1.{minor}");
        }
        assert_eq!(support(Minor::new(1, 99)), None);
    }
}
