//! How GKE replaces nodes, in the plan's words and in GKE's.

use google_cloud_container_v1::model::blue_green_settings::RolloutPolicy;
use google_cloud_container_v1::model::blue_green_settings::standard_rollout_policy::UpdateBatchSize;
use google_cloud_container_v1::model::node_pool::UpgradeSettings;
use google_cloud_container_v1::model::{NodePool, NodePoolUpdateStrategy};
use upgrade_core::inventory::BlueGreen;
use upgrade_core::plan::{Amount, Surge, SurgeAmount};

const SURGE: &str = "SURGE";
const BLUE_GREEN: &str = "BLUE_GREEN";

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

/// How the pool is replaced as a whole; none where it is replaced node by node. What is not set is as GKE has it: one node
/// at a time, and an hour in the end.
pub(crate) fn blue_green(pool: &NodePool) -> Option<BlueGreen> {
    let settings = pool.upgrade_settings.as_ref().filter(|settings| strategy(settings) == BLUE_GREEN)?;
    let settings = settings.blue_green_settings.clone().unwrap_or_default();
    let seconds = |seconds: i64| u32::try_from(seconds).unwrap_or_default();
    let soak_s = settings.node_pool_soak_duration.as_ref().map_or(3600, |soak| seconds(soak.seconds()));
    let (batch, batch_soak_s) = match &settings.rollout_policy {
        Some(RolloutPolicy::AutoscaledRolloutPolicy(_)) => (None, 0),
        Some(RolloutPolicy::StandardRolloutPolicy(policy)) => {
            let between = policy.batch_soak_duration.as_ref().map_or(0, |soak| seconds(soak.seconds()));
            (Some(batch(policy.update_batch_size.as_ref())), between)
        }
        Some(_) | None => (Some(batch(None)), 0),
    };
    Some(BlueGreen { batch, batch_soak_s, soak_s })
}

fn batch(size: Option<&UpdateBatchSize>) -> SurgeAmount {
    SurgeAmount(match size {
        Some(UpdateBatchSize::BatchNodeCount(count)) => Amount::Count(u32::try_from(*count).unwrap_or(1)),
        Some(UpdateBatchSize::BatchPercentage(part)) => {
            Amount::Percent((1..=100).find(|percent| f32::from(*percent) >= part * 100.0 - 0.001).unwrap_or(100))
        }
        Some(_) | None => Amount::Count(1),
    })
}

/// The same, in words.
pub(crate) fn in_words(blue_green: &BlueGreen) -> String {
    let batches = match blue_green.batch {
        None => "as its autoscaler decides".to_owned(),
        Some(size) => {
            let size = match size.0 {
                Amount::Count(1) => "one node".to_owned(),
                Amount::Count(count) => format!("{count} nodes"),
                Amount::Percent(percent) => format!("{percent} %"),
            };
            format!("in batches of {size}, {} s apart", blue_green.batch_soak_s)
        }
    };
    format!(
        "blue-green by GKE: drained {batches}; both halves stand for {} min, and one can go back",
        blue_green.soak_s / 60
    )
}

#[cfg(test)]
mod tests {
    use google_cloud_container_v1::model::BlueGreenSettings;
    use google_cloud_container_v1::model::blue_green_settings::StandardRolloutPolicy;

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
    }

    #[test]
    fn what_is_not_set_of_blue_green_is_as_gke_has_it() {
        let of = |settings: BlueGreenSettings| {
            let upgrade = UpgradeSettings::new().set_strategy(NodePoolUpdateStrategy::BlueGreen);
            blue_green(&NodePool::new().set_upgrade_settings(upgrade.set_blue_green_settings(settings))).unwrap()
        };
        let usual = of(BlueGreenSettings::new());
        assert_eq!(usual, BlueGreen { batch: Some("1".parse().unwrap()), batch_soak_s: 0, soak_s: 3600 });
        assert!(in_words(&usual).contains("one node, 0 s apart; both halves stand for 60 min"));
        let quarter = StandardRolloutPolicy::new().set_batch_percentage(0.25_f32);
        let set = of(BlueGreenSettings::new().set_standard_rollout_policy(quarter));
        assert_eq!(set.batch, Some("25%".parse().unwrap()));
        let surging = UpgradeSettings::new().set_blue_green_settings(BlueGreenSettings::new());
        assert_eq!(blue_green(&NodePool::new().set_upgrade_settings(surging)), None);
    }
}
