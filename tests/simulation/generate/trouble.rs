//! What goes wrong: faults at the seams, what others do, and when the plug is pulled.

use std::time::Duration;

use upgrade_twin::blueprint::{Blueprint, Machine};
use upgrade_twin::{ApiFault, Faults, HostFault, Random};

use crate::case::{Mishap, Plug};

/// The longest after its beginning that anything is done to a run from outside.
const MEANWHILE_S: u64 = 900;

/// At the door of the API server.
fn at_the_api() -> Vec<(ApiFault, f64)> {
    vec![
        (ApiFault::Refused, 0.01),
        (ApiFault::Slow(Duration::from_secs(3)), 0.005),
        (ApiFault::Internal, 0.01),
        (ApiFault::TooMany, 0.005),
        (ApiFault::LostAnswer, 0.01),
        (ApiFault::WatchCut, 0.05),
    ]
}

/// Of a cluster without hosts: the API server's alone.
pub(super) fn faults_of_api(dice: &mut Random) -> Faults {
    match dice.below(3) {
        0 => Faults { api: at_the_api(), at_most: Some(20), ..Faults::default() },
        _ => Faults::default(),
    }
}

pub(super) fn faults(dice: &mut Random) -> Faults {
    let api = at_the_api();
    let host = [
        (HostFault::Unreachable, 0.02),
        (HostFault::LostAnswer, 0.02),
        (HostFault::Dropped, 0.01),
        (HostFault::DiskFull, 0.002),
    ];
    match dice.below(10) {
        0..=4 => Faults::default(),
        5 | 6 => Faults { api, at_most: Some(20), ..Faults::default() },
        7 => Faults { host: host.to_vec(), at_most: Some(12), ..Faults::default() },
        8 => Faults { command: 0.05, at_most: Some(2), ..Faults::default() },
        _ => Faults { api, host: host.to_vec(), command: 0.02, at_most: Some(25) },
    }
}

pub(super) fn mishaps(dice: &mut Random, blueprint: &Blueprint, workloads: &[String]) -> Vec<(Duration, Mishap)> {
    let count = dice.below(5).saturating_sub(2);
    let workers: Vec<String> = blueprint.machines.iter().filter(|m| !m.control_plane).map(|m| m.name.clone()).collect();
    let mut mishaps: Vec<_> = (0..count)
        .filter_map(|number| {
            let after = Duration::from_secs(dice.below(MEANWHILE_S));
            Some((after, mishap(dice, number, blueprint, &workers, workloads)?))
        })
        .collect();
    mishaps.sort_by_key(|(after, _)| *after);
    mishaps
}

fn mishap(
    dice: &mut Random,
    number: u64,
    blueprint: &Blueprint,
    workers: &[String],
    workloads: &[String],
) -> Option<Mishap> {
    let any: Vec<String> = blueprint.machines.iter().map(|machine| machine.name.clone()).collect();
    let while_s = Duration::from_secs(20 + dice.below(280));
    Some(match dice.below(6) {
        0 => Mishap::Cordon(dice.pick(workers)?.clone()),
        1 => {
            let name = format!("extra-{number}");
            Mishap::Join(Box::new(Machine::new(&name, &format!("10.0.2.{}", 10 + number), &blueprint.version)))
        }
        2 => Mishap::Leave(dice.pick(workers)?.clone()),
        3 => Mishap::PowerCut(dice.pick(&any)?.clone(), while_s),
        4 => Mishap::ApiAway(while_s),
        _ => Mishap::Restart(dice.pick(workloads)?.clone()),
    })
}

pub(super) fn plugs(dice: &mut Random) -> Vec<Plug> {
    let count = [0, 0, 0, 1, 1, 2, 3];
    let count = dice.pick(&count).copied().unwrap_or_default();
    let plugs = (0..count).map(|_| match dice.happens(0.5) {
        true => Plug::Record(usize::try_from(1 + dice.below(120)).unwrap_or(1)),
        // To the millisecond: in the middle of a request as well as between two.
        false => Plug::After(Duration::from_millis(dice.below(MEANWHILE_S * 1_000))),
    });
    let mut plugs: Vec<Plug> = plugs.collect();
    // Those that wait for a record wait for it in order.
    plugs.sort_by_key(|plug| match plug {
        Plug::Record(record) => *record,
        Plug::After(_) => 0,
    });
    plugs
}

pub(super) fn downtime(dice: &mut Random) -> Duration {
    let seconds = [0, 1, 5, 30, 120, 900, 7200];
    Duration::from_secs(dice.pick(&seconds).copied().unwrap_or_default())
}
