//! The plugin itself at work on the simulated EKS: whole plans, run to their end.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use upgrade_tests::plugin;

/// A person with a home of their own.
struct Person(TempDir);

impl Person {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(plugin::binary());
        command.args(words.split_whitespace()).env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    /// The events of a run in this process, which has to go well.
    fn story(&self, words: &str) -> Vec<Value> {
        let output = self.run(&format!("run --sandbox=eks --yes --speed max -o json {words}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words}: {said}");
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn plan(&self, words: &str) -> String {
        let output = self.run(&format!("plan --sandbox=eks --details {words}"));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn count(plan: &str, call: &str) -> usize {
    plan.matches(call).count()
}

fn report(story: &[Value]) -> &Value {
    &story.last().unwrap()["report"]
}

#[test]
fn three_minors_cost_one_rollout_of_each_group_where_the_fewest_are_asked_for() {
    let person = Person::new();
    let (each, fewest) = (person.plan("--to 1.36"), person.plan("--to 1.36 --node-hops fewest"));
    assert_eq!((count(&each, "UpdateClusterVersion"), count(&fewest, "UpdateClusterVersion")), (3, 3), "{fewest}");
    assert_eq!((count(&each, "UpdateNodegroupVersion"), count(&fewest, "UpdateNodegroupVersion")), (9, 3), "{fewest}");
    assert!(!each.contains("force=true"), "never unless asked for: {each}");
    let story = person.story("--to 1.36 --node-hops fewest");
    let report = report(&story);
    assert_eq!((&report["finished"], report["target"].as_str()), (&Value::Bool(true), Some("1.36.3")), "{report}");
}

#[test]
fn each_minor_by_new_groups() {
    let person = Person::new();
    let plan = person.plan("--to 1.34 --new-pools --pool main");
    for call in ["CreateNodegroup", "DeleteNodegroup"] {
        assert_eq!(count(&plan, call), 1, "{plan}");
    }
    assert_eq!(report(&person.story("--to 1.34 --new-pools --pool main"))["finished"], true);
}
