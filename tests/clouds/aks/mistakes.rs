//! What people get wrong about a cluster of AKS, and what they are told.

use upgrade_tests::clouds::cases::{Choice, denied, expired, nothing, save_and_run};
use upgrade_tests::clouds::{Mistake, Setting, refuse};
use upgrade_twin::clouds::pools::{Amount, PoolSpec};

use crate::served::Served;
use crate::{az, clusters};

const MISTAKES: &[Mistake] = &[
    Mistake {
        breaks: nothing,
        typed: "plan --cloud-region eastus",
        exits: 1,
        says: &["expected cluster shop in eastus, found it in westeurope", "az aks list", "--cloud-cluster"],
    },
    Mistake { breaks: nothing, typed: "plan --cloud-cluster shopp", exits: 1, says: &["shopp", "az aks list"] },
    Mistake {
        breaks: nothing,
        typed: "plan --accept KU0202 --to 1.38",
        exits: 3,
        says: &["aks does not offer that to this cluster", "try --to 1.36.2; it offers 1.33.8, 1.34.6"],
    },
    Mistake {
        breaks: |served| denied(served, "Microsoft.ContainerService/managedClusters/write"),
        typed: "run --yes --accept KU0202 --to 1.34 --pool web",
        exits: 6,
        says: &["AuthorizationFailed", "Microsoft.ContainerService/managedClusters/write", "kubectl upgrade resume"],
    },
    Mistake {
        breaks: |served| denied(served, "Microsoft.ContainerService/managedClusters/read"),
        typed: "plan --accept KU0202 --to 1.34",
        exits: 1,
        says: &["AuthorizationFailed", "Microsoft.ContainerService/managedClusters/read"],
    },
    Mistake { breaks: expired, typed: "plan --accept KU0202 --to 1.34", exits: 1, says: &["log in again: az login"] },
];

fn served() -> Option<Served> {
    Some(Served::with(Setting::beside_the_plugin(), clusters::named(), az::model()?))
}

#[test]
fn each_is_told_with_what_to_type_instead() {
    let Some(served) = served() else { return };
    refuse(MISTAKES, &served);
}

#[test]
fn a_saved_plan_knows_settings_that_were_changed_from_nodes_that_came() {
    let Some(served) = served() else { return };
    let says = "expected pool web with max surge 10%, found max surge 20%";
    let choices: [Choice; 2] = [|spec| surging(spec, 20), |spec| surging(spec, 10)];
    save_and_run(&served, "web", "--accept KU0202 --max-surge 2", choices, says);
    served.cloud(|cloud| assert_eq!(cloud.now().pools["web"].spec.settings.max_surge, Amount::Percent(10)));
}

fn surging(spec: &mut PoolSpec, percent: u32) {
    spec.settings.max_surge = Amount::Percent(percent);
}
