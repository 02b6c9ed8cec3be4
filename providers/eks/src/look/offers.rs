//! The versions that EKS has, and for how long.

use aws_sdk_eks::types::{ClusterVersionInformation, VersionStatus};
use upgrade_core::inventory::Offer;
use upgrade_core::version::Minor;
use upgrade_provider::PortError;

use super::text::{day, version};
use crate::provider::Eks;

/// Those that are supported, and the one the cluster is at, oldest first.
pub(super) async fn all(eks: &Eks, at: Minor) -> Result<Vec<Offer>, PortError> {
    let call = eks.call("ask which versions EKS has", "DescribeClusterVersions");
    let pages = eks.client.describe_cluster_versions().include_all(true).into_paginator().items().send();
    let found: Vec<_> = pages.collect::<Result<_, _>>().await.map_err(|error| call.failed(error))?;
    let mut offers: Vec<Offer> = found.iter().filter_map(|info| offer(info, at)).collect();
    offers.sort_by(|one, other| one.version.cmp(&other.version));
    Ok(offers)
}

fn offer(info: &ClusterVersionInformation, at: Minor) -> Option<Offer> {
    let minor: Minor = info.cluster_version()?.parse().ok()?;
    let supported = info.version_status() != Some(&VersionStatus::Unsupported);
    let patch = info.kubernetes_patch_version().and_then(|text| text.parse().ok());
    (supported || minor == at).then(|| Offer {
        version: patch.unwrap_or_else(|| version(minor)),
        standard_until: day(info.end_of_standard_support_date()),
        extended_until: day(info.end_of_extended_support_date()),
        reachable: supported && minor == at.next(),
        preview: false,
    })
}
