//! What goes wrong at EKS, met by the plugin.

use std::time::Duration;

use serde_json::json;
use upgrade_tests::clouds::cases::{expiring, nothing, short_of};
use upgrade_tests::clouds::{Case, Served, play};
use upgrade_twin::clouds::change;
use upgrade_twin::clouds::faults::Shortage;
use upgrade_twin::clouds::operations::Kind;
use upgrade_twin::world::World;

use crate::{aws, clusters, stage};

const GROUP: &str = "--to 1.34 --pool main";

/// Lets something happen once the control plane is on its way.
fn when_control_plane_moves(served: &Served, happening: fn(&mut World)) {
    fn look(world: &mut World, happening: fn(&mut World)) {
        let seen = world.cloud.as_ref().unwrap().now();
        match seen.operations.iter().any(|one| one.kind == Kind::ControlPlane) {
            true => happening(world),
            false => world.after(Duration::from_secs(5), move |world| look(world, happening)),
        }
    }
    served.twin.with(|world| look(world, happening));
}

fn leave_addresses(world: &mut World, left: Option<u32>) {
    world.cloud.as_mut().unwrap().faults.machines_left = left.map(|left| (left, Shortage::Addresses));
}

/// Somebody gave the Auto Scaling group another version of the launch template.
fn template_changed(served: &Served) {
    let message = "The Amazon EC2 launch template version for your managed node group does not match";
    let issue = json!({ "code": "Ec2LaunchTemplateVersionMismatch", "message": message, "resourceIds": ["lt-0a1b2c3d4e5f60718"] });
    let members = [("status", json!("DEGRADED")), ("health", json!({ "issues": [issue] }))];
    let members = members.map(|(member, value)| (member.to_owned(), value));
    served.twin.with(|world| change(world, |seen| seen.pools.get_mut("main").unwrap().spec.extra.extend(members)));
}

fn template_as_it_was(served: &Served) {
    served.twin.with(|world| {
        change(world, |seen| {
            seen.pools.get_mut("main").unwrap().spec.extra.retain(|member, _| member != "status" && member != "health")
        })
    });
}

const CASES: &[Case] = &[
    Case::held(
        "no machines within the quota",
        GROUP,
        |served| short_of(served, 1, Shortage::Quota),
        &["NodeCreationFailure", "VcpuLimitExceeded", "raise the quota", "kubectl upgrade resume"],
    ),
    Case::held(
        "a zone that has no such machines left",
        GROUP,
        |served| short_of(served, 1, Shortage::Stock),
        &[
            "NodeCreationFailure",
            "InsufficientInstanceCapacity",
            "add instance types or zones to the group",
            "kubectl upgrade resume",
        ],
    ),
    Case {
        exits: 3,
        then: "run --yes --to 1.34 --pool main",
        ..Case::held(
            "no free addresses",
            GROUP,
            |served| short_of(served, 4, Shortage::Addresses),
            &[
                "KU0710",
                "which takes 5 addresses at least; its subnets have 4 free: subnet-",
                "up to 6 machines come before old ones go, which takes 6 addresses at least",
            ],
        )
    },
    Case {
        run: "--to 1.34 --pool main --accept KU0710",
        ..Case::held(
            "no free addresses, gone on with all the same",
            GROUP,
            |served| short_of(served, 4, Shortage::Addresses),
            &["InsufficientFreeAddresses", "a control plane needs up to five"],
        )
    },
    Case {
        run: "--to 1.34 --pool main --accept KU0710",
        ..Case::held(
            "addresses that are gone when the nodes come, gone on with all the same",
            GROUP,
            |served| when_control_plane_moves(served, |world| leave_addresses(world, Some(1))),
            &["InsufficientFreeAddresses", "free addresses in the cluster's or the group's subnets"],
        )
    },
    Case {
        says: &["up to 6 machines come before old ones go, which takes 6 addresses at least; its subnets have 1 free"],
        ..Case::borne("addresses that are gone when the nodes come, and come back", GROUP, |served| {
            when_control_plane_moves(served, |world| {
                leave_addresses(world, Some(1));
                world.after(Duration::from_secs(30 * 60), |world| leave_addresses(world, None));
            });
        })
    },
    Case {
        exits: 3,
        then: "run --yes --to 1.34 --pool main",
        mends: template_as_it_was,
        ..Case::held(
            "a launch template changed behind EKS's back",
            GROUP,
            template_changed,
            &["KU0702", "DEGRADED (Ec2LaunchTemplateVersionMismatch)", "set EKS's version there again"],
        )
    },
    Case {
        run: "--to 1.34 --pool main --accept KU0702",
        mends: template_as_it_was,
        ..Case::held(
            "a launch template changed behind EKS's back, gone on with all the same",
            GROUP,
            template_changed,
            &["cannot be updated while it is DEGRADED: Ec2LaunchTemplateVersionMismatch", "put it back to EKS's"],
        )
    },
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
            // By then the control plane moves, whose step has the time for it.
            expiring(served, 20, 40)
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
