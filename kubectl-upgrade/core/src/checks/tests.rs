mod apis;
mod dns;

use jiff::civil::{Date, date};

use super::*;
use crate::component::Component;
use crate::finding::{FindingCode as Code, Severity};
use crate::fixtures::{healthy, healthy_ha, pod};
use crate::ids::{NodeName, ObjectName};
use crate::inventory::{CgroupVersion, Gap, GapSubject, Place, Pod, PodPhase, Readiness, RepositoryLayout};

/// A cluster, where it goes and what was chosen; tests change one thing of it.
struct Case {
    inventory: Inventory,
    hops: Vec<(Version, Version)>,
    options: Options,
    today: Date,
    kubectl: Option<Version>,
}

/// A healthy cluster at the late patch of a minor on its way to another, a minor at a time.
fn case(from: u16, to: u16) -> Case {
    let version = |minor| Version::new(1, minor, 9);
    Case {
        inventory: healthy(&version(from)),
        hops: (from..to).map(|minor| (version(minor), version(minor + 1))).collect(),
        options: Options::default(),
        today: date(2026, 11, 22),
        kubectl: None,
    }
}

impl Case {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn findings(&self) -> Vec<Finding> {
        let facts = Facts::embedded();
        let Self { hops, options, today, kubectl, .. } = self;
        let context =
            CheckContext { hops: hops.clone(), today: *today, options, kubectl: kubectl.as_ref(), facts: &facts };
        findings(&self.inventory, &context)
    }

    /// The one finding there is.
    fn only(&self, code: Code, severity: Severity) -> Finding {
        let findings = self.findings();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert_eq!((findings[0].code, findings[0].severity), (code, severity), "{findings:#?}");
        findings.into_iter().next().unwrap()
    }

    fn none(&self) {
        assert_eq!(self.findings(), []);
    }

    fn node(&mut self, index: usize) -> &mut Node {
        &mut self.inventory.nodes[index]
    }

    fn host(&mut self, name: &str) -> &mut crate::inventory::Host {
        self.inventory.hosts.get_mut(&NodeName::new(name)).unwrap()
    }

    fn gap(&mut self, subject: GapSubject) {
        self.inventory.gaps.push(Gap { subject, why: "forbidden".to_owned(), hint: Some("grant it".to_owned()) });
    }

    fn set(&mut self, component: Component, version: &Version) {
        let all = self.inventory.components.iter_mut().filter(|instance| instance.component == component);
        all.for_each(|instance| instance.version = version.clone());
    }
}

#[test]
fn a_healthy_cluster_has_no_findings() {
    case(35, 36).none();
    case(35, 35).none();
    case(35, 37).none();
    case(35, 36).with(|case| case.inventory = healthy_ha(&Version::new(1, 35, 9))).none();
}

#[test]
fn owners_and_declaring_tools_are_told() {
    let talos = case(35, 36).with(|case| {
        case.inventory.evidence =
            crate::fixtures::evidence::of(crate::detect::ClusterKind::Foreign(crate::detect::Owner::Talos));
        case.inventory.evidence.git_version = "v1.35.9".to_owned();
    });
    assert!(talos.only(Code::ForeignOwner, Severity::Blocker).remedy.unwrap().starts_with("talosctl"));
    let declared = case(35, 36).with(|case| case.inventory.evidence.managers.extend(["Terraform".to_owned()]));
    declared.only(Code::DeclaredElsewhere, Severity::Warning);
    case(35, 36).with(|case| case.gap(GapSubject::Evidence)).only(Code::ForeignOwner, Severity::Warning);
}

#[test]
fn a_standing_skew_violation_is_a_warning() {
    let old = case(35, 36).with(|case| {
        let place = Place::Node(NodeName::new("w-1"));
        let kubelet = |i: &&mut crate::inventory::Instance| i.component == Component::Kubelet && i.place == place;
        case.inventory.components.iter_mut().find(kubelet).unwrap().version = Version::new(1, 31, 14);
    });
    let findings = old.findings();
    assert!(findings.iter().all(|found| (found.code, found.severity) == (Code::SkewViolated, Severity::Warning)));
    let subjects: Vec<_> = findings.into_iter().map(|finding| finding.subject).collect();
    assert_eq!(subjects, ["kubelet on w-1", "kube-proxy on DaemonSet kube-proxy"]);
}

