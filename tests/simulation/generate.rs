//! From a seed to a case. The same seed gives the same case on every machine.

mod by_hand;
mod machines;
mod managed;
mod room;
mod trouble;
mod workloads;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use upgrade_core::facts::Facts;
use upgrade_core::plan::{Amount, DrainPolicy, Options, Strategy};
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};
use upgrade_twin::blueprint::{Blueprint, Form, Packages};
use upgrade_twin::clouds::faults::CloudFaults;
use upgrade_twin::{Faults, Random, Tempo};

use crate::case::Case;
use room::Room;

/// The first minor that can be upgraded by this tool's plans.
const FIRST: u16 = 11;

/// Newer patches than these are not on offer anywhere.
const PATCHES: u64 = 6;

/// pkgs.k8s.io has no repositories before this minor.
const FIRST_PER_MINOR: u16 = 24;

/// The case of a seed.
pub(crate) fn case(seed: u64) -> Case {
    let facts = Facts::embedded();
    managed::perhaps(seed, &facts).unwrap_or_else(|| on_hosts(seed, &facts))
}

/// Of a cluster that has its own hosts.
fn on_hosts(seed: u64, facts: &Facts) -> Case {
    // Apart from the twin's own chance, which begins with the same seed.
    let mut dice = Random::seeded(seed ^ 0x5eed_0000_0000_0000);
    let newest = facts.calendar().releases().rfind(|release| release.last_patch.is_some());
    let newest = newest.map_or(FIRST + 1, |release| release.minor.minor);
    let hops = 1 + u16::try_from(dice.below(10)).unwrap_or_default() / 7;
    let from = FIRST + u16::try_from(dice.below(u64::from(newest - FIRST + 1 - hops))).unwrap_or_default();
    let version = Version::new(1, from, patch(&mut dice));
    let to = Minor::new(1, from + hops);
    let machines = machines::machines(&mut dice, &version);
    let options = options(&mut dice);
    let room = Room::of(&machines, &options);
    let workloads = workloads::workloads(&mut dice, &room, &version);
    // A hand-built cluster's plan ends with new pods of CoreDNS, which need a node too.
    let can_drain = workloads.can_drain() && room.workers > 0;
    let blueprint = Blueprint {
        name: format!("seed-{seed}"),
        epoch: epoch(facts, to),
        form: Form::Kubeadm,
        packages: packages(&mut dice, from, to.minor, &version),
        version,
        machines,
        objects: workloads.objects,
        tempo: Tempo::default(),
        faults: Faults::default(),
    };
    let blueprint = by_hand::perhaps(seed, blueprint);
    Case {
        seed,
        target: target(&mut dice, to),
        options,
        faults: trouble::faults(&mut dice),
        cloud_faults: CloudFaults::default(),
        mishaps: trouble::mishaps(&mut dice, &blueprint, &workloads.names),
        plugs: trouble::plugs(&mut dice),
        downtime: trouble::downtime(&mut dice),
        can_drain,
        blueprint,
        breach: None,
    }
}

fn patch(dice: &mut Random) -> u16 {
    u16::try_from(dice.below(PATCHES)).unwrap_or_default()
}

/// Some weeks after the target came out, so that nothing is out of support only because the story is old.
fn epoch(facts: &Facts, to: Minor) -> Timestamp {
    let ga = facts.calendar().get(to).map(|release| release.ga);
    let day = ga.and_then(|day| day.checked_add(jiff::Span::new().days(40)).ok());
    let noon = day.and_then(|day| day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok());
    noon.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// What is on offer: some patches of every minor on the way and one beyond, always the running one.
fn packages(dice: &mut Random, from: u16, to: u16, running: &Version) -> Packages {
    let mut offered: Vec<Version> = (from.saturating_sub(2)..=to + 1)
        .flat_map(|minor| (0..=u16::try_from(PATCHES).unwrap_or_default()).map(move |patch| (minor, patch)))
        .filter(|(_, patch)| *patch % 3 != 1)
        .map(|(minor, patch)| Version::new(1, minor, patch))
        .collect();
    if !offered.contains(running) {
        offered.push(running.clone());
        offered.sort();
    }
    let per_minor = from >= FIRST_PER_MINOR && dice.happens(0.85);
    Packages { offered, exact: Vec::new(), per_minor }
}

fn target(dice: &mut Random, to: Minor) -> Target {
    match dice.below(8) {
        0 => Target::Exact(Version::new(1, to.minor, 2)),
        1 => Target::LatestPatch,
        _ => Target::Minor(to),
    }
}

fn options(dice: &mut Random) -> Options {
    let strategy = match dice.below(20) {
        0 => Strategy::AllAtOnce,
        1..=4 => Strategy::Rolling { max_unavailable: Amount::Percent(34) },
        5..=9 => Strategy::Rolling { max_unavailable: Amount::Count(2) },
        _ => Strategy::Rolling { max_unavailable: Amount::Count(1) },
    };
    let drain = DrainPolicy {
        delete_empty_dir_data: dice.happens(0.9),
        force: dice.happens(0.8),
        timeout_s: 300,
        ..DrainPolicy::default()
    };
    Options { strategy, drain, ..Options::default() }
}
