//! SSH connections that break, are refused, or go away while a step runs on the host.

use std::process::Command;
use std::time::{Duration, Instant};

use upgrade_core::inventory::OperationOutcome;
use upgrade_core::plan::Action;
use upgrade_provider::{Backend as _, ErrorKind, OperationStatus};
use upgrade_ssh::{Script, SshClient, SshError, Target, Transport as _};

use crate::real_hosts::{BACKUPS, Bench, step};

fn script(text: &str, seconds: u64) -> Script {
    Script { text: text.to_owned(), timeout: Duration::from_secs(seconds), keep: 8 }
}

/// What a script's own end, a connection killed under it and a script without end come to; and many at once.
pub(crate) async fn a_broken_connection_is_made_again(bench: &Bench) {
    let target = bench.hosts.target(&bench.nodes[0], None);
    let client = SshClient::new();
    let output = client.run(&target, &script("id -un; echo 0123456789; return 3", 10)).await.expect("an answer");
    assert_eq!((output.status, output.stdout.as_str()), (3, "root\n012"));
    // The server's end of the connection that this script came by.
    let kill = "pid=$$; while [ \"$(cat /proc/$pid/comm)\" != sshd ]; do pid=$(awk '/^PPid/ {print $2}' /proc/$pid/status); \
                done; kill -9 $pid; sleep 2";
    let error = client.run(&target, &script(kill, 10)).await.expect_err("the connection was killed");
    assert!(matches!(error, SshError::Lost { .. }), "{error:?}");
    assert_eq!(client.run(&target, &script("echo x", 10)).await.expect("another connection").stdout, "x\n");
    let error = client.run(&target, &script("sleep 20", 3)).await.expect_err("a script that takes too long");
    assert!(matches!(error, SshError::Timeout { after_s: 3, .. }), "{error:?}");
    let patient = script("sleep 0.2; echo x", 60);
    let many = futures::future::join_all((0..30).map(|_| client.run(&target, &patient))).await;
    assert!(many.iter().all(|output| output.as_ref().is_ok_and(|output| output.stdout == "x\n")), "{many:?}");
}

/// Each refusal says which host, what was expected and what to type.
pub(crate) async fn refusals_are_told_apart(bench: &Bench) {
    let target = bench.hosts.target(&bench.nodes[0], None);
    let client = SshClient::new();
    for (change, expected, hint) in [
        (
            Target { user: Some("nosudo".to_owned()), ..target.clone() },
            "failed to become root on cp1: expected passwordless sudo for user nosudo",
            "give nosudo the sudoers line",
        ),
        (
            Target { user: Some("nobody".to_owned()), ..target.clone() },
            "failed to log in to cp1 over SSH as nobody: Permission denied",
            "set user and identityFile",
        ),
        (
            Target { port: Some(9), ..target.clone() },
            &format!("failed to reach cp1 over SSH at {} port 9: Connection refused", target.address),
            "set address, port or proxyJump",
        ),
        (
            Target { address: "no-such-host.invalid".to_owned(), ..target.clone() },
            "failed to reach cp1 over SSH at no-such-host.invalid: Could not resolve hostname",
            "set address, port or proxyJump",
        ),
        (
            Target { known_hosts_file: Some("/dev/null".to_owned()), ..target.clone() },
            &format!("failed to trust cp1 over SSH at {}: expected a host key on record", target.address),
            "compare the key",
        ),
    ] {
        let error = client.run(&change, &script("true", 10)).await.expect_err("a refusal");
        println!("{error}\n  {}", error.hint().unwrap_or_default());
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(error.hint().is_some_and(|told| told.starts_with(hint)), "{:?}", error.hint());
    }
}

/// The host's link goes down and the connection dies while a step runs there: the step never notices.
pub(crate) async fn a_step_goes_on_without_its_link(bench: &Bench, cluster: u8) {
    let node = bench.nodes[1].clone();
    let address = bench.hosts.target(&node, None).address;
    let file = format!("{BACKUPS}/usr.tar.gz");
    let step = step(60, Action::ArchiveFiles { node: node.clone(), file, paths: vec!["/usr".to_owned()] });
    let key = bench.key(60);
    let operation = bench.provider.begin(&step, &key).await.expect("a step that begins");
    let first = bench.provider.poll(&step, &operation, Duration::from_secs(1)).await.expect("a host that answers");
    assert!(matches!(first, OperationStatus::Running { .. }), "too quick to be interrupted: {first:?}");

    let link = Link::down(format!("k{cluster}-{node}"));
    kill_connections_to(&address);
    let cut = Instant::now();
    let error = bench.provider.poll(&step, &operation, Duration::from_secs(1)).await.expect_err("no way to the host");
    println!("{error}, after {:?}", cut.elapsed());
    assert_eq!(error.kind, ErrorKind::Away, "{error:?}");
    drop(link);

    let again = bench.provider.begin(&step, &key).await.expect("the host answers again");
    assert_eq!(again, operation, "what runs is not begun again");
    let mut polls = 0;
    let observed = loop {
        match bench.provider.poll(&step, &operation, Duration::from_secs(5)).await.expect("a host that answers") {
            OperationStatus::Running { .. } => polls += 1,
            OperationStatus::Succeeded { observed, .. } => break observed,
            other @ (OperationStatus::Failed { .. } | OperationStatus::Unknown) => panic!("{other:?}"),
        }
        assert!(cut.elapsed() < Duration::from_secs(180), "still running");
    };
    println!("{observed:?}, {:?} after the cut, seen running {polls} times since", cut.elapsed());
    assert!(observed.iter().any(|line| line.contains("sha256=")), "{observed:?}");
    assert_eq!(bench.look(&node, Some(key)).await.1, Some(OperationOutcome::Ended { exit_status: 0 }));
}

/// A host's link, down for as long as the value lives.
struct Link(String);

impl Link {
    fn down(name: String) -> Self {
        set_link(&name, "down");
        Self(name)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        set_link(&self.0, "up");
    }
}

fn set_link(name: &str, to: &str) {
    let status = Command::new("ip").args(["link", "set", name, to]).status().expect("failed to start ip");
    assert!(status.success() || std::thread::panicking(), "failed to set {name} {to}");
}

/// Kills every ssh on this machine that is connected to the address, which only this test's cluster has.
fn kill_connections_to(address: &str) {
    let output = Command::new("ss").args(["-tnpH", "dst", address]).output().expect("failed to start ss");
    let connections = String::from_utf8_lossy(&output.stdout).into_owned();
    let of_ssh = connections.lines().filter_map(|line| line.split_once("((\"ssh\",pid=")).map(|(_, rest)| rest);
    let pids: Vec<&str> = of_ssh.filter_map(|rest| rest.split(',').next()).collect();
    assert!(!pids.is_empty(), "found no connection to {address} in:\n{connections}");
    let status = Command::new("kill").arg("-9").args(&pids).status().expect("failed to start kill");
    assert!(status.success(), "failed to kill {pids:?}");
}
