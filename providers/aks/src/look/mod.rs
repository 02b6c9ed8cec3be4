//! What Azure says of a cluster.

mod cluster;
mod offers;
mod pools;
mod windows;

use upgrade_core::inventory::{Gap, GapSubject};
use upgrade_core::scope::CloudScope;
use upgrade_provider::{CloudAnswer, ErrorKind, PortError};

use crate::arm::{API, Arm};
use crate::names::ClusterId;
use crate::wire::ManagedCluster;

/// Asks now: two calls for what a gate needs, and some more for what a plan needs.
pub(crate) async fn look(arm: &Arm, id: &ClusterId, scope: CloudScope) -> Result<CloudAnswer, PortError> {
    let read = arm.get(&format!("look at cluster {}", id.cluster), &id.path(), API).await?;
    let seen = ManagedCluster::read(&read.body)?;
    let mut cluster = cluster::of(id, &seen)?;
    let mut gaps = Vec::new();
    match windows::add(arm, id, &mut cluster).await {
        // A gate that could not ask this time would go on in the middle of what somebody set aside.
        Err(error) if error.kind == ErrorKind::Away => return Err(error),
        asked => keep(&mut gaps, asked),
    }
    match scope {
        CloudScope::None | CloudScope::State => {}
        CloudScope::All => {
            keep(&mut gaps, offers::add(arm, id, &seen, &mut cluster).await);
            keep(&mut gaps, pools::add_offers(arm, id, &mut cluster).await);
        }
    }
    Ok(CloudAnswer { cluster, gaps })
}

/// A part that could not be asked for is a gap.
fn keep(gaps: &mut Vec<Gap>, asked: Result<(), PortError>) {
    if let Err(error) = asked {
        let source = error.source.as_ref().map(|source| format!(": {source}")).unwrap_or_default();
        gaps.push(Gap { subject: GapSubject::Cloud, why: format!("{}{source}", error.message), hint: error.hint });
    }
}