#[test]
fn kubectl_is_judged_along_the_path() {
    for (kubectl, outside) in [(34, "1.36, 1.37"), (35, "1.37"), (37, "1.35")] {
        let case = case(35, 37).with(|case| case.kubectl = Some(Version::new(1, kubectl, 1)));
        let found = case.only(Code::KubectlSkew, Severity::Note).found;
        assert!(found.ends_with(&format!("API servers of {outside}")), "{found}");
    }
    case(35, 37).with(|case| case.kubectl = Some(Version::new(1, 36, 1))).none();
}

#[test]
fn what_could_not_be_seen_is_said_by_weight() {
    for (subject, code, severity) in [
        (GapSubject::Component(Component::ApiServer, None), Code::VersionUnknown, Severity::Blocker),
        (GapSubject::Component(Component::Etcd, None), Code::VersionUnknown, Severity::Warning),
        (GapSubject::Component(Component::KubeProxy, None), Code::VersionUnknown, Severity::Warning),
        (GapSubject::Component(Component::CoreDns, None), Code::VersionUnknown, Severity::Note),
        (GapSubject::KubeadmRecord, Code::VersionUnknown, Severity::Warning),
        (GapSubject::Pods, Code::WorkloadsUnknown, Severity::Blocker),
        (GapSubject::Budgets, Code::WorkloadsUnknown, Severity::Blocker),
    ] {
        let finding = case(35, 36).with(|case| case.gap(subject)).only(code, severity);
        assert_eq!(
            (finding.found.as_str(), finding.remedy.as_deref()),
            ("could not be seen: forbidden", Some("grant it"))
        );
    }
}

#[test]
fn hosts_not_looked_at_block_one_by_one_or_all_together() {
    let w2 = NodeName::new("w-2");
    let silent = case(35, 36).with(|case| drop(case.inventory.hosts.remove(&w2)));
    assert_eq!(silent.only(Code::HostUnknown, Severity::Blocker).subject, "host w-2");
    let gap = case(35, 36).with(|case| {
        case.inventory.hosts.remove(&w2);
        case.gap(GapSubject::Host(w2.clone()));
    });
    assert_eq!(gap.only(Code::HostUnknown, Severity::Blocker).found, "could not be seen: forbidden");
    let none = case(35, 36).with(|case| case.inventory.hosts.clear());
    assert_eq!(none.only(Code::HostUnknown, Severity::Blocker).subject, "3 hosts");
    silent.with(|case| case.options.excluded.push(w2.clone())).none();
}

#[test]
fn a_half_done_upgrade_shows_in_pods_record_and_endpoint() {
    let newer = Version::new(1, 35, 10);
    let scheduler = case(35, 36).with(|case| case.set(Component::Scheduler, &newer));
    let found = scheduler.only(Code::HalfDone, Severity::Warning);
    assert!(found.found.contains("1.35.10: kube-scheduler on cp-1"), "{}", found.found);
    assert_eq!(found.remedy.unwrap(), "finish it first: kubectl upgrade plan --to 1.35.10");
    case(35, 36)
        .with(|case| case.inventory.kubeadm.as_mut().unwrap().version = Version::new(1, 35, 8))
        .only(Code::HalfDone, Severity::Warning);
    case(35, 36)
        .with(|case| case.inventory.evidence.git_version = "v1.35.10".to_owned())
        .only(Code::HalfDone, Severity::Warning);
}

