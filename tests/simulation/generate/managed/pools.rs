//! Pools: how many, how large, at which version, and how their cloud replaces their nodes.

use std::time::Duration;

use serde_json::{Value, json};
use upgrade_twin::Random;
use upgrade_twin::clouds::pools::{Amount, BlueGreen, PoolSpec, Settings, Size, Strategy, Undrainable};
use upgrade_twin::clouds::{Cloud, Offer, nodegroup_settings};

use super::offers;

const NAMES: [&str; 4] = ["main", "batch", "web", "data"];

pub(super) fn pools(dice: &mut Random, cloud: Cloud, offers: &[Offer], at: &Offer) -> Vec<PoolSpec> {
    let count = *dice.pick(&[1, 2, 2, 3, 3, 4]).unwrap_or(&1);
    NAMES.iter().take(count).enumerate().map(|(nth, name)| pool(dice, cloud, offers, at, (nth, name))).collect()
}

fn pool(dice: &mut Random, cloud: Cloud, offers: &[Offer], at: &Offer, (nth, name): (usize, &str)) -> PoolSpec {
    let of = if dice.happens(0.2) { behind(dice, offers, at) } else { at };
    let nodes = *dice.pick(&[1, 2, 2, 3, 3, 4, 6]).unwrap_or(&2);
    let zones: &[&str] = match cloud {
        Cloud::Eks => &["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        Cloud::Gke => &["europe-west3-a", "europe-west3-b", "europe-west3-c"],
        Cloud::Aks => &["westeurope-1", "westeurope-2", "westeurope-3"],
    };
    let zones = if dice.happens(0.3) { zones.get(..1).unwrap_or(zones) } else { zones };
    let mut spec = PoolSpec::new(name, &of.node_version, &of.image, nodes, zones);
    let autoscaled = dice.happens(0.3);
    if autoscaled {
        spec.size = Size { desired: nodes, min: 1, max: nodes + 4, autoscaled };
    }
    // Never the first: something has to take the workloads.
    if nth > 0 && dice.happens(0.2) {
        spec.taints = vec![json!({"key": "dedicated", "value": name, "effect": "NoSchedule"})];
    }
    match cloud {
        Cloud::Eks => of_eks(dice, &mut spec),
        Cloud::Gke => spec.settings = of_gke(dice),
        Cloud::Aks => of_aks(dice, &mut spec, nth),
    }
    spec
}

/// An offer of the minor before, or of the one before that.
fn behind<'a>(dice: &mut Random, offers: &'a [Offer], at: &'a Offer) -> &'a Offer {
    let minor = at.version.minor().minor - if dice.happens(0.7) { 1 } else { 2 };
    offers::at(offers, minor).unwrap_or(at)
}

fn of_eks(dice: &mut Random, spec: &mut PoolSpec) {
    let update = match dice.below(4) {
        0 => json!({"maxUnavailablePercentage": 50}),
        1 => json!({"maxUnavailable": 2}),
        2 => json!({"maxUnavailable": 1, "updateStrategy": "MINIMAL"}),
        _ => json!({"maxUnavailable": 1}),
    };
    spec.settings = nodegroup_settings(&update);
    spec.extra = offers::extra(json!({"updateConfig": update}));
}

fn of_gke(dice: &mut Random) -> Settings {
    let (come, go) = *dice.pick(&[(1, 0), (1, 0), (2, 0), (0, 1), (1, 1)]).unwrap_or(&(1, 0));
    let strategy = if dice.happens(0.2) { Strategy::BlueGreen } else { Strategy::Surge };
    Settings {
        strategy,
        max_surge: Amount::Count(come),
        max_unavailable: Amount::Count(go),
        blue_green: BlueGreen {
            batch: if dice.happens(0.5) { Amount::Count(1) } else { Amount::Percent(50) },
            batch_soak: Duration::from_secs(60),
            soak: Duration::from_secs(*dice.pick(&[0, 600, 1_800]).unwrap_or(&600)),
        },
        ..Settings::default()
    }
}

fn of_aks(dice: &mut Random, spec: &mut PoolSpec, nth: usize) {
    let (max_surge, max_unavailable) = match dice.below(4) {
        0 => (Amount::Percent(34), Amount::Count(0)),
        1 => (Amount::Count(2), Amount::Count(0)),
        2 => (Amount::Count(0), Amount::Count(1)),
        _ => (Amount::Percent(10), Amount::Count(0)),
    };
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    spec.settings = Settings {
        max_surge,
        max_unavailable,
        drain_timeout: minutes(30),
        undrainable: if dice.happens(0.2) { Undrainable::Quarantine } else { Undrainable::Fail },
        soak: minutes(*dice.pick(&[0, 0, 5]).unwrap_or(&0)),
        ..Settings::default()
    };
    let mode = if nth == 0 { "System" } else { "User" };
    let extra: Value = json!({
        "vmSize": "Standard_D4s_v5", "osDiskSizeGB": 128, "osType": "Linux", "osSKU": "Ubuntu",
        "type": "VirtualMachineScaleSets", "mode": mode,
    });
    spec.extra = offers::extra(extra);
}
