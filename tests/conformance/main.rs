//! The conversations with the twin, in virtual time: it answers as real API servers did.
//!
//! At 1.20 the cases are held with it and compared with what the real server of the testbed said (`conformance-real` keeps
//! that current); at modern minors it is asked what real servers were asked. What may differ is in `differences`.

mod twin;

use std::path::PathBuf;

use upgrade_tests::conformance::{Allowed, Difference, Group, Recording, Scenario, compare, run};
use upgrade_tests::plugin::root;

use twin::server_of;

fn folder() -> PathBuf {
    root().join("tests/conformance")
}

fn recorded(minor: &str) -> PathBuf {
    root().join("tests/conformance/recorded").join(minor)
}

/// Fails with every difference that no row allows, and with every row that allows none.
fn judge(list: &str, differences: &[Difference]) {
    let mut allowed = Allowed::read(&folder().join("differences").join(list));
    let told: Vec<_> = differences.iter().filter(|found| !allowed.allows(found)).map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} differences from real answers:\n{}", told.len(), told.join("\n"));
    let unused: Vec<_> = allowed.unused().iter().map(|row| format!("{} {}", row.case, row.path)).collect();
    assert!(unused.is_empty(), "rows of {list} that allow nothing any more: {unused:#?}");
}

#[tokio::test(start_paused = true)]
async fn at_1_20_the_twin_answers_as_the_real_server() {
    let mut differences = Vec::new();
    for case in Group::read_all(&folder().join("cases")).iter().flat_map(|group| &group.cases) {
        let found = run(case, &server_of("1.20.15"), "x").await;
        differences.extend(compare(&Recording::read(&recorded("1.20"), &case.name), &found));
    }
    judge("1.20.yaml", &differences);
}

#[tokio::test(start_paused = true)]
async fn at_1_35_the_twin_answers_as_the_real_server() {
    judge("1.35.yaml", &replayed("1.35", "1.35.6").await);
}

#[tokio::test(start_paused = true)]
async fn at_1_36_the_twin_answers_as_the_real_server() {
    judge("1.36.yaml", &replayed("1.36", "1.36.3").await);
}

async fn replayed(minor: &str, version: &str) -> Vec<Difference> {
    let scenarios = Scenario::read_all(&folder().join("replays").join(format!("{minor}.yaml")), &recorded(minor));
    let mut differences = Vec::new();
    for scenario in scenarios {
        let (expected, found) = scenario.replay(&server_of(version)).await;
        differences.extend(compare(&expected, &found));
    }
    differences
}

/// What a folder holds, without endings.
fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let stem = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").path().file_stem().and_then(|stem| stem.to_str()).expect("a UTF-8 name").to_owned()
    };
    let mut names: Vec<_> = entries.map(stem).collect();
    names.sort();
    names
}

#[test]
fn every_recording_is_of_a_case_and_replayed() {
    let groups = Group::read_all(&folder().join("cases"));
    let mut cases: Vec<_> = groups.iter().flat_map(|group| &group.cases).map(|case| case.name.clone()).collect();
    cases.sort();
    assert_eq!(names(&recorded("1.20")), cases);
    for minor in ["1.35", "1.36"] {
        let scenarios = Scenario::read_all(&folder().join("replays").join(format!("{minor}.yaml")), &recorded(minor));
        let mut files: Vec<_> = scenarios.iter().flat_map(Scenario::files).map(str::to_owned).collect();
        files.sort();
        assert_eq!(names(&recorded(minor)), files, "{minor}");
    }
}
