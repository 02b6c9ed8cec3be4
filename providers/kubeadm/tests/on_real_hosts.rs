//! The provider on real hosts of a kubeadm cluster, over SSH. Nothing it does changes a version.
//!
//! `UPGRADE_HOSTS=/path/hosts.yaml cargo test -p upgrade-provider-kubeadm --test on_real_hosts -- --ignored --nocapture`

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may stop at what it does not expect"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use upgrade_core::commands::repository::edits_to;
use upgrade_core::ids::{NodeName, RunId, StepId};
use upgrade_core::inventory::{Host, OperationOutcome, RepositoryLayout};
use upgrade_core::plan::{Action, Limits, PackagePin, Reversal, Step};
use upgrade_core::scope::{HostScope, OperationKey};
use upgrade_core::version::Minor;
use upgrade_provider::{Backend as _, Hosts as _, OperationStatus};
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_ssh::{HostsFile, Script, SshClient, SshError, Target, Transport as _};

fn provider() -> (Kubeadm, Vec<NodeName>) {
    let path = std::env::var("UPGRADE_HOSTS").expect("UPGRADE_HOSTS names a hosts file");
    let hosts = HostsFile::parse(&path, &std::fs::read_to_string(&path).unwrap()).unwrap();
    let nodes = hosts.nodes().cloned().collect();
    (Kubeadm::new(Arc::new(SshClient::new()), hosts), nodes)
}

async fn look(
    provider: &Kubeadm,
    node: &NodeName,
    operation: Option<OperationKey>,
) -> (Host, Option<OperationOutcome>) {
    let scope = HostScope::One { node: node.clone(), operation };
    provider.look(&[], &scope).await.remove(0).seen.unwrap()
}

