//! What goes wrong at GKE, met by the plugin.

use std::time::Duration;

use upgrade_tests::clouds::workloads::{mended_budget, never, stuck};
use upgrade_tests::clouds::{Case, Served, play};
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};

use crate::model::Model;
use crate::served::{beside_the_plugin, with};

const POOL: &str = "--to 1.34 --pool main";
const RESUME: &str = "resume --yes";
const AFRESH: &str = "run --yes --to 1.34 --pool main";

fn as_it_is(_: &mut Blueprint) {}

fn nothing(_: &Served) {}

fn mended(served: &Served) {
    served.cloud(|cloud| cloud.faults = CloudFaults::default());
}

fn short_of(served: &Served, shortage: Shortage) {
    served.cloud(|cloud| cloud.faults.machines_left = Some((1, shortage)));
}

const CASES: &[Case] = &[
    Case {
        name: "quota",
        cluster: as_it_is,
        breaks: |served| short_of(served, Shortage::Quota),
        run: POOL,
        exits: 6,
        says: &["GCE_QUOTA_EXCEEDED", "have the quota raised", "kubectl upgrade resume"],
        mends: mended,
        then: RESUME,
    },
    Case {
        name: "a surge that a zone has no machines for",
        cluster: as_it_is,
        breaks: |served| short_of(served, Shortage::Stock),
        run: POOL,
        exits: 6,
        says: &["ZONE_RESOURCE_POOL_EXHAUSTED", "--max-surge 0"],
        mends: mended,
        then: RESUME,
    },
    Case {
        name: "no addresses",
        cluster: as_it_is,
        breaks: |served| short_of(served, Shortage::Addresses),
        run: POOL,
        exits: 6,
        says: &["IP_SPACE_EXHAUSTED", "subnetwork"],
        mends: mended,
        then: RESUME,
    },
    Case {
        name: "throttling",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.throttle_every = Some(4)),
        run: POOL,
        exits: 0,
        says: &[],
        mends: nothing,
        then: "",
    },
    Case {
        name: "still busy though it says that it is done",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.busy_after = Duration::from_secs(900)),
        run: POOL,
        exits: 0,
        says: &["incompatible operation"],
        mends: nothing,
        then: "",
    },
    Case {
        name: "a pool that fails half-way",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.rollout_fails_after = Some(1)),
        run: POOL,
        exits: 6,
        says: &["Internal error", "after 1 nodes"],
        mends: nothing,
        then: RESUME,
    },
    Case {
        name: "a control plane that stays where it is",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.control_plane_fails = true),
        run: POOL,
        exits: 6,
        says: &["the control plane did not become healthy"],
        mends: nothing,
        then: RESUME,
    },
    Case {
        name: "a node that never joins",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.never_joins = Some(1)),
        run: POOL,
        exits: 6,
        says: &["have registered", "gcloud compute instances list"],
        mends: nothing,
        then: RESUME,
    },
    Case {
        name: "a node that cannot be drained: GKE waits for an hour, and then goes on",
        cluster: |blueprint| stuck(blueprint, "cloud.google.com/gke-nodepool", "main"),
        breaks: nothing,
        run: POOL,
        exits: 0,
        says: &["KU0302", "shop/queue"],
        mends: nothing,
        then: "",
    },
    Case {
        name: "a budget that never allows anything",
        cluster: |blueprint| never(blueprint, "cloud.google.com/gke-nodepool", "main"),
        breaks: nothing,
        run: POOL,
        exits: 3,
        says: &["KU0301", "shop/queue", "follow the remedies above"],
        mends: mended_budget,
        then: AFRESH,
    },
    Case {
        name: "eventual consistency",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.reads_lag = Duration::from_secs(40)),
        run: POOL,
        exits: 0,
        says: &[],
        mends: nothing,
        then: "",
    },
    Case {
        name: "credentials that expire",
        cluster: as_it_is,
        breaks: |served| {
            served.twin.with(|world| {
                let soon = world.now() + jiff::SignedDuration::from_mins(12);
                world.cloud.as_mut().unwrap().faults.credentials_expire = Some(soon);
            });
        },
        run: POOL,
        exits: 6,
        says: &["gcloud auth application-default login"],
        mends: mended,
        then: RESUME,
    },
];

#[test]
fn each_fault_is_told_and_once_it_is_mended_the_run_ends_well() {
    if Model::fetched().is_none() {
        return;
    }
    play(CASES, &with(|_| {}), |blueprint| Box::new(beside_the_plugin(blueprint).expect("the description is there")));
}