#[test]
fn etcd_must_be_new_enough_for_the_next_minor() {
    let today = date(2026, 1, 15);
    for (etcd, severity) in
        [((3, 5, 19), Some(Severity::Blocker)), ((3, 5, 20), Some(Severity::Warning)), ((3, 5, 26), None)]
    {
        let case = case(33, 34).with(|case| {
            case.today = today;
            case.set(Component::Etcd, &Version::new(etcd.0, etcd.1, etcd.2));
        });
        match severity {
            Some(severity) => assert!(case.only(Code::EtcdTooOld, severity).found.contains("3.6")),
            None => case.none(),
        }
    }
    let at = |etcd: Version| case(36, 37).with(|case| case.set(Component::Etcd, &etcd));
    at(Version::new(3, 6, 10)).only(Code::EtcdTooOld, Severity::Blocker);
    at(Version::new(3, 6, 11)).none();
    at(Version::new(3, 5, 33)).only(Code::EtcdTooOld, Severity::Blocker);
    let external =
        at(Version::new(3, 6, 10)).with(|case| case.inventory.kubeadm.as_mut().unwrap().external_etcd = true);
    external.none();
    // After a first hop the running etcd is only known as "at least": no blocker.
    let later = case(35, 37).with(|case| case.set(Component::Etcd, &Version::new(3, 6, 6)));
    later.only(Code::EtcdTooOld, Severity::Warning);
}

#[test]
fn an_unseen_etcd_is_unknown_where_the_path_needs_it() {
    let unseen = |from, to| {
        case(from, to).with(|case| case.inventory.components.retain(|instance| instance.component != Component::Etcd))
    };
    unseen(36, 37).only(Code::VersionUnknown, Severity::Blocker);
    unseen(35, 36).none();
    unseen(36, 37)
        .with(|case| case.gap(GapSubject::Component(Component::Etcd, None)))
        .only(Code::VersionUnknown, Severity::Blocker);
}

#[test]
fn a_budget_that_never_allows_names_numbers_nodes_and_the_command() {
    let tight = case(35, 36).with(|case| {
        let budget = &mut case.inventory.budgets[0];
        budget.min_available = Some("2".to_owned());
        (budget.disruptions_allowed, budget.desired_healthy) = (0, 2);
    });
    let finding = tight.only(Code::BudgetNever, Severity::Blocker);
    assert_eq!(finding.subject, "PodDisruptionBudget shop/cart");
    assert_eq!(
        finding.found,
        "allows no eviction, ever (minAvailable 2: 2 of 2 healthy, 2 must stay); pods on w-1, w-2"
    );
    assert_eq!(finding.remedy.unwrap(), "kubectl -n shop scale deployment/cart --replicas 3");
    let percent = tight.with(|case| case.inventory.budgets[0].min_available = Some("100%".to_owned()));
    let remedy = percent.only(Code::BudgetNever, Severity::Blocker).remedy.unwrap();
    assert!(remedy.starts_with("kubectl -n shop patch pdb cart"), "{remedy}");
    percent.with(|case| case.options.excluded = vec![NodeName::new("w-1"), NodeName::new("w-2")]).none();
}

#[test]
fn a_budget_that_does_not_allow_now_is_a_warning() {
    let busy = case(35, 36).with(|case| {
        let budget = &mut case.inventory.budgets[0];
        (budget.disruptions_allowed, budget.current_healthy) = (0, 1);
    });
    busy.only(Code::BudgetNow, Severity::Warning);
}

#[test]
fn two_budgets_over_a_pod_block() {
    let twice = case(35, 36).with(|case| {
        let mut second = case.inventory.budgets[0].clone();
        second.name = ObjectName::new("shop", "all");
        second.pods.truncate(1);
        case.inventory.budgets.push(second);
    });
    let finding = twice.only(Code::BudgetsOverlap, Severity::Blocker);
    assert_eq!(finding.subject, "PodDisruptionBudgets shop/all, shop/cart");
    assert!(finding.found.contains("shop/cart-5d9c-a") && !finding.found.contains("shop/cart-5d9c-b"));
}

fn add(case: &mut Case, pod: Pod) {
    case.inventory.pods.push(pod);
}

