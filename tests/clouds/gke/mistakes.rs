//! What people get wrong about a cluster of GKE, and what they are told.

use upgrade_tests::clouds::cases::{Choice, denied, expired, nothing, save_and_run};
use upgrade_tests::clouds::{Mistake, refuse};
use upgrade_twin::clouds::pools::Amount;

use crate::served::{beside_the_plugin, with};

const MISTAKES: &[Mistake] = &[
    Mistake {
        breaks: nothing,
        typed: "plan --cloud-region us-east1",
        exits: 1,
        says: &["gcloud container clusters list --project", "--cloud-region, --cloud-cluster (asked in us-east1)"],
    },
    Mistake {
        breaks: nothing,
        typed: "plan --cloud-cluster shopp",
        exits: 1,
        says: &["clusters/shopp", "see where shopp is: gcloud container clusters list"],
    },
    Mistake {
        breaks: nothing,
        typed: "plan --to 1.38",
        exits: 3,
        says: &[
            "gke does not offer that to this cluster",
            "try --to 1.36.1-gke.1113000; it offers 1.33.11-gke.1046000",
        ],
    },
    Mistake {
        breaks: |served| denied(served, "container.clusters.update"),
        typed: "run --yes --to 1.34 --pool main",
        exits: 6,
        says: &["the right container.clusters.update is missing", "have container.clusters.update granted in project"],
    },
    Mistake {
        breaks: |served| denied(served, "container.clusters.get"),
        typed: "plan --to 1.34",
        exits: 1,
        says: &["the right container.clusters.get is missing", "docs/providers/gke.md has a role"],
    },
    Mistake { breaks: expired, typed: "plan --to 1.34", exits: 1, says: &["gcloud auth application-default login"] },
];

#[test]
fn each_is_told_with_what_to_type_instead() {
    let Some(served) = beside_the_plugin(with(|_| {})) else { return };
    refuse(MISTAKES, &served);
}

#[test]
fn a_saved_plan_knows_settings_that_were_changed_from_nodes_that_came() {
    let Some(served) = beside_the_plugin(with(|_| {})) else { return };
    let says = "expected pool main with max surge 1, found max surge 3";
    let choices: [Choice; 2] = [|spec| surging(spec, 3), |spec| surging(spec, 1)];
    save_and_run(&served, "main", "--max-surge 2", choices, says);
    served.cloud(|cloud| assert_eq!(cloud.now().pools["main"].spec.settings.max_surge, Amount::Count(1)));
}

fn surging(spec: &mut upgrade_twin::clouds::pools::PoolSpec, nodes: u32) {
    spec.settings.max_surge = Amount::Count(nodes);
}
