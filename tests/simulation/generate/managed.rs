//! Some clusters are run by a cloud.

mod offers;
mod pools;
mod trouble;
mod wishes;

use std::collections::BTreeMap;

use serde_json::json;
use upgrade_core::facts::Facts;
use upgrade_core::target::Target;
use upgrade_core::version::{Minor, Version};
use upgrade_twin::blueprint::{Blueprint, Form, Packages};
use upgrade_twin::clouds::faults::CloudFaults;
use upgrade_twin::clouds::{Cloud, Extra, Managed, Place};
use upgrade_twin::{Faults, Random, Tempo};

use super::room::Room;
use super::workloads;
use crate::case::Case;

/// One in so many.
const ONE_IN: u64 = 8;

/// The oldest minor at which one begins.
const FIRST: u16 = 27;

/// The case of a seed whose cluster a cloud runs; by chance of its own, so that the other cases stay as they are.
pub(super) fn perhaps(seed: u64, facts: &Facts) -> Option<Case> {
    let mut dice = Random::seeded(seed ^ 0x636c_6f75_0000_0000);
    if dice.below(ONE_IN) != 0 {
        return None;
    }
    let cloud = *dice.pick(&[Cloud::Eks, Cloud::Gke, Cloud::Aks])?;
    let newest = facts.calendar().releases().rfind(|release| release.last_patch.is_some())?.minor.minor;
    let hops = *dice.pick(&[1, 1, 2, 3])?;
    let from = FIRST + u16::try_from(dice.below(u64::from(newest - FIRST + 1 - hops))).ok()?;
    let to = Minor::new(1, from + hops);
    let offers = offers::offers(&mut dice, facts, cloud, from.saturating_sub(2)..=(to.minor + 1).min(newest));
    let at = offers::at(&offers, from)?.clone();
    let pools = pools::pools(&mut dice, cloud, &offers, &at);
    let options = wishes::options(&mut dice, cloud, &pools);
    let workloads = workloads::workloads(&mut dice, &room(&pools), &at.version);
    let managed = Managed {
        place: place(cloud),
        extra: extra(&mut dice, cloud, &at.version),
        offers,
        api_servers: *dice.pick(&[1, 2, 3])?,
        pools,
        members: BTreeMap::new(),
        faults: CloudFaults::default(),
    };
    let names: Vec<String> = managed.pools.iter().map(|pool| pool.name.clone()).collect();
    let (faults, api) = (trouble::faults(&mut dice, super::epoch(facts, to)), super::trouble::faults_of_api(&mut dice));
    Some(Case {
        seed,
        target: target(&mut dice, to),
        options,
        faults: api,
        cloud_faults: faults,
        mishaps: trouble::mishaps(&mut dice, &names, &workloads.names),
        plugs: super::trouble::plugs(&mut dice),
        downtime: super::trouble::downtime(&mut dice),
        can_drain: workloads.can_drain(),
        blueprint: Blueprint {
            name: format!("seed-{seed}"),
            epoch: super::epoch(facts, to),
            form: Form::Managed(Box::new(managed)),
            version: at.version,
            machines: Vec::new(),
            packages: Packages { offered: Vec::new(), exact: Vec::new(), per_minor: true },
            objects: workloads.objects,
            tempo: Tempo::default(),
            faults: Faults::default(),
        },
        breach: None,
    })
}

/// Tainted pools take none of the workloads; of the others one node may be away in each, or two.
fn room(pools: &[upgrade_twin::clouds::pools::PoolSpec]) -> Room {
    let open = pools.iter().filter(|pool| pool.taints.is_empty()).map(|pool| u64::from(pool.size.desired)).sum();
    Room::with(open, 2)
}

fn place(cloud: Cloud) -> Place {
    let (account, group, region) = match cloud {
        Cloud::Eks => ("111122223333", "", "eu-west-1"),
        Cloud::Gke => ("simulation-project", "", "europe-west3"),
        Cloud::Aks => ("5f2c9a10-7d1e-4c0b-9a57-0d3f4b6e8c21", "shop", "westeurope"),
    };
    let [account, group, region] = [account, group, region].map(str::to_owned);
    Place { cloud, account, group, region, cluster: "simulated".to_owned() }
}

fn extra(dice: &mut Random, cloud: Cloud, at: &Version) -> Extra {
    match cloud {
        Cloud::Eks => Extra::from_iter([("addons".to_owned(), offers::addons(dice, at))]),
        Cloud::Gke => Extra::from_iter([("channel".to_owned(), json!("REGULAR"))]),
        Cloud::Aks => Extra::from_iter([
            ("sku".to_owned(), json!({"name": "Base", "tier": "Standard"})),
            ("identity".to_owned(), json!({"type": "SystemAssigned"})),
            (
                "properties".to_owned(),
                json!({
                    "supportPlan": "KubernetesOfficial",
                    "autoUpgradeProfile": {"upgradeChannel": "none", "nodeOSUpgradeChannel": "None"},
                    "servicePrincipalProfile": {"clientId": "msi"},
                    "networkProfile": {"networkPlugin": "azure", "podCidr": "10.244.0.0/16"},
                }),
            ),
        ]),
    }
}

/// Where it goes: to a minor, or to the newest patch of the one it is at.
fn target(dice: &mut Random, to: Minor) -> Target {
    match dice.below(8) {
        0 => Target::LatestPatch,
        _ => Target::Minor(to),
    }
}
