//! A hand-made cluster and its plan, for the snapshots of reports.

use jiff::Timestamp;
use jiff::civil::date;
use upgrade_core::component::Component;
use upgrade_core::finding::{Finding, FindingCode, Severity};
use upgrade_core::ids::{ClusterUid, NodeName, PlanDigest, RunId, StepId};
use upgrade_core::inventory::{ClusterIdentity, Gap, GapSubject, PackageManager, Place};
use upgrade_core::journal::{Entry, HoldReason, How, OperationRef, Record};
use upgrade_core::plan::{
    Action, Condition, DrainForecast, Hop, Lane, Limits, NodeForm, Options, PLAN_FORMAT, PackagePin, Plan, PlanKind,
    ProviderKind, RepositoryEdit, Reversal, Stage, StageKind, Step, Subject,
};
use upgrade_core::support::{Phase, SupportStatus};
use upgrade_core::version::{Minor, Version};

use super::standing::{ComponentRow, Judgement, Standing, Supported};

pub(crate) fn at(seconds: i64) -> Timestamp {
    // 2026-11-22 02:00:00 UTC.
    Timestamp::from_second(1_795_312_800 + seconds).unwrap()
}

fn identity() -> ClusterIdentity {
    ClusterIdentity {
        name: "prod-eu".to_owned(),
        server: "https://10.0.0.10:6443".to_owned(),
        uid: ClusterUid::new("3f6c1a52-0c1e-4c52-9d1b-2f1f0a5d7e11"),
    }
}

fn nodes(names: &[&str]) -> Vec<Place> {
    names.iter().map(|name| Place::Node(NodeName::new(*name))).collect()
}

fn row(component: Component, places: Vec<Place>, version: (u16, u16, u16), allowed: Option<&str>) -> ComponentRow {
    ComponentRow {
        component,
        places,
        version: Version::new(version.0, version.1, version.2),
        allowed: allowed.map(str::to_owned),
        verdict: if allowed.is_some() { Judgement::Ok } else { Judgement::NotJudged },
        support: None,
    }
}

pub(crate) fn standing() -> Standing {
    let ended = SupportStatus {
        minor: Minor::new(1, 34),
        phase: Phase::Ended,
        ends: Some(date(2026, 10, 27)),
        projected: false,
        days_left: Some(-26),
    };
    let mut components = vec![
        row(Component::ApiServer, nodes(&["cp-1"]), (1, 34, 8), Some("1.33 – 1.35")),
        row(Component::ControllerManager, nodes(&["cp-1"]), (1, 34, 8), Some("1.33 – 1.34")),
        row(Component::Scheduler, nodes(&["cp-1"]), (1, 34, 8), Some("1.33 – 1.34")),
        row(Component::Kubelet, nodes(&["cp-1", "web-1", "web-2", "web-3"]), (1, 34, 8), Some("1.31 – 1.34")),
        row(Component::Kubelet, nodes(&["gpu-07"]), (1, 30, 4), Some("1.31 – 1.34")),
        row(Component::KubeProxy, vec![Place::DaemonSet("kube-proxy".to_owned())], (1, 34, 8), Some("1.31 – 1.34")),
        row(Component::CoreDns, vec![Place::Deployment("coredns".to_owned())], (1, 12, 1), None),
        row(Component::Kubectl, vec![Place::Here], (1, 36, 4), Some("1.33 – 1.35")),
    ];
    components[0].support = Some(ended);
    components[4].verdict = Judgement::Outside("1 minor too old: kubelet may be 3 behind the API server".to_owned());
    components[7].verdict = Judgement::Outside("too new now; right from 1.35 on".to_owned());
    Standing {
        cluster: identity(),
        kind: "kubeadm".to_owned(),
        evidence: vec!["ConfigMap kube-system/kubeadm-config".to_owned(), "mirror pods on cp-1".to_owned()],
        control_plane_nodes: 1,
        worker_nodes: 4,
        running: Some(Supported { version: Version::new(1, 34, 8), support: ended }),
        components,
        cloud: None,
        gaps: vec![
            Gap {
                subject: GapSubject::Component(Component::Etcd, None),
                why: "hosts were not asked".to_owned(),
                hint: Some("drop --no-hosts".to_owned()),
            },
            Gap {
                subject: GapSubject::Host(NodeName::new("web-3")),
                why: "connection timed out".to_owned(),
                hint: Some("ssh web-3".to_owned()),
            },
        ],
    }
}

pub(crate) fn target() -> Supported {
    let support = SupportStatus {
        minor: Minor::new(1, 36),
        phase: Phase::Supported,
        ends: Some(date(2027, 6, 28)),
        projected: true,
        days_left: Some(218),
    };
    Supported { version: Version::new(1, 36, 5), support }
}

fn finding(code: FindingCode, severity: Severity, subject: &str, found: &str, remedy: Option<&str>) -> Finding {
    Finding { code, severity, subject: subject.to_owned(), found: found.to_owned(), remedy: remedy.map(str::to_owned) }
}

