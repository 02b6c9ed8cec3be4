//! Whole stories on the simulated AKS, told by the plugin itself.

use upgrade_tests::clouds::Person;

/// Nothing is seen of the control plane's parts that the cloud keeps to itself.
const ACCEPT: &str = "--yes --accept KU0202";

#[test]
fn three_minors_with_one_drain_of_each_node() {
    let told = Person::new().run(&format!("run --sandbox=aks {ACCEPT} --speed max --node-hops fewest"));
    assert_eq!(told.code, Some(0), "{}", told.text);
    assert!(told.text.contains("sandbox-aks is at 1.36.2"), "{}", told.text);
    let replaced = told.text.lines().filter(|line| line.contains("replace nodes to") && line.ends_with("started"));
    assert_eq!(replaced.count(), 3, "{}", told.text);
}

#[test]
fn a_run_killed_in_the_middle_of_a_pool_goes_on_with_the_same_operation() {
    let person = Person::new();
    let _up = person.sandbox("aks");
    person.killed_when(&format!("run {ACCEPT} --to 1.34 --pool web"), "pool web replace nodes to 1.34.6: progress");
    let status = person.run("status");
    assert!(status.text.contains("In doubt"), "{}", status.text);
    let resumed = person.run("resume --yes");
    assert_eq!(resumed.code, Some(0), "{}", resumed.text);
    assert!(!resumed.text.contains("begun as"), "it was not begun again: {}", resumed.text);
    assert!(resumed.text.contains("sandbox-aks is at 1.34.6"), "{}", resumed.text);
}

#[test]
fn a_pool_beside_the_old_one_and_back_half_way() {
    let person = Person::new();
    let _up = person.sandbox("aks");
    person.killed_when(&format!("run {ACCEPT} --to 1.34 --pool web --new-pools"), "pool web drain: begun");
    let back = person.run("rollback --yes --takeover");
    assert_eq!(back.code, Some(0), "{}", back.text);
    let versions = person.run("versions");
    assert!(versions.text.contains("web     1.33.6, 3 nodes"), "{}", versions.text);
    assert!(!versions.text.contains("web134"), "the new pool is gone: {}", versions.text);
}
