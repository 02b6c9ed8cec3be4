//! What EKS says of the cluster.
//!
//! The cluster, its node groups and add-ons must be seen; of what is beyond them, a missing right is a gap.

mod addons;
mod busy;
mod cluster;
mod groups;
mod insights;
mod offers;
mod state;
mod subnets;
mod text;

use upgrade_core::inventory::{Gap, GapSubject};
use upgrade_core::scope::CloudScope;
use upgrade_provider::{CloudAnswer, ErrorKind, PortError};

use crate::provider::Eks;

/// Calls side by side: far below what EKS allows in a second.
const AT_ONCE: usize = 8;

pub(crate) use busy::updates;
pub(crate) use groups::{describe as describe_group, health as health_of_group};

/// Looks now.
pub(crate) async fn look(eks: &Eks, scope: CloudScope) -> Result<CloudAnswer, PortError> {
    let mut gaps = Vec::new();
    let described = cluster::describe(eks).await?;
    let mut cluster = cluster::read(eks, &described)?;
    cluster.pools = groups::all(eks).await?;
    cluster.pools.extend(cluster::automatic(&described));
    cluster.addons = addons::all(eks).await?;
    cluster.operations = busy::all(eks, &cluster).await?;
    if let Some(found) = part(insights::all(eks, scope).await, &mut gaps)? {
        (cluster.insights, cluster.insights_at) = (found.insights, found.at);
    }
    let (network, unseen) = subnets::network(eks, &described, &cluster).await?;
    cluster.network = network;
    gaps.extend(unseen);
    let per_pod = part(groups::per_pod(eks).await, &mut gaps)?;
    cluster.pools.extend(per_pod.flatten());
    if scope == CloudScope::All {
        let at = cluster.version.minor();
        cluster.offers = part(offers::all(eks, at).await, &mut gaps)?.unwrap_or_default();
        for addon in &mut cluster.addons {
            addon.compatible = part(addons::compatible(eks, &addon.name).await, &mut gaps)?.unwrap_or_default();
        }
        cluster.rollback = part(busy::way_back(eks, at).await, &mut gaps)?.flatten();
    }
    Ok(CloudAnswer { cluster, gaps })
}

/// A part that EKS refuses to tell is a gap; where it could not be asked at all, the look as a whole is to be repeated.
fn part<T>(found: Result<T, PortError>, gaps: &mut Vec<Gap>) -> Result<Option<T>, PortError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind, ErrorKind::Away | ErrorKind::Unauthorized) => Err(error),
        Err(error) => {
            gaps.push(Gap { subject: GapSubject::Cloud, why: error.message, hint: error.hint });
            Ok(None)
        }
    }
}
