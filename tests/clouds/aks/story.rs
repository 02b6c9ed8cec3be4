//! Whole stories on the simulated AKS, told by the plugin itself.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use upgrade_tests::plugin;

/// A person with no cluster but the simulated one.
struct Person(TempDir);

/// What one command left behind.
struct Told {
    code: Option<i32>,
    text: String,
}

impl Person {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(plugin::binary());
        command.args(words.split_whitespace()).env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        command.env("KUBECONFIG", self.path("kubeconfig")).current_dir(self.0.path());
        command
    }

    fn run(&self, words: &str) -> Told {
        let Output { status, stdout, stderr } = self.command(words).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Told { code: status.code(), text: format!("{}{}", text(&stdout), text(&stderr)) }
    }

    /// A simulated cluster that stays, its time as fast as it goes.
    fn sandbox(&self) -> Up {
        let file = self.path("kubeconfig");
        let mut child = self.command("sandbox up aks --speed 60 --kubeconfig");
        let mut child = child.arg(file).stderr(Stdio::piped()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.starts_with("sandbox aks is up"), "{greeting}");
        Up(child)
    }

    /// Begins a run and kills it as soon as it says that.
    fn killed_when(&self, words: &str, says: &str) {
        let log = self.path("log");
        let mut run = self.command(words).stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let began = Instant::now();
        while !std::fs::read_to_string(&log).unwrap().lines().any(|line| line.contains(says)) {
            assert!(began.elapsed() < Duration::from_secs(120), "{}", std::fs::read_to_string(&log).unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
        run.kill().unwrap();
        run.wait().unwrap();
    }
}

/// A sandbox that is up, until it is dropped.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

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
    let _up = person.sandbox();
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
    let _up = person.sandbox();
    person.killed_when(&format!("run {ACCEPT} --to 1.34 --pool web --new-pools"), "pool web drain: begun");
    let back = person.run("rollback --yes --takeover");
    assert_eq!(back.code, Some(0), "{}", back.text);
    let versions = person.run("versions");
    assert!(versions.text.contains("web     1.33.6, 3 nodes"), "{}", versions.text);
    assert!(!versions.text.contains("web134"), "the new pool is gone: {}", versions.text);
}
