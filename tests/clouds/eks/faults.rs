//! What goes wrong at EKS, met by the plugin.

use std::time::Duration;

use upgrade_tests::clouds::{Case, Served, play};
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};

use crate::{aws, clusters, stage};

const GROUP: &str = "--to 1.34 --pool main";
const RESUME: &str = "resume --yes";

fn as_it_is(_: &mut Blueprint) {}

fn nothing(_: &Served) {}

fn mended(served: &Served) {
    served.cloud(|cloud| cloud.faults = CloudFaults::default());
}

/// A fault that holds the run, until it is mended.
const fn held(name: &'static str, breaks: fn(&Served), says: &'static [&'static str]) -> Case {
    Case { name, cluster: as_it_is, breaks, run: GROUP, exits: 6, says, mends: mended, then: RESUME }
}

/// A fault that the run bears.
const fn borne(name: &'static str, breaks: fn(&Served)) -> Case {
    Case { name, cluster: as_it_is, breaks, run: GROUP, exits: 0, says: &[], mends: nothing, then: "" }
}

const CASES: &[Case] = &[
    held(
        "no machines within the quota",
        |served| served.cloud(|cloud| cloud.faults.machines_left = Some((1, Shortage::Quota))),
        &["NodeCreationFailure", "VcpuLimitExceeded", "kubectl upgrade resume"],
    ),
    held(
        "no free addresses",
        |served| served.cloud(|cloud| cloud.faults.machines_left = Some((0, Shortage::Addresses))),
        &["InsufficientFreeAddresses", "free addresses in the cluster's or the group's subnets"],
    ),
    held(
        "a machine that never joins",
        |served| served.cloud(|cloud| cloud.faults.never_joins = Some(0)),
        &["NodeCreationFailure", "new machines did not start or join"],
    ),
    held(
        "an operation that fails half way",
        |served| served.cloud(|cloud| cloud.faults.rollout_fails_after = Some(2)),
        &["expected VersionUpdate", "to succeed, found it failed", "kubectl upgrade resume"],
    ),
    held(
        "a control plane that stays where it is",
        |served| served.cloud(|cloud| cloud.faults.control_plane_fails = true),
        &["expected VersionUpdate", "to succeed, found it failed"],
    ),
    Case {
        name: "a budget that keeps a pod",
        cluster: clusters::deadlock,
        run: "--to 1.34 --pool main --accept KU0301",
        mends: |served| clusters::widen(&served.twin),
        ..held(
            "",
            nothing,
            &[
                "PodEvictionFailure",
                "pods that budgets keep there now: shop/queue-",
                "by budget shop/queue (1 of 1 must stay)",
            ],
        )
    },
    held(
        "credentials that expire on the way",
        |served| {
            served.twin.with(|world| {
                let soon = world.now() + jiff::SignedDuration::from_mins(12);
                world.cloud.as_mut().unwrap().faults.credentials_expire = Some(soon);
            });
        },
        &["AWS did not accept the credentials (ExpiredTokenException)", "aws sts get-caller-identity"],
    ),
    borne("throttled at every seventh request", |served| served.cloud(|cloud| cloud.faults.throttle_every = Some(7))),
    borne("busy although it says that it is active", |served| {
        served.cloud(|cloud| cloud.faults.busy_after = Duration::from_secs(900));
    }),
    borne("lists in pages of one", |served| served.cloud(|cloud| cloud.faults.page_size = Some(1))),
    borne("reads that lag", |served| served.cloud(|cloud| cloud.faults.reads_lag = Duration::from_secs(40))),
];

#[test]
fn each_fault_is_told_and_once_it_is_mended_the_run_ends_well() {
    if aws::model().is_none() {
        return;
    }
    play(CASES, &clusters::named(), |blueprint| Box::new(stage::begin(blueprint).expect("the model is there")));
}
