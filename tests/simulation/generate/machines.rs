//! Machines: how many, at which versions, in which state.

use upgrade_core::version::Version;
use upgrade_twin::Random;
use upgrade_twin::blueprint::{Machine, OperatingSystem};

pub(super) fn machines(dice: &mut Random, version: &Version) -> Vec<Machine> {
    let control_planes = match dice.below(20) {
        0..=13 => 1,
        14 => 2,
        15..=18 => 3,
        _ => 5,
    };
    // Most are small, as most mistakes need few nodes, and a large one costs as much as twenty of them.
    let workers = match dice.below(100) {
        0..=7 => 0,
        8..=17 => 1,
        18..=69 => 2 + dice.below(2),
        70..=91 => 4 + dice.below(3),
        92..=97 => 7 + dice.below(6),
        98 => 13 + dice.below(10),
        _ => 23 + dice.below(18),
    };
    let os = if dice.happens(0.5) { OperatingSystem::Debian12 } else { OperatingSystem::Ubuntu2404 };
    let control_plane = (1..=control_planes).map(|number| {
        let machine = Machine::new(&format!("cp-{number}"), &format!("10.0.0.{}", 10 + number), version);
        Machine { os, ..machine.control_plane() }
    });
    let workers = (1..=workers).map(|number| {
        let machine = Machine::new(&format!("w-{number}"), &format!("10.0.1.{}", 10 + number), version);
        Machine { os, zone: Some(format!("zone-{}", 1 + number % 2)), ..machine }
    });
    let mut machines: Vec<Machine> = control_plane.chain(workers).collect();
    lag(dice, &mut machines, version);
    half_done(dice, &mut machines, version);
    for machine in machines.iter_mut().filter(|machine| !machine.control_plane) {
        machine.cordoned = dice.happens(0.05);
        machine.ready = !dice.happens(0.01);
    }
    machines
}

/// Some workers were left behind: mostly within what the policy allows, sometimes not.
fn lag(dice: &mut Random, machines: &mut [Machine], version: &Version) {
    if !dice.happens(0.15) {
        return;
    }
    let behind = 1 + u16::try_from(dice.below(4) / 2).unwrap_or_default();
    let old = Version::new(1, version.minor().minor.saturating_sub(behind), 2);
    for machine in machines.iter_mut().filter(|machine| !machine.control_plane) {
        if dice.happens(0.4) {
            machine.kubelet = old.clone();
            machine.kubeadm = old.clone();
        }
    }
}

/// Someone upgraded the first host of the control plane by hand and stopped there.
fn half_done(dice: &mut Random, machines: &mut [Machine], version: &Version) {
    if !dice.happens(0.04) {
        return;
    }
    let ahead = Version::new(1, version.minor().minor + 1, 2);
    if let Some(first) = machines.iter_mut().find(|machine| machine.control_plane) {
        first.kubeadm = ahead.clone();
        first.static_pods = Some(ahead);
    }
}
