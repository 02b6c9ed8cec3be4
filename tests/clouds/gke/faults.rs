//! What goes wrong at GKE, met by the plugin.

use std::time::Duration;

use upgrade_tests::clouds::cases::{expiring, nothing, short_of};
use upgrade_tests::clouds::workloads::{mended_budget, never, stuck};
use upgrade_tests::clouds::{Case, play};
use upgrade_twin::clouds::faults::Shortage;
use upgrade_twin::world::World;

use crate::model::Model;
use crate::served::{beside_the_plugin, with};

const POOL: &str = "--to 1.34 --pool main";
const AFRESH: &str = "run --yes --to 1.34 --pool main";

/// GKE's lists have no pages; what lacks is what a zone did not answer.
fn answer_in_parts(world: &mut World, size: Option<usize>) {
    world.cloud.as_mut().unwrap().faults.page_size = size;
}

const CASES: &[Case] = &[
    Case::held(
        "quota",
        POOL,
        |served| short_of(served, 1, Shortage::Quota),
        &["GCE_QUOTA_EXCEEDED", "have the quota raised", "kubectl upgrade resume"],
    ),
    Case::held(
        "a surge that a zone has no machines for",
        POOL,
        |served| short_of(served, 1, Shortage::Stock),
        &["ZONE_RESOURCE_POOL_EXHAUSTED", "--max-surge 0"],
    ),
    Case::held(
        "no addresses",
        POOL,
        |served| short_of(served, 1, Shortage::Addresses),
        &["IP_SPACE_EXHAUSTED", "subnetwork"],
    ),
    Case::borne("throttling", POOL, |served| served.cloud(|cloud| cloud.faults.throttle_every = Some(7))),
    Case {
        says: &["failed to ask GKE what is going on: the answer lacks zone europe-west3-b"],
        ..Case::borne("lists that lack a zone for a while", POOL, |served| {
            served.twin.with(|world| {
                answer_in_parts(world, Some(0));
                world.after(Duration::from_secs(40 * 60), |world| answer_in_parts(world, None));
            });
        })
    },
    Case {
        says: &["incompatible operation"],
        ..Case::borne("still busy though it says that it is done", POOL, |served| {
            served.cloud(|cloud| cloud.faults.busy_after = Duration::from_secs(900))
        })
    },
    Case {
        mends: nothing,
        ..Case::held(
            "a pool that fails half-way",
            POOL,
            |served| served.cloud(|cloud| cloud.faults.rollout_fails_after = Some(1)),
            &["Internal error", "after 1 nodes"],
        )
    },
    Case {
        mends: nothing,
        ..Case::held(
            "a control plane that stays where it is",
            POOL,
            |served| served.cloud(|cloud| cloud.faults.control_plane_fails = true),
            &["the control plane did not become healthy"],
        )
    },
    Case {
        mends: nothing,
        ..Case::held(
            "a node that never joins",
            POOL,
            |served| served.cloud(|cloud| cloud.faults.never_joins = Some(1)),
            &["have registered", "gcloud compute instances list"],
        )
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
    Case::borne("eventual consistency", POOL, |served| {
        served.cloud(|cloud| cloud.faults.reads_lag = Duration::from_secs(40))
    }),
    Case {
        says: &["gcloud auth application-default login"],
        ..Case::borne("credentials that expire, until somebody signs in again", POOL, |served| expiring(served, 12, 40))
    },
];

#[test]
fn each_fault_is_told_and_once_it_is_mended_the_run_ends_well() {
    if Model::fetched().is_none() {
        return;
    }
    play(CASES, &with(|_| {}), |blueprint| Box::new(beside_the_plugin(blueprint).expect("the description is there")));
}
