//! The provider's scripts, run for real by the shell of the machine the tests run on.
//!
//! Only systemd is replaced, by programs of a few lines that run a unit in the background and say whether it runs.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may stop at what it does not expect"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::io::AsyncWriteExt as _;
use upgrade_core::ids::{NodeName, RunId, StepId};
use upgrade_core::inventory::{OperationOutcome, PackageManager};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, Limits, Reversal, Step};
use upgrade_core::scope::{HostScope, OperationKey};
use upgrade_core::version::{Minor, Version};
use upgrade_provider::{Backend as _, ErrorKind, Hosts as _, OperationStatus};
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_ssh::{HostsFile, Output, Script, SshError, Target, Transport};

/// Runs scripts here, with its own programs found first.
struct Here {
    programs: PathBuf,
}

#[async_trait]
impl Transport for Here {
    async fn run(&self, _target: &Target, script: &Script) -> Result<Output, SshError> {
        let path = format!("{}:{}", self.programs.display(), std::env::var("PATH").unwrap());
        let mut child = tokio::process::Command::new("sh")
            .arg("-s")
            .env("PATH", path)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = format!("main() {{\n{}\n}}\nmain </dev/null\nexit $?\n", script.text);
        child.stdin.take().unwrap().write_all(text.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = output.status.code().unwrap();
        Ok(Output { status, stdout: text(&output.stdout), stderr: text(&output.stderr) })
    }
}

/// A directory of its own with the programs, removed at the end.
struct Bench {
    root: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { root: tempfile::tempdir().unwrap() };
        fs::create_dir(bench.path("bin")).unwrap();
        fs::create_dir(bench.path("units")).unwrap();
        let units = bench.path("units").display().to_string();
        bench.program(
            "systemd-run",
            &format!(
                r#"case $* in *--help*) echo --collect; exit 0;; esac
while :; do case $1 in --unit=*) unit=${{1#--unit=}};; --*) ;; *) break;; esac; shift; done
[ ! -e {units}/$unit ] || exit 1
echo begun >> {units}/begun
touch {units}/$unit
( "$@"; rm -f {units}/$unit ) >/dev/null 2>&1 &"#
            ),
        );
        bench.program(
            "systemctl",
            &format!("for unit; do :; done\nif [ -e {units}/$unit ]; then echo ActiveState=active; else echo ActiveState=inactive; fi"),
        );
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn provider(&self) -> Kubeadm {
        let transport = Arc::new(Here { programs: self.path("bin") });
        Kubeadm::new(transport, HostsFile::default()).operations_in(self.path("operations").display().to_string())
    }

    fn begun(&self) -> usize {
        fs::read_to_string(self.path("units/begun")).map_or(0, |text| text.lines().count())
    }

    async fn outcome(&self, key: &OperationKey) -> Option<OperationOutcome> {
        let scope = HostScope::One { node: node(), operation: Some(key.clone()) };
        let mut answers = self.provider().look(&[], &scope).await;
        assert_eq!(answers.len(), 1);
        answers.remove(0).seen.unwrap().1
    }
}

fn node() -> NodeName {
    NodeName::new("cp1")
}

fn key(attempt: u32) -> OperationKey {
    OperationKey { run: RunId::new("r1"), step: StepId(1), attempt }
}

fn step(action: Action) -> Step {
    Step {
        id: StepId(1),
        action,
        expects: Vec::new(),
        goal: Vec::new(),
        limits: Limits { deadline_s: 60, quiet_s: 60 },
        reversal: Reversal::Nothing,
        interrupts: None,
    }
}

fn archive(file: &Path, path: &Path) -> Step {
    let file = file.display().to_string();
    step(Action::ArchiveFiles { node: node(), file, paths: vec![path.display().to_string()] })
}

async fn end(provider: &Kubeadm, step: &Step, operation: &OperationRef) -> OperationStatus {
    let started = Instant::now();
    loop {
        let status = provider.poll(step, operation, Duration::from_secs(5)).await.unwrap();
        if !matches!(status, OperationStatus::Running { .. }) {
            return status;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "still running");
    }
}

#[tokio::test]
async fn a_step_runs_once_and_leaves_its_outcome() {
    let bench = Bench::new();
    fs::write(bench.path("it's a file"), "x").unwrap();
    let step = archive(&bench.path("backup/a.tar.gz"), &bench.path("it's a file"));
    assert_eq!(bench.outcome(&key(1)).await, Some(OperationOutcome::Absent));

    let operation = bench.provider().begin(&step, &key(1)).await.unwrap();
    assert_eq!(operation.0, "kubectl-upgrade-r1-step-1-attempt-1");
    assert_eq!(bench.provider().begin(&step, &key(1)).await.unwrap(), operation);
    let OperationStatus::Succeeded { output, observed } = end(&bench.provider(), &step, &operation).await else {
        panic!("expected success");
    };
    assert!(observed[0].starts_with("archive ") && observed[0].contains("sha256="), "{observed:?}");
    assert!(output.starts_with("+ mkdir -p -m 0700 -- "), "{output}");
    assert_eq!(bench.outcome(&key(1)).await, Some(OperationOutcome::Ended { exit_status: 0 }));

    assert_eq!(bench.provider().begin(&step, &key(1)).await.unwrap(), operation);
    assert_eq!(bench.begun(), 1);
    let directory = fs::metadata(bench.path("operations/r1-step-1-attempt-1")).unwrap();
    assert_eq!(directory.permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_failure_says_why_and_the_hold_is_restored() {
    let bench = Bench::new();
    bench.program("dpkg", "exit 0");
    bench.program("apt-mark", "echo \"$*\"");
    bench.program("apt-get", "echo \"E: Version '9' for 'kubeadm' was not found\" >&2; exit 100");
    let packages = vec![upgrade_core::plan::PackagePin { name: "kubeadm".to_owned(), version: "9".to_owned() }];
    let step = step(Action::InstallPackages { node: node(), manager: Some(PackageManager::Apt), packages, hold: true });
    let operation = bench.provider().begin(&step, &key(2)).await.unwrap();
    let OperationStatus::Failed { output, error, hint } = end(&bench.provider(), &step, &operation).await else {
        panic!("expected failure");
    };
    assert_eq!(error, "expected exit status 0 on cp1, found 100: E: Version '9' for 'kubeadm' was not found");
    assert!(output.ends_with("+ apt-mark hold kubeadm\nhold kubeadm"), "{output}");
    assert!(hint.unwrap().ends_with("/r1-step-1-attempt-2/output"));
    assert_eq!(bench.outcome(&key(2)).await, Some(OperationOutcome::Ended { exit_status: 100 }));
}

#[tokio::test]
async fn a_running_step_says_what_it_does_and_a_killed_one_is_lost() {
    let bench = Bench::new();
    bench.program("kubeadm", "case $1 in version) echo v1.34.2; exit;; esac; echo '[upgrade] working'; exec sleep 30");
    let action = Action::UpgradeApply { node: node(), version: Version::new(1, 34, 2), arguments: Vec::new() };
    let step = step(action);
    let operation = bench.provider().begin(&step, &key(3)).await.unwrap();
    let started = Instant::now();
    let status = loop {
        let status = bench.provider().poll(&step, &operation, Duration::from_secs(1)).await.unwrap();
        match &status {
            OperationStatus::Running { text, .. } if text == "[upgrade] working" => break status,
            OperationStatus::Running { .. } if started.elapsed() < Duration::from_secs(20) => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(status, OperationStatus::Running { .. }));
    assert_eq!(bench.outcome(&key(3)).await, Some(OperationOutcome::Running));

    // As after a power cut: the unit is gone and left no status.
    fs::remove_file(bench.path("units").join(&operation.0)).unwrap();
    assert_eq!(bench.outcome(&key(3)).await, Some(OperationOutcome::Lost));
    let status = bench.provider().poll(&step, &operation, Duration::from_secs(1)).await.unwrap();
    let OperationStatus::Failed { error, .. } = status else { panic!("{status:?}") };
    assert!(error.contains("killed or the host went down"), "{error}");
    // The same attempt is not begun again; the next one is.
    bench.provider().begin(&step, &key(3)).await.unwrap();
    assert_eq!(bench.begun(), 1);
    bench.provider().begin(&step, &key(4)).await.unwrap();
    assert_eq!(bench.begun(), 2);
}

#[tokio::test]
async fn nothing_is_known_of_what_never_began() {
    let bench = Bench::new();
    let step = archive(&bench.path("a.tar.gz"), &bench.path("x"));
    let unknown = OperationRef("kubectl-upgrade-r9-step-1-attempt-1".to_owned());
    let status = bench.provider().poll(&step, &unknown, Duration::from_secs(1)).await.unwrap();
    assert_eq!(status, OperationStatus::Unknown);
    let foreign = OperationRef("../../etc".to_owned());
    let error = bench.provider().poll(&step, &foreign, Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
}

#[tokio::test]
async fn what_is_done_through_the_api_is_refused() {
    let bench = Bench::new();
    let error = bench.provider().begin(&step(Action::Cordon { node: node() }), &key(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
}

#[tokio::test]
async fn this_machine_is_seen() {
    let bench = Bench::new();
    // As a file whose last line has no end: what the probe says next must begin a line all the same.
    bench.program("kubeadm", "printf v1.33.13");
    bench.program("timeout", "shift; exec \"$@\"");
    bench.program("apt-get", "exit 1");
    bench.program("dpkg-query", "echo 'kubeadm 1.33.13-1.1 hi '");
    bench.program(
        "apt-cache",
        "echo ' kubeadm | 1.33.13-1.1 | http://pkgs.k8s.io:8088/core:/stable:/v1.33/deb  Packages'",
    );
    let scope = HostScope::One { node: node(), operation: None };
    let answer = bench.provider().look(&[], &scope).await.remove(0);
    assert_eq!(answer.node, node());
    let (host, operation) = answer.seen.unwrap();
    assert_eq!(operation, None);
    assert_eq!(host.packages_by, PackageManager::Apt);
    assert_eq!(host.kubeadm, Some(Version::new(1, 33, 13)));
    assert_eq!(host.offered[&Minor::new(1, 33)], ["1.33.13-1.1"]);
    assert!(host.installed["kubeadm"].held);
    assert!(host.free_var_lib > 0 && !host.os.id.is_empty());
    // Both clocks are this machine's: what is left is how unevenly the script's time is spread.
    assert!(host.clock_offset_ms.abs() < 5_000, "{}", host.clock_offset_ms);
}
