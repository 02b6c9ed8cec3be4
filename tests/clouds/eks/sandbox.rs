//! The plugin itself at work on the simulated EKS: whole plans, run to their end in one process.

use upgrade_tests::clouds::Person;

fn story(person: &Person, words: &str) -> serde_json::Value {
    let told = person.run(&format!("run --sandbox=eks --yes --speed max -o json {words}")).exits(0);
    let last: serde_json::Value = serde_json::from_str(told.out.lines().last().unwrap()).unwrap();
    last["report"].clone()
}

fn plan(person: &Person, words: &str) -> String {
    person.run(&format!("plan --sandbox=eks --details {words}")).exits(0).out
}

fn count(plan: &str, call: &str) -> usize {
    plan.matches(call).count()
}

#[test]
fn three_minors_cost_one_rollout_of_each_group_where_the_fewest_are_asked_for() {
    let person = Person::new();
    let (each, fewest) = (plan(&person, "--to 1.36"), plan(&person, "--to 1.36 --node-hops fewest"));
    assert_eq!((count(&each, "UpdateClusterVersion"), count(&fewest, "UpdateClusterVersion")), (3, 3), "{fewest}");
    assert_eq!((count(&each, "UpdateNodegroupVersion"), count(&fewest, "UpdateNodegroupVersion")), (9, 3), "{fewest}");
    assert!(fewest.contains("16 drains of nodes fewer") && !each.contains("fewer"), "{fewest}");
    assert!(!each.contains("force=true"), "never unless asked for: {each}");
    let report = story(&person, "--to 1.36 --node-hops fewest");
    assert_eq!(
        (&report["finished"], report["target"].as_str()),
        (&serde_json::Value::Bool(true), Some("1.36.3")),
        "{report}"
    );
}

#[test]
fn each_minor_by_new_groups() {
    let person = Person::new();
    let plan = plan(&person, "--to 1.34 --new-pools --pool main");
    for call in ["CreateNodegroup", "DeleteNodegroup"] {
        assert_eq!(count(&plan, call), 1, "{plan}");
    }
    assert_eq!(story(&person, "--to 1.34 --new-pools --pool main")["finished"], true);
}