fn findings() -> Vec<Finding> {
    vec![
        finding(
            FindingCode::BudgetNever,
            Severity::Blocker,
            "PodDisruptionBudget shop/cart",
            "allows no eviction, ever (minAvailable 1, 1 replica)",
            Some("kubectl -n shop scale deploy/cart --replicas 2"),
        ),
        finding(FindingCode::SwapOn, Severity::Warning, "node web-1", "swap is on", Some("swapoff -a")),
        finding(FindingCode::SwapOn, Severity::Warning, "node web-2", "swap is on", Some("swapoff -a")),
        finding(
            FindingCode::CurrentSupport,
            Severity::Warning,
            "cluster",
            "support of 1.34 ended on 2026-10-27, 26 days ago; no fix will come for it any more, not even for a hole",
            None,
        ),
        finding(FindingCode::SingleReplica, Severity::Note, "deployment shop/mail", "has one replica", None),
    ]
}

/// Numbers the steps as they are made.
struct Builder {
    next: u32,
}

impl Builder {
    fn step(&mut self, action: Action, reversal: Reversal, interrupts: Option<&str>) -> Step {
        self.next += 1;
        let subject = action.subject();
        Step {
            id: StepId(self.next),
            action,
            expects: vec![Condition::ApiHealthy],
            goal: subject.node().map(|node| Condition::NodeReady { node: node.clone() }).into_iter().collect(),
            limits: Limits { deadline_s: 900, quiet_s: 300 },
            reversal,
            interrupts: interrupts.map(str::to_owned),
        }
    }

    fn switch(&mut self, node: &NodeName, to: &Version) -> Step {
        let edit = RepositoryEdit {
            path: "/etc/apt/sources.list.d/kubernetes.list".to_owned(),
            before: format!("deb https://pkgs.k8s.io/core:/stable:/v{}/deb/ /", to.minor().back(1)),
            after: format!("deb https://pkgs.k8s.io/core:/stable:/v{}/deb/ /", to.minor()),
        };
        let (from, to) = (to.minor().back(1), to.minor());
        let back = Reversal::Inverse(format!("point the repository of {node} back at {from}"));
        let manager = Some(PackageManager::Apt);
        self.step(Action::SwitchRepository { node: node.clone(), manager, from, to, edits: vec![edit] }, back, None)
    }

    fn install(&mut self, node: &NodeName, names: &[&str], version: &Version) -> Step {
        let pin = |name: &&str| PackagePin { name: (*name).to_owned(), version: format!("{version}-1.1") };
        let packages = names.iter().map(pin).collect();
        let back = Reversal::Inverse(format!("install the former version of {} on {node}", names.join(" and ")));
        let manager = Some(PackageManager::Apt);
        self.step(Action::InstallPackages { node: node.clone(), manager, packages, hold: true }, back, None)
    }

    fn kubelet(&mut self, node: &NodeName, version: &Version, pods: u32) -> Vec<Step> {
        let seen = DrainForecast { evicted: pods, left: 3, budgets: vec!["shop/cart".to_owned()] };
        let policy = Options::default().drain;
        let node = node.clone();
        let uncordon = Reversal::Inverse(format!("kubectl uncordon {node}"));
        vec![
            self.step(Action::Cordon { node: node.clone() }, uncordon, None),
            self.step(
                Action::Drain { node: node.clone(), policy, seen },
                Reversal::Impossible("evicted pods run elsewhere".to_owned()),
                Some("each evicted pod, until its replacement is Ready"),
            ),
            self.install(&node, &["kubelet", "kubectl"], version),
            self.step(
                Action::RestartKubelet { node: node.clone(), version: version.clone() },
                Reversal::Inverse(format!("install the former kubelet on {node} and restart it")),
                None,
            ),
            self.step(Action::Uncordon { node }, Reversal::Nothing, None),
        ]
    }

    fn worker(&mut self, node: &NodeName, version: &Version, pods: u32) -> Lane {
        let mut steps = vec![self.switch(node, version), self.install(node, &["kubeadm"], version)];
        let upgrade = Action::UpgradeNode {
            node: node.clone(),
            version: version.clone(),
            form: NodeForm::Node,
            arguments: Vec::new(),
        };
        steps.push(self.step(upgrade, Reversal::Nothing, None));
        steps.extend(self.kubelet(node, version, pods));
        Lane { subject: Subject::Node(node.clone()), steps }
    }

    fn backup(&mut self, node: &NodeName) -> Stage {
        let snapshot = Action::SnapshotEtcd {
            node: node.clone(),
            file: "/var/backups/kubectl-upgrade/20261122T020000Z/etcd.db".to_owned(),
            etcdctl_on_host: false,
        };
        let archive = Action::ArchiveFiles {
            node: node.clone(),
            file: "/var/backups/kubectl-upgrade/20261122T020000Z/files.tar.gz".to_owned(),
            paths: vec!["/etc/kubernetes".to_owned(), "/var/lib/kubelet/config.yaml".to_owned()],
        };
        let steps = vec![self.step(snapshot, Reversal::Nothing, None), self.step(archive, Reversal::Nothing, None)];
        Stage {
            kind: StageKind::Backup,
            hop: None,
            at_once: 1,
            lanes: vec![Lane { subject: Subject::Node(node.clone()), steps }],
        }
    }

