//! The plugin itself at work on the simulated GKE: whole plans, run to their end, killed on the way and taken up again.

use serde_json::Value;
use upgrade_tests::clouds::Person;

/// The report of a run in its own process, which has to go well.
fn story(person: &Person, words: &str) -> Value {
    let told = person.run(&format!("run --sandbox=gke --yes --speed max -o json {words}")).exits(0);
    let last: Value = serde_json::from_str(told.out.lines().last().unwrap()).unwrap();
    last["report"].clone()
}

fn planned(person: &Person, words: &str) -> String {
    person.run(&format!("plan --sandbox=gke --details {words}")).exits(0).out
}

fn count(plan: &str, call: &str) -> usize {
    plan.matches(call).count()
}

#[test]
fn three_minors_cost_two_rollouts_of_each_pool_where_the_fewest_are_asked_for() {
    let person = Person::new();
    let (each, fewest) = (planned(&person, "--to 1.36"), planned(&person, "--to 1.36 --node-hops fewest"));
    assert_eq!((count(&each, "desiredMasterVersion"), count(&fewest, "desiredMasterVersion")), (3, 3), "{fewest}");
    // GKE bears pools two minors behind, not three: they have to move before the third hop.
    assert_eq!((count(&each, "nodeVersion"), count(&fewest, "nodeVersion")), (9, 6), "{fewest}");
    assert!(fewest.contains("1.36.1-gke.1113000"), "exact versions: {fewest}");
    assert!(fewest.contains("drains of nodes fewer") && !each.contains("fewer"), "{fewest}");
    let report = story(&person, "--to 1.36 --node-hops fewest");
    assert_eq!(report["finished"], true, "{report}");
}

#[test]
fn a_minor_by_new_pools_with_a_surge_or_in_two_steps() {
    let person = Person::new();
    let plan = planned(&person, "--to 1.34 --new-pools --pool main");
    assert_eq!((count(&plan, "nodePools.create"), count(&plan, "nodePools.delete")), (1, 1), "{plan}");
    assert_eq!(story(&person, "--to 1.34 --new-pools --pool main")["finished"], true);
    let plan = planned(&person, "--to 1.34 --max-surge 60% --pool main");
    assert_eq!(count(&plan, "maxSurge=2"), 1, "percentages become counts: {plan}");
    assert_eq!(count(&plan, "maxSurge=1"), 1, "and are put back: {plan}");
    assert_eq!(story(&person, "--to 1.34 --max-surge 60% --pool main")["finished"], true);
    let plan = planned(&person, "--to 1.34 --control-plane-soak 6h --pool main");
    assert_eq!(count(&plan, "completeControlPlaneUpgrade"), 1, "{plan}");
    assert_eq!(story(&person, "--to 1.34 --control-plane-soak 6h --pool main")["finished"], true);
}

#[test]
fn a_run_killed_while_a_pool_moves_finds_its_operation_again() {
    let person = Person::new();
    let _up = person.sandbox("gke");
    person.killed_when("run --yes --to 1.34 --pool main", "pool main replace nodes to 1.34.7-gke.1026000: progress");
    let resumed = person.run("resume --yes").exits(0);
    assert!(!resumed.text.contains("begun as"), "it was found again: {}", resumed.text);
}

#[test]
fn a_window_is_waited_for_whenever_it_is_closed_unless_that_is_accepted() {
    let person = Person::new();
    let plan = person.run("plan --sandbox=gke-window").exits(0);
    let _ = plan.says(&["KU0712", "closed; it opens at 2026-08-22 04:00 UTC, in 2 h"]);
    let waits = person.run("run --sandbox=gke-window --yes --speed max").exits(0);
    let waits = waits.says(&[
        "2026-08-22T02:00:",
        "waiting: the maintenance window opens at 2026-08-22 04:00 UTC, in 2 h",
        "UTC, in 5 min",
        // Three minors take longer than the window is open.
        "waiting: the maintenance window opens at 2026-08-23 04:00 UTC",
    ]);
    let begun: Vec<&str> = waits.text.lines().filter(|line| line.contains(": begun as ")).collect();
    let hour = |line: &&str| line.get(11..13).and_then(|hour| hour.parse::<u8>().ok());
    assert!(
        begun.len() > 3 && begun.iter().all(|line| hour(line).is_some_and(|hour| (4..6).contains(&hour))),
        "{begun:?}"
    );
    let goes_on = person.run("run --sandbox=gke-window --yes --speed max --to 1.34 --accept KU0712").exits(0);
    assert!(!goes_on.text.contains("waiting: the maintenance window"), "{}", goes_on.text);
    let _ = goes_on.says(&["not waited for, as was accepted"]);
}
