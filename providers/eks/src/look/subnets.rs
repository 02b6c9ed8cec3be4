//! What the cluster's subnets have left.

use std::collections::BTreeSet;

use aws_sdk_eks::types::Cluster;
use upgrade_core::inventory::{CloudCluster, Gap, GapSubject, Network};
use upgrade_provider::{ErrorKind, PortError};

use crate::provider::Eks;

/// The subnets of the control plane and of the pools, with the gap where some could not be seen. EC2 may be out of reach
/// where EKS is not, and the upgrade does not hang on it.
pub(super) async fn network(
    eks: &Eks,
    described: &Cluster,
    cluster: &CloudCluster,
) -> Result<(Network, Option<Gap>), PortError> {
    let control_plane = described.resources_vpc_config().map(|vpc| vpc.subnet_ids().to_vec()).unwrap_or_default();
    let of_pools = cluster.pools.iter().flat_map(|pool| &pool.subnets);
    let ids: BTreeSet<String> = control_plane.iter().chain(of_pools).cloned().collect();
    let ids: Vec<String> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok((Network::default(), None));
    }
    let gap = |why, hint| Some(Gap { subject: GapSubject::Cloud, why, hint });
    match eks.ec2.subnets(&ids, eks.names.profile.as_deref()).await {
        Ok(subnets) => {
            let missing = ids.iter().find(|id| subnets.iter().all(|subnet| subnet.id != **id));
            let gap = missing.and_then(|id| {
                gap(format!("failed to ask how many addresses are free: EC2 shows no subnet {id}"), None)
            });
            Ok((Network { control_plane, subnets }, gap))
        }
        Err(error) if error.kind == ErrorKind::Unauthorized => Err(error),
        Err(error) => Ok((Network { control_plane, subnets: Vec::new() }, gap(error.message, error.hint))),
    }
}