    fn hop(&mut self, hop: usize, version: &Version) -> Vec<Stage> {
        let (first, workers) = (NodeName::new("cp-1"), ["web-1", "web-2", "web-3"].map(NodeName::new));
        let apply =
            Action::UpgradeApply { node: first.clone(), version: version.clone(), arguments: vec!["--yes".to_owned()] };
        let restore = Reversal::Restore {
            backup: StepId(1),
            how: "restore etcd, then the former manifests; what was written since is lost".to_owned(),
        };
        let control = vec![
            self.switch(&first, version),
            self.install(&first, &["kubeadm"], version),
            self.step(apply, restore, Some("the API, for 30 to 90 s while its only server restarts")),
        ];
        let kubelets = self.kubelet(&first, version, 2);
        let lane = |node: &NodeName, steps| Lane { subject: Subject::Node(node.clone()), steps };
        let pods = [14, 9, 0];
        let workers: Vec<Lane> =
            workers.iter().zip(pods).map(|(node, pods)| self.worker(node, version, pods)).collect();
        let stage = |kind, lanes| Stage { kind, hop: Some(hop), at_once: 1, lanes };
        vec![
            stage(StageKind::ControlPlane, vec![lane(&first, control)]),
            stage(StageKind::ControlPlaneKubelets, vec![lane(&first, kubelets)]),
            stage(StageKind::Workers, workers),
        ]
    }
}

pub(crate) fn plan() -> Plan {
    let versions = [Version::new(1, 34, 8), Version::new(1, 35, 9), Version::new(1, 36, 5)];
    let mut builder = Builder { next: 0 };
    let mut stages = vec![builder.backup(&NodeName::new("cp-1"))];
    stages.extend(builder.hop(0, &versions[1]));
    stages.extend(builder.hop(1, &versions[2]));
    let hop =
        |from: usize, notes: Vec<String>| Hop { from: versions[from].clone(), to: versions[from + 1].clone(), notes };
    Plan {
        format: PLAN_FORMAT,
        kind: PlanKind::Upgrade,
        parent: None,
        tool: "0.1.0".to_owned(),
        made_at: at(0),
        cluster: identity(),
        provider: ProviderKind::Kubeadm,
        basis: Vec::new(),
        from: versions[0].clone(),
        target: versions[2].clone(),
        hops: vec![hop(0, vec!["brings etcd 3.6.6 and CoreDNS 1.13.1".to_owned()]), hop(1, Vec::new())],
        options: Options { excluded: vec![NodeName::new("gpu-07")], ..Options::default() },
        findings: findings(),
        stages,
    }
}

pub(crate) fn digest() -> PlanDigest {
    PlanDigest::new("7f3c9d0e2b4a61c58f1e0d9c7b6a5f4e3d2c1b0a99887766554433221100ffe1")
}

/// The records of a run that held while the kubelet of web-1 restarted.
pub(crate) fn records() -> Vec<Record> {
    let mut entries = vec![(
        0,
        Entry::RunStarted {
            run: RunId::new("20261122-020000-4f2a"),
            plan: digest(),
            cluster: identity().uid,
            holder: "root@admin-1".to_owned(),
            tool: "0.1.0".to_owned(),
        },
    )];
    for step in 1..=16_u32 {
        let begin = i64::from(step) * 40;
        entries.push((begin, Entry::StepStarted { step: StepId(step), attempt: 1 }));
        let finished =
            Entry::StepFinished { step: StepId(step), how: How::Done, observed: vec!["goal observed".to_owned()] };
        entries.push((begin + 35, finished));
    }
    let step = StepId(17);
    entries.push((700, Entry::StepStarted { step, attempt: 1 }));
    let operation = OperationRef("kubectl-upgrade-4f2a-17".to_owned());
    entries.push((701, Entry::OperationBegun { step, operation }));
    entries.push((1001, Entry::Output { step, text: "unknown flag: --pod-infra-container-image".to_owned() }));
    let error = "node web-1 was not Ready at 1.35.9 within 5 min".to_owned();
    entries.push((1001, Entry::StepFailed { step, error, in_doubt: false }));
    entries.push((1002, held()));
    let record = |(sequence, (seconds, entry)): (usize, (i64, Entry))| Record {
        sequence: u64::try_from(sequence).unwrap(),
        at: at(seconds),
        entry,
    };
    entries.into_iter().enumerate().map(record).collect()
}

fn held() -> Entry {
    Entry::Held {
        reason: HoldReason::Failed,
        step: Some(StepId(17)),
        found: vec![
            "node web-1 is NotReady; its kubelet 1.35.9 ends at once: unknown flag: --pod-infra-container-image"
                .to_owned(),
        ],
        state: vec![
            "web-1 is cordoned and empty".to_owned(),
            "control plane at 1.35.9, 1 of 5 kubelets at 1.35.9, skew is fine; nothing else is down".to_owned(),
        ],
        next: vec!["kubectl upgrade status --step 17".to_owned(), "kubectl upgrade resume".to_owned()],
    }
}
