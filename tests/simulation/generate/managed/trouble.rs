//! What goes wrong at a cloud, and what others do to its cluster.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use upgrade_twin::Random;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};

use crate::case::Mishap;

/// The longest after its beginning that anything is done to a run from outside: some hops take hours.
const MEANWHILE_S: u64 = 5_400;

pub(super) fn faults(dice: &mut Random, began: Timestamp) -> CloudFaults {
    let mut faults = CloudFaults::default();
    if dice.happens(0.5) {
        return faults;
    }
    let few = |dice: &mut Random| u32::try_from(dice.below(4)).unwrap_or_default();
    for _ in 0..=dice.below(2) {
        match dice.below(10) {
            0 => faults.throttle_every = dice.pick(&[2, 3, 7]).copied(),
            1 => faults.page_size = Some(1),
            2 => faults.reads_lag = Duration::from_secs(5 + dice.below(55)),
            3 => faults.busy_after = Duration::from_secs(20 + dice.below(280)),
            4 => {
                let seconds = i64::try_from(60 + dice.below(MEANWHILE_S)).unwrap_or_default();
                faults.credentials_expire = began.checked_add(SignedDuration::from_secs(seconds)).ok();
            }
            5 => {
                let kinds = [Shortage::Quota, Shortage::Addresses, Shortage::Stock];
                faults.machines_left = dice.pick(&kinds).map(|kind| (few(dice), *kind));
            }
            6 => faults.never_joins = Some(few(dice)),
            7 | 8 => faults.rollout_fails_after = Some(1 + few(dice) / 2),
            _ => faults.control_plane_fails = true,
        }
    }
    faults
}

pub(super) fn mishaps(dice: &mut Random, pools: &[String], workloads: &[String]) -> Vec<(Duration, Mishap)> {
    let count = dice.below(6).saturating_sub(3);
    let mut mishaps: Vec<_> = (0..count)
        .filter_map(|_| Some((Duration::from_secs(dice.below(MEANWHILE_S)), mishap(dice, pools, workloads)?)))
        .collect();
    mishaps.sort_by_key(|(after, _)| *after);
    mishaps
}

fn mishap(dice: &mut Random, pools: &[String], workloads: &[String]) -> Option<Mishap> {
    let pool = dice.pick(pools)?.clone();
    Some(match dice.below(7) {
        0 => Mishap::CordonOne(usize::try_from(dice.below(20)).ok()?),
        1 | 2 => Mishap::Scale(pool, *dice.pick(&[-1, 1, 2])?),
        3 => Mishap::ForeignUpgrade(pool),
        4 => Mishap::Cancel,
        5 => Mishap::ApiAway(Duration::from_secs(20 + dice.below(280))),
        _ => Mishap::Restart(dice.pick(workloads)?.clone()),
    })
}
