//! What goes wrong at AKS, met by the plugin.

use std::time::Duration;

use upgrade_tests::clouds::workloads::{mended_budget, never, stuck};
use upgrade_tests::clouds::{Case, Served, Setting, play};
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};
use upgrade_twin::clouds::{change, note_deprecated_use};

use crate::{az, clusters, served};

const POOL: &str = "--accept KU0202 --to 1.34 --pool web";
const RESUME: &str = "resume --yes";
const AFRESH: &str = "run --yes --accept KU0202 --to 1.34 --pool web";

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
        says: &["QuotaExceeded", "ask for more quota", "kubectl upgrade resume"],
        mends: mended,
        then: RESUME,
    },
    Case {
        name: "a surge that a zone has no machines for",
        cluster: as_it_is,
        breaks: |served| short_of(served, Shortage::Stock),
        run: POOL,
        exits: 6,
        says: &["ZonalAllocationFailed", "try later, or surge by fewer nodes"],
        mends: mended,
        then: RESUME,
    },
    Case {
        name: "no addresses",
        cluster: as_it_is,
        breaks: |served| short_of(served, Shortage::Addresses),
        run: POOL,
        exits: 6,
        says: &["SubnetIsFull", "free addresses in the subnet"],
        mends: mended,
        then: RESUME,
    },
    Case {
        name: "throttling",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.throttle_every = Some(3)),
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
        says: &["OperationNotAllowed"],
        mends: nothing,
        then: "",
    },
    Case {
        name: "pages of one",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.page_size = Some(1)),
        run: POOL,
        exits: 0,
        says: &[],
        mends: nothing,
        then: "",
    },
    Case {
        name: "a pool that fails half-way",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.rollout_fails_after = Some(1)),
        run: POOL,
        exits: 6,
        says: &["InternalOperationError", "after 1 nodes"],
        mends: nothing,
        then: RESUME,
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
        name: "a deprecated API in use",
        cluster: as_it_is,
        breaks: |served| {
            served.twin.with(|world| note_deprecated_use(world, "x.io.things.v1beta1", "1.34".parse().unwrap()));
        },
        run: POOL,
        exits: 6,
        says: &["UpgradeBlockedOnDeprecatedAPIUsage", "x.io.things.v1beta1", "12 hours", "--force checks"],
        mends: |served| {
            // Twelve hours later.
            served.twin.with(|world| change(world, |seen| seen.extra.remove("deprecatedApiUse")));
        },
        then: RESUME,
    },
    Case {
        name: "a control plane that stays where it is",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.control_plane_fails = true),
        run: POOL,
        exits: 6,
        says: &["did not become healthy"],
        mends: nothing,
        then: RESUME,
    },
    Case {
        name: "a node that never joins",
        cluster: as_it_is,
        breaks: |served| served.cloud(|cloud| cloud.faults.never_joins = Some(1)),
        run: POOL,
        exits: 6,
        says: &["VMExtensionProvisioningError", "did not register"],
        mends: nothing,
        then: RESUME,
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
        says: &["log in again: az login"],
        mends: mended,
        then: RESUME,
    },
];

#[test]
fn each_fault_is_told_and_once_it_is_mended_the_run_ends_well() {
    let Some(model) = az::model() else { return };
    play(CASES, &clusters::named(), |blueprint| {
        served::Served::with(Setting::beside_the_plugin(), blueprint, model.clone())
    });
}
