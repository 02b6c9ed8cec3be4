//! The agent pools: how they stand, where they can go, and the way back.

use futures::{StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use upgrade_core::ids::PoolName;
use upgrade_core::inventory::{CloudCluster, Pool, PoolKind, PoolSize, Rollback};
use upgrade_core::plan::{Surge, SurgeAmount};
use upgrade_core::version::Version;
use upgrade_provider::PortError;

use super::cluster;
use crate::arm::{API, Arm};
use crate::error::Fault;
use crate::names::ClusterId;
use crate::state::Standing;
use crate::wire::{
    PoolProperties, PoolUpgradeProfile, PoolUpgradeProfileProperties, PoolUpgradeSettings, RecentlyUsed,
};

/// How many pools are asked about side by side.
const AT_ONCE: usize = 8;

/// How long after an upgrade a pool can be taken back.
const WAY_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn of(name: &str, seen: &PoolProperties) -> Pool {
    let scaled = seen.enable_auto_scaling.unwrap_or(false);
    Pool {
        name: PoolName::new(name),
        kind: PoolKind::Managed,
        version: seen.version().and_then(|text| text.parse().ok()),
        image: seen.node_image_version.clone(),
        newest_image: None,
        image_type: seen.os_sku.clone().or_else(|| seen.os_type.clone()),
        offers: Vec::new(),
        size: PoolSize {
            nodes: seen.count.unwrap_or_default(),
            min: seen.min_count.filter(|_| scaled),
            max: seen.max_count.filter(|_| scaled),
        },
        surge: surge(&seen.upgrade_settings.clone().unwrap_or_default()),
        state: cluster::state(seen.provisioning_state.as_deref()),
        zones: seen.availability_zones.clone(),
        template: seen.vm_size.clone(),
        rollback: None,
        notes: notes(seen),
        subnets: Vec::new(),
        blue_green: None,
    }
}

/// Absent settings are Azure's defaults, named here: what was set for a run can only be put back to something.
/// Source: the model of AgentPoolUpgradeSettings in version 2026-06-01.
fn surge(set: &PoolUpgradeSettings) -> Surge {
    let amount = |text: &Option<String>, default: &str| -> Option<SurgeAmount> {
        text.as_deref().unwrap_or(default).parse().ok()
    };
    Surge {
        max_surge: amount(&set.max_surge, "10%"),
        max_unavailable: amount(&set.max_unavailable, "0"),
        strategy: None,
        drain_timeout_s: Some(set.drain_timeout_in_minutes.unwrap_or(30).saturating_mul(60)),
        soak_s: Some(set.node_soak_duration_in_minutes.unwrap_or(0).saturating_mul(60)),
        undrainable: Some(set.undrainable_node_behavior.clone().unwrap_or_else(|| "Schedule".to_owned())),
    }
}

fn notes(seen: &PoolProperties) -> Vec<String> {
    let failed = match Standing::of(seen.provisioning_state.as_deref()) {
        Standing::Failed(word) => {
            let fault = seen.status.as_ref().and_then(|status| status.provisioning_error.as_ref()).map(Fault::of_error);
            Some(format!("last operation {word}: {}", fault.map_or_else(|| "no reason given".to_owned(), |f| f.text())))
        }
        Standing::Settled | Standing::Busy(_) => None,
    };
    let stopped = seen.power_state.as_ref().is_some_and(|power| power.code == "Stopped");
    let notes = [
        seen.mode.as_ref().filter(|mode| *mode != "User").map(|mode| format!("mode {mode}")),
        seen.scale_set_priority.as_ref().filter(|word| *word == "Spot").map(|_| "spot machines".to_owned()),
        stopped.then(|| "stopped".to_owned()),
        failed,
    ];
    notes.into_iter().flatten().collect()
}

/// Where each pool can go, and where it came from.
pub(super) async fn add_offers(arm: &Arm, id: &ClusterId, cluster: &mut CloudCluster) -> Result<(), PortError> {
    let asked: Vec<_> = cluster.pools.iter().map(|pool| profile(arm, id, pool.name.clone())).collect();
    let profiles: Vec<PoolUpgradeProfileProperties> =
        futures::stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    for (pool, profile) in cluster.pools.iter_mut().zip(profiles) {
        let upgrades = profile.upgrades.unwrap_or_default();
        let mut offers: Vec<Version> =
            upgrades.iter().filter_map(|upgrade| upgrade.kubernetes_version.parse().ok()).collect();
        offers.sort();
        pool.offers = offers;
        pool.rollback = profile.recently_used_versions.and_then(|used| way_back(&used));
        pool.newest_image = profile.latest_node_image_version.filter(|newest| pool.image.as_ref() != Some(newest));
    }
    Ok(())
}

async fn profile(arm: &Arm, id: &ClusterId, pool: PoolName) -> Result<PoolUpgradeProfileProperties, PortError> {
    let doing = format!("ask where pool {pool} can go");
    let path = format!("{}/upgradeProfiles/default", id.pool(pool.as_str()));
    let read = arm.get(&doing, &path, API).await?;
    Ok(PoolUpgradeProfile::read(&read.body)?.properties)
}

/// The newest of what it ran before.
fn way_back(used: &[RecentlyUsed]) -> Option<Rollback> {
    let when = |used: &RecentlyUsed| used.timestamp.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    let newest = used.iter().max_by_key(|used| when(used))?;
    Some(Rollback {
        to: newest.orchestrator_version.parse().ok()?,
        image: newest.node_image_version.clone(),
        until: when(newest).and_then(|at| at.checked_add(WAY_BACK).ok()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_settings_are_the_defaults() {
        let surge = surge(&PoolUpgradeSettings::default());
        let shown = surge.to_string();
        assert!(shown.starts_with("max surge 10%, max unavailable 0, drain timeout 30 min"), "{shown}");
        assert_eq!((surge.soak_s, surge.undrainable.as_deref()), (Some(0), Some("Schedule")));
    }

    #[test]
    fn the_newest_version_before_is_the_way_back_for_a_week() {
        let used: Vec<RecentlyUsed> = serde_json::from_value(json!([
            {"orchestratorVersion": "1.32.6", "nodeImageVersion": "a", "timestamp": "2026-05-01T00:00:00Z"},
            {"orchestratorVersion": "1.33.6", "nodeImageVersion": "b", "timestamp": "2026-08-20T00:00:00Z"}]))
        .unwrap();
        let back = way_back(&used).unwrap();
        assert_eq!((back.to, back.image.as_deref()), (Version::new(1, 33, 6), Some("b")));
        assert_eq!(back.until, "2026-08-27T00:00:00Z".parse().ok());
        assert!(way_back(&[]).is_none());
    }
}