#[test]
fn what_a_drain_would_lose_needs_consent() {
    let debug = |case: &mut Case| add(case, Pod { owner: None, ..pod("shop", "debug", "w-1", ("", "")) });
    case(35, 36).with(debug).only(Code::UnmanagedPod, Severity::Blocker);
    case(35, 36).with(debug).with(|case| case.options.drain.force = true).only(Code::UnmanagedPod, Severity::Note);
    let cached = |case: &mut Case| case.inventory.pods[0].empty_dir = true;
    let finding = case(35, 36).with(cached).only(Code::LocalData, Severity::Blocker);
    assert_eq!(finding.subject, "ReplicaSet shop/cart-5d9c");
    case(35, 36)
        .with(cached)
        .with(|case| case.options.drain.delete_empty_dir_data = true)
        .only(Code::LocalData, Severity::Note);
    let ended = |case: &mut Case| {
        let done = Pod { owner: None, empty_dir: true, ..pod("shop", "done", "w-1", ("", "")) };
        add(case, Pod { phase: PodPhase::Succeeded, ..done });
    };
    case(35, 36).with(ended).none();
}

#[test]
fn a_single_replica_is_counted_by_its_owner() {
    let single = case(35, 36).with(|case| add(case, pod("shop", "db-0", "w-1", ("StatefulSet", "db"))));
    assert_eq!(single.only(Code::SingleReplica, Severity::Warning).subject, "StatefulSet shop/db");
    single.with(|case| add(case, pod("shop", "db-1", "w-2", ("StatefulSet", "db")))).none();
    case(35, 36).with(|case| add(case, pod("shop", "once-x", "w-1", ("Job", "once")))).none();
    // The same name in another namespace is another workload.
    let names = case(35, 36).with(|case| {
        add(case, pod("a", "db-0", "w-1", ("StatefulSet", "db")));
        add(case, pod("b", "db-0", "w-1", ("StatefulSet", "db")));
    });
    assert_eq!(names.findings().len(), 2);
}

#[test]
fn every_hops_package_must_be_offered_everywhere() {
    let version = case(35, 37).with(|case| {
        case.host("w-1").offered.insert(Minor::new(1, 36), vec!["1.36.8-1.1".to_owned()]);
    });
    assert_eq!(version.only(Code::PackageMissing, Severity::Blocker).subject, "kubeadm 1.36.9 on w-1");
    let unasked = case(35, 37).with(|case| drop(case.host("w-1").offered.remove(&Minor::new(1, 37))));
    let found = unasked.only(Code::PackageMissing, Severity::Blocker).found;
    assert_eq!(found, "what is offered for 1.37 could not be seen");
    let none = case(35, 36).with(|case| case.host("w-1").repository.layout = RepositoryLayout::Missing);
    assert_eq!(none.only(Code::PackageMissing, Severity::Blocker).found, "no repository offers kubeadm");
}

#[test]
fn a_lagging_node_needs_the_present_minors_package_first() {
    let lagging = case(35, 36).with(|case| {
        let old = Version::new(1, 32, 13);
        case.node(1).kubelet = old.clone();
        let package = crate::inventory::InstalledPackage { version: "1.32.13-1.1".to_owned(), held: true };
        case.host("w-1").installed.values_mut().for_each(|installed| *installed = package.clone());
        case.host("w-1").offered.remove(&Minor::new(1, 35));
    });
    assert_eq!(lagging.only(Code::PackageMissing, Severity::Blocker).subject, "kubeadm 1.35.9 on w-1");
}

#[test]
fn etcds_copies_need_room_for_each_hop() {
    const MIB: u64 = 1 << 20;
    let with = |to, free| case(35, to).with(|case| case.host("cp-1").free_etc_kubernetes = free);
    with(36, 2 * 128 * MIB + 1024 * MIB).none();
    with(36, 2 * 128 * MIB + 1024 * MIB - 1).only(Code::DiskRoom, Severity::Blocker);
    with(37, 2 * 128 * MIB + 1024 * MIB).only(Code::DiskRoom, Severity::Blocker);
    case(35, 36).with(|case| case.host("w-1").free_etc_kubernetes = 0).none();
}

