//! A small cluster and a real shell.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use upgrade_core::version::Version;
use upgrade_twin::blueprint::{Blueprint, Form, Machine, Packages};
use upgrade_twin::hosts::HostOutput;
use upgrade_twin::store::{ObjectKey, Resource};
use upgrade_twin::{Faults, Tempo, Twin};

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// One host of the control plane and two workers.
pub(crate) fn blueprint(at: &str) -> Blueprint {
    let at = version(at);
    Blueprint {
        name: "test".to_owned(),
        epoch: "2026-11-22T12:00:00Z".parse().unwrap(),
        form: Form::Kubeadm,
        version: at.clone(),
        machines: vec![
            Machine::new("cp1", "10.0.0.11", &at).control_plane(),
            Machine::new("w1", "10.0.0.21", &at),
            Machine::new("w2", "10.0.0.22", &at),
        ],
        packages: Packages {
            offered: ["1.33.13", "1.34.9", "1.35.6", "1.36.3"].map(version).into(),
            exact: Vec::new(),
            per_minor: true,
        },
        objects: Vec::new(),
        tempo: Tempo::default(),
        faults: Faults::default(),
    }
}

pub(crate) fn start(blueprint: &Blueprint) -> Twin {
    Twin::start(blueprint, 1).unwrap()
}

pub(crate) fn map(name: &str) -> ObjectKey {
    ObjectKey::new(Resource::CONFIG_MAPS, "kube-system", name)
}

/// The text of a file on a host; empty where there is none.
pub(crate) fn file(twin: &Twin, node: &str, path: &str) -> String {
    twin.with(|world| world.hosts[node].files.text(path).map(|text| (*text).clone()).unwrap_or_default())
}

/// Runs a script that must end well.
pub(crate) async fn run(twin: &Twin, node: &str, script: &str) -> String {
    let output = twin.shell(node, script).await.unwrap();
    assert_eq!(output.status, 0, "{script}\n{}{}", output.stdout, output.stderr);
    output.stdout
}

/// Runs a script in a real shell with a scratch directory as its first parameter.
pub(crate) fn real(script: &str) -> HostOutput {
    let mut child = Command::new("sh")
        .args(["-s"])
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"), ("LC_ALL", "C"), ("HOME", "/root")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let body = format!("main() {{\n{script}\n}}\nmain </dev/null\nexit $?\n");
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    HostOutput {
        status: output.status.code().unwrap_or(-1),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// Whether `sh` here is the shell that the simulated one behaves like.
pub(crate) fn is_dash() -> bool {
    std::fs::canonicalize("/bin/sh").is_ok_and(|path| path.ends_with(Path::new("dash")))
}
