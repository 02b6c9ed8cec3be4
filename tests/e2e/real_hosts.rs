//! The provider on the hosts of a real cluster, without the engine around it. Nothing it does changes a version.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use upgrade_core::commands::repository::edits_to;
use upgrade_core::ids::{NodeName, RunId, StepId};
use upgrade_core::inventory::{Host, Node, OperationOutcome, Readiness, RepositoryLayout};
use upgrade_core::plan::{Action, Limits, PackagePin, Reversal, Step};
use upgrade_core::scope::{HostScope, OperationKey};
use upgrade_core::version::{Minor, Version};
use upgrade_provider::{Backend as _, Hosts as _, OperationStatus};
use upgrade_provider_kubeadm::Kubeadm;
use upgrade_ssh::{HostsFile, SshClient};

use crate::cluster::{Cluster, Shape};
use crate::links;

/// Where the checks put their backups, on the hosts.
pub(crate) const BACKUPS: &str = "/var/backups/kubectl-upgrade-test";

#[test]
fn hosts_are_looked_at_and_worked_on() {
    let shape = Shape { name: "hosts", id: 16, version: "1.19.16", control_planes: 1, workers: 1, arguments: &[] };
    let Some(cluster) = Cluster::up(&shape) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (cp1, w1) = (NodeName::new("cp1"), NodeName::new("w1"));
        let bench = Bench::new(&cluster);
        assert_eq!(bench.nodes, [cp1.clone(), w1.clone()]);
        bench.every_host_is_seen().await;
        for node in &bench.nodes {
            bench.packages_at_the_same_version_change_nothing(node).await;
            bench.files_are_archived(node).await;
        }
        bench.etcd_is_saved_either_way(&cp1).await;
        bench.a_repository_is_switched_there_and_back(&w1).await;
        bench.a_kubelet_is_restarted(&w1).await;
        links::a_broken_connection_is_made_again(&bench).await;
        links::refusals_are_told_apart(&bench).await;
        links::a_step_goes_on_without_its_link(&bench, shape.id).await;
    });
}

/// The provider and the way to its hosts.
pub(crate) struct Bench {
    pub(crate) provider: Kubeadm,
    pub(crate) hosts: HostsFile,
    pub(crate) nodes: Vec<NodeName>,
    /// What the operations of this time are called.
    run: RunId,
}

impl Bench {
    fn new(cluster: &Cluster) -> Self {
        let text = std::fs::read_to_string(cluster.file("hosts.yaml")).expect("the testbed's hosts file");
        let hosts = HostsFile::parse("hosts.yaml", &text).expect("a hosts file");
        let nodes = hosts.nodes().cloned().collect();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
        let run = RunId::new(format!("test-{}", since.as_millis()));
        Self { provider: Kubeadm::new(Arc::new(SshClient::new()), hosts.clone()), hosts, nodes, run }
    }

    pub(crate) fn key(&self, id: u32) -> OperationKey {
        OperationKey { run: self.run.clone(), step: StepId(id), attempt: 1 }
    }

    pub(crate) async fn look(
        &self,
        node: &NodeName,
        operation: Option<OperationKey>,
    ) -> (Host, Option<OperationOutcome>) {
        let scope = HostScope::One { node: node.clone(), operation };
        self.provider.look(&[], &scope).await.remove(0).seen.expect("a host that answers")
    }

    /// Begins the action twice, waits for its end and returns what it observed.
    async fn carry_out(&self, id: u32, action: Action) -> Vec<String> {
        let node = action.node().expect("a node").clone();
        let (step, key, started) = (step(id, action), self.key(id), Instant::now());
        let operation = self.provider.begin(&step, &key).await.expect("a step that begins");
        assert_eq!(self.provider.begin(&step, &key).await.expect("the same step"), operation);
        loop {
            match self.provider.poll(&step, &operation, Duration::from_secs(5)).await.expect("a host that answers") {
                OperationStatus::Running { .. } => {
                    assert!(started.elapsed() < Duration::from_secs(120), "still running");
                }
                OperationStatus::Succeeded { output, observed } => {
                    println!("{node}, after {:?}: {observed:?}\n{output}", started.elapsed());
                    let (_, outcome) = self.look(&node, Some(key)).await;
                    assert_eq!(outcome, Some(OperationOutcome::Ended { exit_status: 0 }));
                    return observed;
                }
                other @ (OperationStatus::Failed { .. } | OperationStatus::Unknown) => panic!("{other:?}"),
            }
        }
    }