#[test]
fn clocks_apart_warn_and_too_far_from_here_block() {
    let at = |ms| case(35, 36).with(|case| case.host("w-1").clock_offset_ms = ms);
    at(5_012).none();
    at(5_013).only(Code::ClockSkew, Severity::Warning);
    at(-30_000).only(Code::ClockSkew, Severity::Warning);
    let far = at(-30_001).only(Code::ClockSkew, Severity::Blocker);
    assert_eq!(far.subject, "host w-1");
}

#[test]
fn states_of_nodes_and_hosts() {
    case(35, 36).with(|case| case.host("w-1").swap = true).only(Code::SwapOn, Severity::Note);
    case(35, 36).with(|case| case.node(1).unschedulable = true).only(Code::ForeignCordon, Severity::Note);
    let ours = |case: &mut Case| {
        case.node(1).unschedulable = true;
        case.node(1).cordoned_by = Some("7f3c".to_owned());
    };
    case(35, 36).with(ours).none();
    for ready in [Readiness::NotReady, Readiness::Unknown] {
        let down = case(35, 36).with(|case| case.node(1).ready = ready);
        down.only(Code::NodeNotReady, Severity::Blocker);
        down.with(|case| case.options.excluded.push(NodeName::new("w-1"))).only(Code::NodeNotReady, Severity::Note);
    }
    let stale = case(35, 36).with(|case| {
        case.node(1).lease_renewed = Some(crate::fixtures::OBSERVED_AT - jiff::SignedDuration::from_secs(31));
    });
    assert!(stale.only(Code::NodeNotReady, Severity::Blocker).found.contains("Lease"));
}

#[test]
fn removed_flags_in_control_plane_pods() {
    let with = |argument: &str| {
        let argument = argument.to_owned();
        case(36, 37).with(|case| {
            let pods = &mut case.inventory.evidence.control_plane_pods;
            pods.iter_mut().find(|pod| pod.component == "kube-controller-manager").unwrap().command.push(argument);
        })
    };
    let flag = with("--concurrent-service-syncs=5").only(Code::RemovedFlag, Severity::Blocker);
    assert_eq!(flag.subject, "kube-controller-manager on cp-1");
    assert_eq!(flag.found, "--concurrent-service-syncs=5 is gone from 1.37 on");
    let gate = with("--feature-gates=JobBackoffLimitPerIndex=true,RetryGenerateName=true");
    assert!(gate.only(Code::RemovedFlag, Severity::Blocker).found.starts_with("feature gate RetryGenerateName"));
    with("--cluster-signing-duration=8760h").none();
}

#[test]
fn what_kubeadm_rewrites_itself_is_no_finding() {
    let old = case(23, 24).with(|case| {
        case.inventory.kubeadm.as_mut().unwrap().api_version = "kubeadm.k8s.io/v1beta3".to_owned();
        let pods = &mut case.inventory.evidence.control_plane_pods;
        pods.iter_mut().find(|pod| pod.component == "kube-scheduler").unwrap().command.push("--port=0".to_owned());
    });
    assert!(old.findings().iter().all(|finding| finding.code != Code::RemovedFlag), "{:?}", old.findings());
    let own = old.with(|case| {
        let pods = &mut case.inventory.evidence.control_plane_pods;
        pods.iter_mut().find(|pod| pod.component == "kube-scheduler").unwrap().command.push("--port=10251".to_owned());
    });
    assert!(own.findings().iter().any(|finding| finding.code == Code::RemovedFlag));
}

