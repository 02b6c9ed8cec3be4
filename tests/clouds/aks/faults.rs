//! What goes wrong at AKS, met by the plugin.

use std::time::Duration;

use upgrade_tests::clouds::cases::{expiring, nothing, short_of};
use upgrade_tests::clouds::workloads::{mended_budget, never, stuck};
use upgrade_tests::clouds::{Case, Setting, play};
use upgrade_twin::clouds::faults::Shortage;
use upgrade_twin::clouds::{change, note_deprecated_use};

use crate::{az, clusters, served};

const POOL: &str = "--accept KU0202 --to 1.34 --pool web";
const RESUME: &str = "resume --yes";
const AFRESH: &str = "run --yes --accept KU0202 --to 1.34 --pool web";

const CASES: &[Case] = &[
    Case::held(
        "quota",
        POOL,
        |served| short_of(served, 1, Shortage::Quota),
        &["QuotaExceeded", "ask for more quota", "kubectl upgrade resume"],
    ),
    Case::held(
        "a surge that a zone has no machines for",
        POOL,
        |served| short_of(served, 1, Shortage::Stock),
        &["ZonalAllocationFailed", "try later, or surge by fewer nodes"],
    ),
    Case::held(
        "no addresses",
        POOL,
        |served| short_of(served, 1, Shortage::Addresses),
        &["SubnetIsFull", "free addresses in the subnet"],
    ),
    Case::borne("throttling", POOL, |served| served.cloud(|cloud| cloud.faults.throttle_every = Some(7))),
    Case {
        says: &["OperationNotAllowed"],
        ..Case::borne("still busy though it says that it is done", POOL, |served| {
            served.cloud(|cloud| cloud.faults.busy_after = Duration::from_secs(900))
        })
    },
    Case::borne("pages of one", POOL, |served| served.cloud(|cloud| cloud.faults.page_size = Some(1))),
    Case {
        mends: nothing,
        ..Case::held(
            "a pool that fails half-way",
            POOL,
            |served| served.cloud(|cloud| cloud.faults.rollout_fails_after = Some(1)),
            &["InternalOperationError", "after 1 nodes"],
        )
    },
    Case {
        name: "a node that cannot be drained",
        cluster: |blueprint| stuck(blueprint, "agentpool", "web"),
        breaks: nothing,
        run: POOL,
        exits: 6,
        says: &["PodDrainFailure", "shop/queue-a-", "blocked by pdb queue"],
        mends: mended_budget,
        then: RESUME,
    },
    Case {
        name: "a budget that never allows anything",
        cluster: |blueprint| never(blueprint, "agentpool", "web"),
        breaks: nothing,
        run: POOL,
        exits: 3,
        says: &["KU0301", "shop/queue", "follow the remedies above"],
        mends: mended_budget,
        then: AFRESH,
    },
    Case {
        mends: |served| {
            // Twelve hours later.
            served.twin.with(|world| change(world, |seen| seen.extra.remove("deprecatedApiUse")));
        },
        ..Case::held(
            "a deprecated API in use",
            POOL,
            |served| {
                served.twin.with(|world| note_deprecated_use(world, "x.io.things.v1beta1", "1.34".parse().unwrap()));
            },
            &["UpgradeBlockedOnDeprecatedAPIUsage", "x.io.things.v1beta1", "12 hours", "--force checks"],
        )
    },
    Case {
        mends: nothing,
        ..Case::held(
            "a control plane that stays where it is",
            POOL,
            |served| served.cloud(|cloud| cloud.faults.control_plane_fails = true),
            &["did not become healthy"],
        )
    },
    Case {
        mends: nothing,
        ..Case::held(
            "a node that never joins",
            POOL,
            |served| served.cloud(|cloud| cloud.faults.never_joins = Some(1)),
            &["VMExtensionProvisioningError", "did not register"],
        )
    },
    Case::borne("eventual consistency", POOL, |served| {
        served.cloud(|cloud| cloud.faults.reads_lag = Duration::from_secs(40))
    }),
    Case {
        says: &["log in again: az login"],
        ..Case::borne("credentials that expire, until somebody signs in again", POOL, |served| expiring(served, 12, 40))
    },
];

#[test]
fn each_fault_is_told_and_once_it_is_mended_the_run_ends_well() {
    let Some(model) = az::model() else { return };
    play(CASES, &clusters::named(), |blueprint| {
        served::Served::with(Setting::beside_the_plugin(), blueprint, model.clone())
    });
}
