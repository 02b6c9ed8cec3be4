//! Which versions the hosts can install.

use super::{Request, manual};
use crate::commands::package;
use crate::inventory::{CloudCluster, Host, Inventory, Offer, Precision};
use crate::plan::ProviderKind;
use crate::version::{Minor, Version};

/// The versions of a minor that every host the plan changes can install; without a look at the hosts, the newest that
/// the calendar knows.
pub(super) fn by_all(inventory: &Inventory, request: &Request<'_>, minor: Minor) -> Vec<Version> {
    if let Some(cloud) = &inventory.cloud {
        return by_cloud(cloud, minor);
    }
    if request.provider == ProviderKind::Manual {
        return manual::offered(request, minor);
    }
    let mut hosts = inventory
        .nodes
        .iter()
        .filter(|node| node.control_plane || !request.options.excluded.contains(&node.name))
        .filter_map(|node| inventory.hosts.get(&node.name))
        .map(|host| by_one(host, minor));
    match hosts.next() {
        Some(first) => {
            hosts.fold(first, |common, other| common.into_iter().filter(|version| other.contains(version)).collect())
        }
        None => known(request, minor),
    }
}

/// What the cloud offers, previews aside. A patch of the running minor counts only if the cloud takes orders for it.
fn by_cloud(cloud: &CloudCluster, minor: Minor) -> Vec<Version> {
    let offers = cloud.offers.iter().filter(|offer| !offer.preview && offer.version.minor() == minor);
    let takes_patches = |_: &&Offer| cloud.precision == Precision::Exact || minor != cloud.version.minor();
    let mut versions: Vec<Version> = offers.filter(takes_patches).map(|offer| offer.version.clone()).collect();
    if minor == cloud.version.minor() && !versions.contains(&cloud.version) {
        versions.push(cloud.version.clone());
    }
    versions
}

/// What the cloud itself takes the control plane to in one hop although minors lie between, where that was asked for.
pub(super) fn leaps(inventory: &Inventory, request: &Request<'_>) -> Vec<Version> {
    let Some(cloud) =
        inventory.cloud.as_ref().filter(|_| request.options.cloud.skip_minors && request.provider == ProviderKind::Aks)
    else {
        return Vec::new();
    };
    let offers = cloud.offers.iter().filter(|offer| offer.is_leap_from(cloud.version.minor()));
    offers.map(|offer| offer.version.clone()).collect()
}

fn by_one(host: &Host, minor: Minor) -> Vec<Version> {
    let offered = host.offered.get(&minor).map_or(&[][..], Vec::as_slice);
    offered.iter().filter_map(|text| package::version_of(text)).collect()
}

fn known(request: &Request<'_>, minor: Minor) -> Vec<Version> {
    let release = request.facts.calendar().get(minor);
    release.and_then(|release| release.last_patch.clone()).into_iter().collect()
}