#[test]
fn removed_flags_in_kubelet_files() {
    let with = |file: &str, words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        case(34, 35).with(|case| {
            case.today = date(2026, 3, 1);
            drop(case.host("w-1").kubelet_arguments.insert(file.to_owned(), words));
        })
    };
    let pause = ["--pod-infra-container-image", "registry.k8s.io/pause:3.10"];
    let finding = with("/etc/default/kubelet", &pause).only(Code::RemovedFlag, Severity::Blocker);
    assert!(finding.remedy.unwrap().ends_with("in /etc/default/kubelet"));
    with("/var/lib/kubelet/kubeadm-flags.env", &pause).none();
    with("/etc/default/kubelet", &["--node-ip=10.0.0.12"]).none();
}

#[test]
fn flags_that_one_minors_kubeadm_drops_stay_on_a_node_that_goes_past_it() {
    let lagging = |from: u16, to: u16, kubelet: u16| {
        let words = vec!["--pod-infra-container-image=registry.k8s.io/pause:3.10".to_owned()];
        let case = case(from, to).with(|case| {
            case.inventory.nodes.iter_mut().find(|node| !node.control_plane).unwrap().kubelet =
                Version::new(1, kubelet, 9);
            let file = "/var/lib/kubelet/kubeadm-flags.env".to_owned();
            drop(case.host("w-1").kubelet_arguments.insert(file, words));
        });
        let found = case.findings();
        found.into_iter().find(|finding| finding.code == Code::RemovedFlag).map(|finding| finding.remedy.unwrap())
    };
    let found = lagging(35, 36, 34).unwrap();
    assert!(found.contains("kubeadm 1.35 would, but this node goes past it"), "{found}");
    // It stays at 1.35 on its way, or is too old for the hop and moves to 1.35 first.
    assert_eq!(lagging(34, 36, 34), None);
    assert_eq!(lagging(34, 35, 33), None);
    assert_eq!(lagging(35, 36, 32), None);
}

#[test]
fn kubeadms_own_gates() {
    let gate = case(35, 36).with(|case| {
        case.inventory.kubeadm.as_mut().unwrap().feature_gates.push("ControlPlaneKubeletLocalMode".to_owned());
    });
    gate.only(Code::RemovedFlag, Severity::Warning);
}

#[test]
fn cgroup_v1_needs_both_the_setting_and_the_exception() {
    let v1 = || {
        case(34, 35).with(|case| {
            case.today = date(2026, 3, 1);
            case.host("w-1").cgroup = CgroupVersion::V1;
        })
    };
    let setting = |case: &mut Case| case.inventory.kubeadm.as_mut().unwrap().fail_cgroup_v1 = Some(false);
    let exception = |case: &mut Case| case.options.ignore_preflight.push("SystemVerification".to_owned());
    v1().only(Code::CgroupV1, Severity::Blocker);
    v1().with(setting).only(Code::CgroupV1, Severity::Blocker);
    v1().with(exception).only(Code::CgroupV1, Severity::Blocker);
    v1().with(setting).with(exception).none();
    v1().with(|case| case.options.excluded.push(NodeName::new("w-1"))).none();
    let before = case(33, 34).with(|case| {
        case.today = date(2026, 3, 1);
        case.host("w-1").cgroup = CgroupVersion::V1;
    });
    before.none();
}

#[test]
fn static_pods_with_references_are_dropped_from_1_34() {
    let with = |from, to| {
        case(from, to).with(|case| {
            case.today = date(2026, 3, 1);
            case.host("cp-1").static_pods_with_references.push("kube-vip.yaml".to_owned());
        })
    };
    with(33, 34).only(Code::StaticPodReferences, Severity::Blocker);
    with(34, 35).only(Code::StaticPodReferences, Severity::Warning);
}

