//! What GKE tells of upgrades to come, of the end of support, and of the way back.

use jiff::civil::Date;
use serde_json::{Value, json};
use upgrade_core::version::Version;

use super::fault::Fault;
use super::{pool, versions};
use crate::clouds::{CloudWorld, Offer, Seen};
use crate::json;

/// `projects.locations.clusters.fetchClusterUpgradeInfo`.
pub(super) fn cluster(cloud: &CloudWorld, seen: &Seen) -> Value {
    let plane = &seen.control_plane;
    let mut info = info(cloud, &plane.version);
    if let Some(back) = &plane.way_back {
        let status = json!({
            "mode": "KCP_MINOR_UPGRADE_ROLLBACK_SAFE_MODE",
            "previousVersion": back.version.to_string(),
            "controlPlaneUpgradeRollbackEndTime": back.until.to_string(),
        });
        json::set(&mut info, &["rollbackSafeUpgradeStatus"], status);
    }
    info
}

/// `projects.locations.clusters.nodePools.fetchNodePoolUpgradeInfo`.
pub(super) fn pool(cloud: &CloudWorld, seen: &Seen, name: &str) -> Result<Value, Fault> {
    let found = pool::find(cloud, seen, name)?;
    Ok(info(cloud, &found.spec.version))
}

fn info(cloud: &CloudWorld, at: &Version) -> Value {
    let channel = versions::channel(cloud);
    let on_offer = |offer: &&Offer| channel.is_empty() || versions::is_in(offer, channel);
    let newest = |ahead: i32| {
        let mut offers = cloud.offers.iter().filter(on_offer);
        let found = offers.rfind(|offer| offer.version.minor().ahead_of(at.minor()) == ahead);
        found.map(|offer| offer.version.to_string())
    };
    let mut info = json!({ "autoUpgradeStatus": ["ACTIVE"] });
    let offer = cloud.offers.iter().rfind(|offer| offer.version.minor() == at.minor());
    let mut tell = |member: &str, value: Option<String>| {
        if let Some(value) = value {
            json::set(&mut info, &[member], value);
        }
    };
    tell("minorTargetVersion", newest(1));
    tell("patchTargetVersion", newest(0).filter(|newest| *newest != at.to_string()));
    tell("endOfStandardSupportTimestamp", offer.and_then(|offer| offer.standard_until).map(midnight));
    tell("endOfExtendedSupportTimestamp", offer.and_then(|offer| offer.extended_until).map(midnight));
    info
}

fn midnight(date: Date) -> String {
    format!("{date}T00:00:00Z")
}
