//! The plugin itself at work on the simulated GKE: whole plans, run to their end, killed on the way and taken up again.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

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

    /// The report of a run in this process, which has to go well.
    fn story(&self, words: &str) -> Value {
        let output = self.run(&format!("run --sandbox=gke --yes --speed max -o json {words}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words}: {said}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        last["report"].clone()
    }

    fn plan(&self, words: &str) -> String {
        let output = self.run(&format!("plan --sandbox=gke --details {words}"));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn count(plan: &str, call: &str) -> usize {
    plan.matches(call).count()
}

#[test]
fn three_minors_cost_two_rollouts_of_each_pool_where_the_fewest_are_asked_for() {
    let person = Person::new();
    let (each, fewest) = (person.plan("--to 1.36"), person.plan("--to 1.36 --node-hops fewest"));
    assert_eq!((count(&each, "desiredMasterVersion"), count(&fewest, "desiredMasterVersion")), (3, 3), "{fewest}");
    // GKE bears pools two minors behind, not three: they have to move before the third hop.
    assert_eq!((count(&each, "nodeVersion"), count(&fewest, "nodeVersion")), (9, 6), "{fewest}");
    assert!(fewest.contains("1.36.1-gke.1113000"), "exact versions: {fewest}");
    let report = person.story("--to 1.36 --node-hops fewest");
    assert_eq!(report["finished"], true, "{report}");
}

#[test]
fn a_minor_by_new_pools_with_a_surge_or_in_two_steps() {
    let person = Person::new();
    let plan = person.plan("--to 1.34 --new-pools --pool main");
    assert_eq!((count(&plan, "nodePools.create"), count(&plan, "nodePools.delete")), (1, 1), "{plan}");
    assert_eq!(person.story("--to 1.34 --new-pools --pool main")["finished"], true);
    let plan = person.plan("--to 1.34 --max-surge 60% --pool main");
    assert_eq!(count(&plan, "maxSurge=2"), 1, "percentages become counts: {plan}");
    assert_eq!(count(&plan, "maxSurge=1"), 1, "and are put back: {plan}");
    assert_eq!(person.story("--to 1.34 --max-surge 60% --pool main")["finished"], true);
    let plan = person.plan("--to 1.34 --control-plane-soak 6h --pool main");
    assert_eq!(count(&plan, "completeControlPlaneUpgrade"), 1, "{plan}");
    assert_eq!(person.story("--to 1.34 --control-plane-soak 6h --pool main")["finished"], true);
}

/// A sandbox that is up, until it is dropped.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn up(person: &Person) -> (Up, PathBuf) {
    let mut command = person.command("sandbox up gke --speed 60");
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let path = lines.find_map(|line| line.unwrap().split_once("KUBECONFIG=").map(|(_, path)| path.to_owned()));
    let kubeconfig = path.expect("the way to it").trim_matches('\'').into();
    std::thread::spawn(move || lines.for_each(drop));
    (Up(child), kubeconfig)
}

#[test]
fn a_run_killed_while_a_pool_moves_finds_its_operation_again() {
    let person = Person::new();
    let (_up, kubeconfig) = up(&person);
    let config = kubeconfig.to_str().unwrap();
    let words = format!("run --yes --kubeconfig {config} --to 1.34 --pool main -o json");
    let mut run = person.command(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    // The control plane's operation is begun first, then the pool's.
    let begun = lines.filter(|line| begins(line.as_ref().unwrap())).take(2).count();
    assert_eq!(begun, 2, "the pool's operation was not begun");
    run.kill().unwrap();
    run.wait().unwrap();
    let resumed = person.run(&format!("resume --yes --kubeconfig {config} -o json"));
    assert_eq!(resumed.status.code(), Some(0), "{}", String::from_utf8_lossy(&resumed.stderr));
    let lines = String::from_utf8(resumed.stdout).unwrap();
    assert!(!lines.lines().any(begins), "it was found again: {lines}");
}

/// Whether a line tells of an operation's beginning.
fn begins(line: &str) -> bool {
    line.contains("operation-begun")
}
