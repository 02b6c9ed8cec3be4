//! What goes wrong at EKS, through the plugin: what the run says and how it ends, and that it is taken up to a good end once
//! the fault is mended.

use std::time::Duration;

use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::faults::{CloudFaults, Shortage};

use crate::clusters;
use crate::person::Person;
use crate::stage::Stage;

/// How a run ends that meets a fault.
enum End {
    /// It is held with this code and these words, and resumes to a good end once mended.
    Held(i32, &'static [&'static str]),
    /// It bears it.
    Done,
}

struct Case {
    /// What goes wrong, from the beginning.
    fault: fn(&mut CloudFaults),
    end: End,
    blueprint: fn() -> Blueprint,
    flags: &'static str,
}

impl Case {
    const fn new(fault: fn(&mut CloudFaults), end: End) -> Self {
        Self { fault, end, blueprint: clusters::named, flags: "" }
    }
}

fn play(case: &Case) {
    let person = Person::new();
    let stage = Stage::begin(&person, (case.blueprint)());
    stage.fault(case.fault);
    let said = person.run(&stage.words(&format!("run --yes --to 1.34 --pool main {}", case.flags)));
    match &case.end {
        End::Done => drop(said.well()),
        End::Held(code, words) => {
            assert_eq!(said.code, Some(*code), "{}\n{}", said.out, said.err);
            let text = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
            words.iter().for_each(|word| assert!(text.contains(word), "{word:?} is not in: {text}"));
            stage.fault(|faults| *faults = CloudFaults::default());
            clusters::widen(&stage.twin);
            person.run(&stage.words("resume --yes")).well();
        }
    }
    let of_group = stage.begun("VersionUpdate");
    let done = of_group.iter().filter(|one| one.failures.is_empty()).count();
    assert_eq!(done, 1, "one went well, whatever failed before it: {of_group:?}");
}

/// Side by side: a run mostly waits for EKS.
#[test]
fn each_fault_is_told_and_taken_up_again() {
    let cases = [
        (
            "no machines within the quota",
            Case::new(
                |faults| faults.machines_left = Some((1, Shortage::Quota)),
                End::Held(6, &["NodeCreationFailure", "VcpuLimitExceeded", "kubectl upgrade resume"]),
            ),
        ),
        (
            "no free addresses",
            Case::new(
                |faults| faults.machines_left = Some((0, Shortage::Addresses)),
                End::Held(6, &["InsufficientFreeAddresses", "free addresses in the cluster's or the group's subnets"]),
            ),
        ),
        (
            "a machine that never joins",
            Case::new(
                |faults| faults.never_joins = Some(0),
                End::Held(6, &["NodeCreationFailure", "new machines did not start or join"]),
            ),
        ),
        (
            "an operation that fails half way",
            Case::new(
                |faults| faults.rollout_fails_after = Some(2),
                End::Held(6, &["expected VersionUpdate", "to succeed, found it failed", "kubectl upgrade resume"]),
            ),
        ),
        (
            "a control plane that stays where it is",
            Case::new(
                |faults| faults.control_plane_fails = true,
                End::Held(6, &["expected VersionUpdate", "to succeed, found it failed"]),
            ),
        ),
        (
            "a budget that keeps a pod",
            Case {
                blueprint: clusters::deadlocked,
                flags: "--accept KU0301",
                ..Case::new(
                    |_| {},
                    End::Held(
                        6,
                        &[
                            "PodEvictionFailure",
                            "pods that budgets keep there now: shop/queue-",
                            "by budget shop/queue (1 of 1 must stay)",
                        ],
                    ),
                )
            },
        ),
        ("throttled at every seventh request", Case::new(|faults| faults.throttle_every = Some(7), End::Done)),
        (
            "busy although it says that it is active",
            Case::new(|faults| faults.busy_after = Duration::from_secs(900), End::Done),
        ),
        ("lists in pages of one", Case::new(|faults| faults.page_size = Some(1), End::Done)),
        ("reads that lag", Case::new(|faults| faults.reads_lag = Duration::from_secs(40), End::Done)),
    ];
    std::thread::scope(|scope| {
        let started = cases.iter().map(|(name, case)| (name, scope.spawn(|| play(case))));
        let ended: Vec<_> = started.collect::<Vec<_>>().into_iter().map(|(name, run)| (name, run.join())).collect();
        let failed: Vec<_> = ended.iter().filter(|(_, end)| end.is_err()).map(|(name, _)| name).collect();
        assert!(failed.is_empty(), "{failed:?}");
    });
}

#[test]
fn credentials_that_expire_on_the_way() {
    let person = Person::new();
    let stage = Stage::begin(&person, clusters::named());
    let words = stage.words("run --yes --to 1.34 --pool main -o json");
    let under = person.started(&words, |line| line.contains("operation-begun") && !line.contains("insights"));
    let now = stage.twin.with(|world| world.now());
    stage.fault(|faults| faults.credentials_expire = Some(now));
    let said = under.end();
    assert!(said.code == Some(6) || said.code == Some(8), "{said:?}");
    for word in ["AWS did not accept the credentials (ExpiredTokenException)", "aws sts get-caller-identity"] {
        assert!(said.out.contains(word), "{word}: {}\n{}", said.out, said.err);
    }
    stage.fault(|faults| faults.credentials_expire = None);
    person.run(&stage.words("resume --yes")).well();
    assert_eq!(stage.begun("VersionUpdate").len(), 1);
}
