//! What is asked for of a cloud's cluster.

use upgrade_core::ids::PoolName;
use upgrade_core::plan::{Amount, CloudOptions, Conflicts, Force, NodeHops, Options, Strategy, Surge};
use upgrade_twin::Random;
use upgrade_twin::clouds::Cloud;
use upgrade_twin::clouds::pools::PoolSpec;

pub(super) fn options(dice: &mut Random, cloud: Cloud, pools: &[PoolSpec]) -> Options {
    let base = super::super::options(dice);
    let strategy = match dice.below(10) {
        0..=4 => Strategy::Rolling { max_unavailable: Amount::Count(1) },
        5 | 6 => Strategy::AllAtOnce,
        7 | 8 => Strategy::NewPools { at_once: Amount::Count(1), soak_s: 120 },
        _ => Strategy::NewPools { at_once: Amount::Percent(50), soak_s: 600 },
    };
    let names: Vec<PoolName> = pools.iter().map(|pool| PoolName::new(&pool.name)).collect();
    let cloud = CloudOptions {
        pools: if dice.happens(0.1) { dice.pick(&names).cloned().into_iter().collect() } else { Vec::new() },
        canary: if dice.happens(0.2) { dice.pick(&names).cloned() } else { None },
        node_hops: if dice.happens(0.4) { NodeHops::Fewest } else { NodeHops::Each },
        surge: if dice.happens(0.3) { surge(dice, cloud) } else { Surge::default() },
        conflicts: if dice.happens(0.2) { Conflicts::Overwrite } else { Conflicts::None },
        force: if dice.happens(0.1) { vec![Force::Evictions] } else { Vec::new() },
        control_plane_soak_s: (cloud == Cloud::Gke && dice.happens(0.2)).then_some(1_800),
        ..CloudOptions::default()
    };
    Options { strategy, cloud, ..base }
}

fn surge(dice: &mut Random, cloud: Cloud) -> Surge {
    let amount = |text: &str| text.parse().ok();
    let empty = Surge::default();
    match (cloud, dice.below(3)) {
        (Cloud::Eks, 0) => Surge { max_unavailable: amount("34%"), ..empty },
        (Cloud::Eks, 1) => Surge { max_unavailable: amount("1"), strategy: Some("MINIMAL".to_owned()), ..empty },
        (Cloud::Eks, _) => Surge { max_unavailable: amount("3"), ..empty },
        (Cloud::Gke | Cloud::Aks, 0) => Surge { max_surge: amount("50%"), max_unavailable: amount("0"), ..empty },
        (Cloud::Gke, 1) => Surge { strategy: Some("BLUE_GREEN".to_owned()), ..empty },
        (Cloud::Aks, 1) => Surge { drain_timeout_s: Some(1_200), undrainable: Some("Schedule".to_owned()), ..empty },
        (Cloud::Gke | Cloud::Aks, _) => Surge { max_surge: amount("3"), max_unavailable: amount("0"), ..empty },
    }
}