/// Begins the action twice, waits for its end and returns what it observed.
async fn carry_out(provider: &Kubeadm, id: u32, action: Action) -> Vec<String> {
    let node = action.node().clone();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let key = OperationKey { run: RunId::new(format!("test-{}", since.as_millis())), step: StepId(id), attempt: 1 };
    let step = Step {
        id: StepId(id),
        action,
        expects: Vec::new(),
        goal: Vec::new(),
        limits: Limits { deadline_s: 120, quiet_s: 120 },
        reversal: Reversal::Nothing,
        interrupts: None,
    };
    let started = Instant::now();
    let operation = provider.begin(&step, &key).await.unwrap();
    assert_eq!(provider.begin(&step, &key).await.unwrap(), operation);
    loop {
        match provider.poll(&step, &operation, Duration::from_secs(5)).await.unwrap() {
            OperationStatus::Running { text, .. } => {
                println!("{node}: {text}");
                assert!(started.elapsed() < Duration::from_secs(120), "still running");
            }
            OperationStatus::Succeeded { output, observed } => {
                println!("{output}\n{node}: ended after {:?}: {observed:?}", started.elapsed());
                let (_, outcome) = look(provider, &node, Some(key)).await;
                assert_eq!(outcome, Some(OperationOutcome::Ended { exit_status: 0 }));
                return observed;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
#[ignore = "needs the hosts of a kubeadm cluster, named by UPGRADE_HOSTS"]
async fn hosts_are_seen_and_harmless_steps_end_well() {
    let (provider, nodes) = provider();
    let mut control_plane = None;
    for node in &nodes {
        let started = Instant::now();
        let (host, _) = look(&provider, node, None).await;
        println!("{node}, after {:?}: {host:#?}", started.elapsed());
        assert!(host.kubeadm.is_some());
        let installed = host.installed["kubelet"].clone();
        let pin = PackagePin { name: "kubelet".to_owned(), version: installed.version.clone() };
        let install = Action::InstallPackages {
            node: node.clone(),
            manager: Some(host.packages_by),
            packages: vec![pin],
            hold: installed.held,
        };
        carry_out(&provider, 1, install).await;
        assert_eq!(look(&provider, node, None).await.0.installed["kubelet"], installed);
        let file = "/var/backups/kubectl-upgrade-test/files.tar.gz".to_owned();
        let paths = vec!["/etc/kubernetes".to_owned(), "/var/lib/kubelet/config.yaml".to_owned()];
        let observed = carry_out(&provider, 2, Action::ArchiveFiles { node: node.clone(), file, paths }).await;
        assert!(observed[0].contains("sha256="));
        if let Some(etcd) = host.etcd {
            control_plane = Some(node.clone());
            for etcdctl_on_host in [true, false].into_iter().filter(|on_host| !on_host || etcd.etcdctl_on_host) {
                let file = "/var/backups/kubectl-upgrade-test/etcd.db".to_owned();
                let snapshot = Action::SnapshotEtcd { node: node.clone(), file, etcdctl_on_host };
                let observed = carry_out(&provider, 3, snapshot).await;
                assert!(observed[0].contains("revision="));
            }
        }
    }
    assert!(control_plane.is_some(), "none of the hosts has etcd");
}

#[tokio::test]
#[ignore = "needs the hosts of a kubeadm cluster, named by UPGRADE_HOSTS"]
async fn other_minors_are_asked_for_where_repositories_differ() {
    let (provider, nodes) = provider();
    let (host, _) = look(&provider, &nodes[0], None).await;
    let present = host.kubeadm.unwrap().minor();
    let minors: Vec<Minor> = vec![present.next(), present.next().next()];
    let node = upgrade_core::inventory::Node {
        name: nodes[0].clone(),
        control_plane: true,
        kubelet: upgrade_core::version::Version::new(1, 0, 0),
        ready: upgrade_core::inventory::Readiness::Ready,
        lease_renewed: None,
        unschedulable: false,
        cordoned_by: None,
        runtime: String::new(),
        os_image: String::new(),
        addresses: Vec::new(),
        zone: None,
    };
    let answer = provider.look(&[node], &HostScope::All { minors: minors.clone() }).await.remove(0);
    let (host, _) = answer.seen.unwrap();
    println!("{:?} offers {:#?}", host.repository, host.offered);
    assert!(host.offered.get(&minors[0]).is_some_and(|versions| !versions.is_empty()));
}

#[tokio::test]
#[ignore = "needs the hosts of a kubeadm cluster, named by UPGRADE_HOSTS"]
async fn a_repository_is_switched_there_and_back_and_a_kubelet_restarted() {
    let (provider, nodes) = provider();
    let node = nodes.last().unwrap();
    let before = look(&provider, node, None).await.0;
    let RepositoryLayout::PerMinor(from) = before.repository.layout else { panic!("{:?}", before.repository) };
    let mut seen = before.clone();
    for (from, to) in [(from, from.next()), (from.next(), from)] {
        let edits = edits_to(&seen.repository, to);
        let manager = Some(seen.packages_by);
        carry_out(&provider, 4, Action::SwitchRepository { node: node.clone(), manager, from, to, edits }).await;
        seen = look(&provider, node, None).await.0;
        assert_eq!(seen.repository.layout, RepositoryLayout::PerMinor(to));
        assert!(seen.offered.contains_key(&to), "{:?}", seen.offered);
    }
    assert_eq!(seen.repository, before.repository);
    let version = before.kubeadm.unwrap();
    carry_out(&provider, 5, Action::RestartKubelet { node: node.clone(), version }).await;
}

#[tokio::test]
#[ignore = "needs the hosts of a kubeadm cluster, named by UPGRADE_HOSTS"]
async fn a_broken_connection_is_made_again() {
    let path = std::env::var("UPGRADE_HOSTS").unwrap();
    let hosts = HostsFile::parse(&path, &std::fs::read_to_string(&path).unwrap()).unwrap();
    let target = hosts.target(hosts.nodes().next().unwrap(), None);
    let client = SshClient::new();
    let script = |text: &str| Script { text: text.to_owned(), timeout: Duration::from_secs(3), keep: 8 };
    let output = client.run(&target, &script("id -un; echo 0123456789; return 3")).await.unwrap();
    assert_eq!((output.status, output.stdout.as_str()), (3, "root\n012"));
    // The server's end of the connection that this script came by.
    let kill = "pid=$$; while [ \"$(cat /proc/$pid/comm)\" != sshd ]; do pid=$(awk '/^PPid/ {print $2}' /proc/$pid/status); \
                done; kill -9 $pid; sleep 2";
    let error = client.run(&target, &script(kill)).await.unwrap_err();
    assert!(matches!(error, SshError::Lost { .. }), "{error:?}");
    assert_eq!(client.run(&target, &script("echo x")).await.unwrap().stdout, "x\n");
    let error = client.run(&target, &script("sleep 20")).await.unwrap_err();
    assert!(matches!(error, SshError::Timeout { after_s: 3, .. }), "{error:?}");
    let patient = Script { timeout: Duration::from_secs(60), ..script("sleep 0.2; echo x") };
    let many = (0..30).map(|_| client.run(&target, &patient));
    let many = futures::future::join_all(many).await;
    assert!(many.iter().all(|output| output.as_ref().is_ok_and(|output| output.stdout == "x\n")), "{many:?}");
}

#[tokio::test]
#[ignore = "needs the hosts of a kubeadm cluster, named by UPGRADE_HOSTS, with a user `nosudo`"]
async fn refusals_are_told_apart() {
    let path = std::env::var("UPGRADE_HOSTS").unwrap();
    let hosts = HostsFile::parse(&path, &std::fs::read_to_string(&path).unwrap()).unwrap();
    let target = hosts.target(hosts.nodes().next().unwrap(), None);
    let client = SshClient::new();
    let script = Script { text: "true".to_owned(), timeout: Duration::from_secs(10), keep: 1024 };
    for (change, expected) in [
        (Target { user: Some("nosudo".to_owned()), ..target.clone() }, "failed to become root on cp1: "),
        (Target { user: Some("nobody".to_owned()), ..target.clone() }, "failed to log in to cp1 over SSH as nobody: "),
        (Target { port: Some(9), ..target.clone() }, "failed to reach cp1 over SSH at "),
        (Target { address: "no-such-host.invalid".to_owned(), ..target.clone() }, "failed to reach cp1 over SSH at "),
        (
            Target { known_hosts_file: Some("/dev/null".to_owned()), ..target.clone() },
            "failed to reach cp1 over SSH: host key verification failed",
        ),
    ] {
        let error = client.run(&change, &script).await.unwrap_err();
        println!("{error}\n  {}", error.hint().unwrap_or_default());
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
