//! What goes wrong at EKS, met by the plugin.

use std::time::Duration;

use upgrade_tests::clouds::cases::{expiring, nothing, short_of};
use upgrade_tests::clouds::{Case, play};
use upgrade_twin::clouds::faults::Shortage;

use crate::{aws, clusters, stage};

const GROUP: &str = "--to 1.34 --pool main";

const CASES: &[Case] = &[
    Case::held(
        "no machines within the quota",
        GROUP,
        |served| short_of(served, 1, Shortage::Quota),
        &["NodeCreationFailure", "VcpuLimitExceeded", "kubectl upgrade resume"],
    ),
    Case::held(
        "no free addresses",
        GROUP,
        |served| short_of(served, 0, Shortage::Addresses),
        &["InsufficientFreeAddresses", "free addresses in the cluster's or the group's subnets"],
    ),
    Case::held(
        "a machine that never joins",
        GROUP,
        |served| served.cloud(|cloud| cloud.faults.never_joins = Some(0)),
        &["NodeCreationFailure", "new machines did not start or join"],
    ),
    Case::held(
        "an operation that fails half way",
        GROUP,
        |served| served.cloud(|cloud| cloud.faults.rollout_fails_after = Some(2)),
        &["expected VersionUpdate", "to succeed, found it failed", "kubectl upgrade resume"],
    ),
    Case::held(
        "a control plane that stays where it is",
        GROUP,
        |served| served.cloud(|cloud| cloud.faults.control_plane_fails = true),
        &["expected VersionUpdate", "to succeed, found it failed"],
    ),
    Case {
        name: "a budget that keeps a pod",
        cluster: clusters::deadlock,
        run: "--to 1.34 --pool main --accept KU0301",
        mends: |served| clusters::widen(&served.twin),
        ..Case::held(
            "",
            GROUP,
            nothing,
            &[
                "PodEvictionFailure",
                "pods that budgets keep there now: shop/queue-",
                "by budget shop/queue (1 of 1 must stay)",
            ],
        )
    },
    Case {
        says: &["AWS did not accept the credentials (ExpiredTokenException)", "aws sts get-caller-identity"],
        ..Case::borne("credentials that expire, until somebody signs in again", GROUP, |served| {
            expiring(served, 12, 40)
        })
    },
    Case::borne("throttled at every seventh request", GROUP, |served| {
        served.cloud(|cloud| cloud.faults.throttle_every = Some(7))
    }),
    Case::borne("busy although it says that it is active", GROUP, |served| {
        served.cloud(|cloud| cloud.faults.busy_after = Duration::from_secs(900));
    }),
    Case::borne("lists in pages of one", GROUP, |served| served.cloud(|cloud| cloud.faults.page_size = Some(1))),
    Case::borne("reads that lag", GROUP, |served| {
        served.cloud(|cloud| cloud.faults.reads_lag = Duration::from_secs(40))
    }),
];

#[test]
fn each_fault_is_told_and_once_it_is_mended_the_run_ends_well() {
    if aws::model().is_none() {
        return;
    }
    play(CASES, &clusters::named(), |blueprint| Box::new(stage::begin(blueprint).expect("the model is there")));
}