    /// All at once as a plan looks, other minors' packages included.
    async fn every_host_is_seen(&self) {
        let present = Minor::new(1, 19);
        let asked: Vec<Node> = self.nodes.iter().map(node).collect();
        let started = Instant::now();
        let answers =
            self.provider.look(&asked, &HostScope::All { minors: vec![present.next(), present.next().next()] }).await;
        println!("all hosts, after {:?}", started.elapsed());
        assert_eq!(answers.len(), self.nodes.len());
        for answer in answers {
            let (host, _) = answer.seen.expect("a host that answers");
            println!("{}: {host:#?}", answer.node);
            assert_eq!(host.kubeadm, Some(Version::new(1, 19, 16)));
            assert_eq!(host.etcd.is_some(), answer.node.as_str() == "cp1");
            assert_eq!(host.repository.layout, RepositoryLayout::PerMinor(present));
            assert!(host.installed["kubelet"].held);
            assert!(host.offered.get(&present.next()).is_some_and(|versions| !versions.is_empty()));
        }
    }

    async fn packages_at_the_same_version_change_nothing(&self, node: &NodeName) {
        let (host, _) = self.look(node, None).await;
        let installed = host.installed["kubelet"].clone();
        let install = Action::InstallPackages {
            node: node.clone(),
            manager: Some(host.packages_by),
            packages: vec![PackagePin { name: "kubelet".to_owned(), version: installed.version.clone() }],
            hold: installed.held,
        };
        self.carry_out(step_id(1, node), install).await;
        assert_eq!(self.look(node, None).await.0.installed, host.installed);
    }

    async fn files_are_archived(&self, node: &NodeName) {
        let file = format!("{BACKUPS}/files.tar.gz");
        let paths = vec!["/etc/kubernetes".to_owned(), "/var/lib/kubelet/config.yaml".to_owned()];
        let observed = self.carry_out(step_id(2, node), Action::ArchiveFiles { node: node.clone(), file, paths }).await;
        assert!(observed.iter().any(|line| line.contains("sha256=")), "{observed:?}");
    }

    /// With the host's etcdctl and with the one in etcd's container.
    async fn etcd_is_saved_either_way(&self, node: &NodeName) {
        let etcd = self.look(node, None).await.0.etcd.expect("a control-plane host has etcd");
        assert!(etcd.etcdctl_on_host, "the testbed's hosts have etcdctl");
        for (id, etcdctl_on_host) in [(30, true), (31, false)] {
            let file = format!("{BACKUPS}/etcd-{id}.db");
            let snapshot = Action::SnapshotEtcd { node: node.clone(), file, etcdctl_on_host };
            let observed = self.carry_out(id, snapshot).await;
            assert!(observed.iter().any(|line| line.contains("revision=")), "{observed:?}");
        }
    }

    async fn a_repository_is_switched_there_and_back(&self, node: &NodeName) {
        let before = self.look(node, None).await.0;
        let RepositoryLayout::PerMinor(from) = before.repository.layout else { panic!("{:?}", before.repository) };
        let mut seen = before.clone();
        for (id, from, to) in [(40, from, from.next()), (41, from.next(), from)] {
            let edits = edits_to(&seen.repository, to);
            let manager = Some(seen.packages_by);
            self.carry_out(id, Action::SwitchRepository { node: node.clone(), manager, from, to, edits }).await;
            seen = self.look(node, None).await.0;
            assert_eq!(seen.repository.layout, RepositoryLayout::PerMinor(to));
            assert!(seen.offered.contains_key(&to), "{:?}", seen.offered);
        }
        assert_eq!(seen.repository, before.repository);
    }

    async fn a_kubelet_is_restarted(&self, node: &NodeName) {
        let version = self.look(node, None).await.0.kubeadm.expect("kubeadm is installed");
        self.carry_out(50, Action::RestartKubelet { node: node.clone(), version }).await;
    }
}

/// Steps of different hosts have different numbers.
fn step_id(id: u32, node: &NodeName) -> u32 {
    id * 10 + u32::from(node.as_str() != "cp1")
}

pub(crate) fn step(id: u32, action: Action) -> Step {
    Step {
        id: StepId(id),
        action,
        expects: Vec::new(),
        goal: Vec::new(),
        limits: Limits { deadline_s: 120, quiet_s: 120 },
        reversal: Reversal::Nothing,
        interrupts: None,
    }
}

/// As much of a Node as the provider looks at.
fn node(name: &NodeName) -> Node {
    Node {
        name: name.clone(),
        control_plane: name.as_str() == "cp1",
        kubelet: Version::new(1, 19, 16),
        ready: Readiness::Ready,
        lease_renewed: None,
        unschedulable: false,
        cordoned_by: None,
        runtime: String::new(),
        os_image: String::new(),
        addresses: Vec::new(),
        zone: None,
        pool: None,
        ready_since: None,
    }
}