#[test]
fn runtimes_the_target_cannot_work_with() {
    let on = |from, to, runtime: &str| {
        let runtime = runtime.to_owned();
        let case = case(from, to).with(|case| case.node(1).runtime = runtime);
        let mut codes: Vec<_> = case.findings().into_iter().map(|finding| (finding.code, finding.severity)).collect();
        codes.retain(|(code, _)| [Code::Dockershim, Code::RuntimeTooOld, Code::VersionUnknown].contains(code));
        codes
    };
    assert_eq!(on(23, 24, "docker://20.10.21"), [(Code::Dockershim, Severity::Blocker)]);
    assert_eq!(on(24, 25, "docker://20.10.21"), []);
    assert_eq!(on(25, 26, "containerd://1.5.18"), [(Code::RuntimeTooOld, Severity::Blocker)]);
    assert_eq!(on(24, 25, "containerd://1.5.18"), []);
    assert_eq!(on(35, 36, "containerd://1.7.24~ds1"), [(Code::RuntimeTooOld, Severity::Warning)]);
    assert_eq!(on(34, 35, "containerd://1.7.24"), []);
    assert_eq!(on(35, 36, "cri-o://1.27.1"), [(Code::RuntimeTooOld, Severity::Warning)]);
    assert_eq!(on(35, 36, ""), [(Code::VersionUnknown, Severity::Warning)]);
    let told = case(35, 36).with(|case| {
        case.node(1).runtime = String::new();
        case.gap(GapSubject::Component(Component::ContainerRuntime, Some(Place::Node(NodeName::new("w-1")))));
    });
    told.only(Code::VersionUnknown, Severity::Warning);
}

#[test]
fn cri_dockerd_is_no_dockershim() {
    let docker = case(23, 24).with(|case| {
        case.node(1).runtime = "docker://20.10.21".to_owned();
        let annotation = ("kubeadm.alpha.kubernetes.io/cri-socket", "unix:///run/cri-dockerd.sock");
        let marks = &mut case.inventory.evidence.nodes[1];
        marks.annotations.insert(annotation.0.to_owned(), annotation.1.to_owned());
    });
    assert!(docker.findings().iter().all(|finding| finding.code != Code::Dockershim));
}

#[test]
fn the_first_kubeadm_must_read_the_record() {
    let with = |from, to, api: &str| {
        let api = format!("kubeadm.k8s.io/{api}");
        case(from, to).with(|case| case.inventory.kubeadm.as_mut().unwrap().api_version = api)
    };
    with(36, 37, "v1beta3").only(Code::KubeadmConfigApi, Severity::Blocker);
    // kubeadm 1.36 writes it anew.
    with(35, 37, "v1beta3").none();
    with(35, 36, "v1").only(Code::KubeadmConfigApi, Severity::Warning);
    for (from, api) in [(21, "v1beta1"), (26, "v1beta2")] {
        let findings = with(from, from + 1, api).findings();
        assert!(findings.iter().any(|finding| finding.code == Code::KubeadmConfigApi), "{api}");
    }
}

#[test]
fn support_windows_along_the_path() {
    let codes = |from, to, today| {
        let case = case(from, to).with(|case| case.today = today);
        let mut found: Vec<_> = case.findings().into_iter().map(|finding| (finding.code, finding.severity)).collect();
        found.retain(|(code, _)| code.code().starts_with("KU06"));
        found
    };
    let now = date(2026, 11, 22);
    assert_eq!(codes(35, 36, now), []);
    assert_eq!(codes(34, 35, now), [(Code::CurrentSupport, Severity::Warning)]);
    assert_eq!(codes(34, 35, date(2026, 10, 1)), [(Code::CurrentSupport, Severity::Note)]);
    assert_eq!(
        codes(33, 34, now),
        [(Code::CurrentSupport, Severity::Warning), (Code::TargetSupport, Severity::Warning)]
    );
    assert_eq!(codes(33, 35, now), [(Code::CurrentSupport, Severity::Warning), (Code::PathSupport, Severity::Note)]);
    assert_eq!(codes(36, 37, date(2026, 12, 27)), [(Code::CalendarStale, Severity::Note)]);
}

#[test]
fn blockers_come_first() {
    let mixed = case(35, 36).with(|case| {
        case.host("w-1").swap = true;
        case.node(2).ready = Readiness::NotReady;
        add(case, pod("shop", "db-0", "w-1", ("StatefulSet", "db")));
    });
    let severities: Vec<_> = mixed.findings().into_iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Blocker, Severity::Warning, Severity::Note]);
}
