//! How GKE replaces nodes, in the plan's words and in GKE's.

use google_cloud_container_v1::model::blue_green_settings::RolloutPolicy;
use google_cloud_container_v1::model::blue_green_settings::standard_rollout_policy::UpdateBatchSize;
use google_cloud_container_v1::model::node_pool::UpgradeSettings;
use google_cloud_container_v1::model::{BlueGreenSettings, NodePool, NodePoolUpdateStrategy};
use upgrade_core::plan::{Amount, Surge, SurgeAmount};

pub(crate) const SURGE: &str = "SURGE";
pub(crate) const BLUE_GREEN: &str = "BLUE_GREEN";

/// What a pool is set to.
pub(crate) fn of(pool: &NodePool) -> Surge {
    let Some(settings) = &pool.upgrade_settings else { return Surge::default() };
    let drain = pool.node_drain_config.as_ref().and_then(|config| config.pdb_timeout_duration.as_ref());
    let count = |count: i32| u32::try_from(count).ok().map(|count| SurgeAmount(Amount::Count(count)));
    let strategy = strategy(settings);
    let surges = strategy == SURGE;
    Surge {
        max_surge: count(settings.max_surge).filter(|_| surges),
        max_unavailable: count(settings.max_unavailable).filter(|_| surges),
        strategy: Some(strategy),
        drain_timeout_s: drain.and_then(|drain| u32::try_from(drain.seconds()).ok()),
        soak_s: None,
        undrainable: None,
    }
}

/// GKE's word for its way: `SURGE` where none is set.
fn strategy(settings: &UpgradeSettings) -> String {
    match &settings.strategy {
        None | Some(NodePoolUpdateStrategy::Unspecified) => SURGE.to_owned(),
        Some(strategy) => strategy.name().unwrap_or("unknown").to_owned(),
    }
}

/// What the settings of a pool become with others on top; counts only, as GKE knows no percentages.
pub(crate) fn merged(pool: &NodePool, wanted: &Surge) -> UpgradeSettings {
    let mut settings = pool.upgrade_settings.clone().unwrap_or_default();
    let count = |amount: SurgeAmount| match amount.0 {
        Amount::Count(count) => i32::try_from(count).unwrap_or(i32::MAX),
        // Plans for GKE have none: the percentage of one node would be one node.
        Amount::Percent(percent) => i32::from(percent != 0),
    };
    if let Some(amount) = wanted.max_surge {
        settings.max_surge = count(amount);
    }
    if let Some(amount) = wanted.max_unavailable {
        settings.max_unavailable = count(amount);
    }
    if let Some(word) = &wanted.strategy {
        settings.strategy = Some(NodePoolUpdateStrategy::from(word.as_str()));
    }
    settings
}

/// Blue-green settings, in words.
pub(crate) fn blue_green(settings: &BlueGreenSettings) -> String {
    let soak = settings.node_pool_soak_duration.as_ref().map_or(3600, |soak| soak.seconds());
    let batches = match &settings.rollout_policy {
        Some(RolloutPolicy::StandardRolloutPolicy(policy)) => {
            let between = policy.batch_soak_duration.as_ref().map_or(0, |soak| soak.seconds());
            let size = match &policy.update_batch_size {
                Some(UpdateBatchSize::BatchNodeCount(count)) => format!("{count} nodes"),
                Some(UpdateBatchSize::BatchPercentage(part)) => format!("{:.0} %", part * 100.0),
                _ => "one node".to_owned(),
            };
            format!("in batches of {size}, {between} s apart")
        }
        _ => "as its autoscaler decides".to_owned(),
    };
    format!("blue-green by GKE: drained {batches}; both halves stand for {} min, and one can go back", soak / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surge(settings: UpgradeSettings) -> Surge {
        of(&NodePool::new().set_upgrade_settings(settings))
    }

    #[test]
    fn what_is_read_can_be_put_back() {
        let settings = UpgradeSettings::new().set_max_surge(1).set_strategy(NodePoolUpdateStrategy::Surge);
        let before = surge(settings.clone());
        let wanted = Surge {
            max_surge: Some("0".parse().unwrap()),
            max_unavailable: Some("2".parse().unwrap()),
            ..Surge::default()
        };
        let pool = NodePool::new().set_upgrade_settings(settings.clone());
        let during = merged(&pool, &wanted);
        assert_eq!((during.max_surge, during.max_unavailable), (0, 2));
        let back = merged(&NodePool::new().set_upgrade_settings(during), &wanted.replaced_in(&before));
        assert_eq!(back, settings);
    }

    #[test]
    fn a_blue_green_pool_has_no_surge() {
        let found = surge(UpgradeSettings::new().set_max_surge(1).set_strategy(NodePoolUpdateStrategy::BlueGreen));
        assert_eq!((found.max_surge, found.strategy.as_deref()), (None, Some(BLUE_GREEN)));
        assert!(blue_green(&BlueGreenSettings::new()).contains("60 min"));
    }
}
