use super::*;
use crate::commands;
use crate::fixtures::{healthy, healthy_ha, request};
use crate::ids::NodeName;
use crate::inventory::{PackageManager, RepositoryLayout};
use crate::plan::{Action, Amount, Options, StageKind, Strategy};
use crate::version::Minor;

/// Every step in one line: the node and its commands, or what is done through the API.
fn told(plan: &Plan) -> Vec<String> {
    let line = |action: &Action| match action {
        Action::Cordon { .. } => "cordon".to_owned(),
        Action::Drain { .. } => "drain".to_owned(),
        Action::Uncordon { .. } => "uncordon".to_owned(),
        Action::Cloud(action) => format!("{action:?}"),
        Action::SnapshotEtcd { .. } => "snapshot".to_owned(),
        Action::ArchiveFiles { .. } => "archive".to_owned(),
        Action::SwitchRepository { to, .. } => format!("repository {to}"),
        Action::InstallPackages { packages, .. } => {
            packages.iter().map(|pin| format!("{}={}", pin.name, pin.version)).collect::<Vec<_>>().join(" ")
        }
        Action::UpgradeApply { .. } | Action::UpgradeNode { .. } => commands::of(action)[0].argv.join(" "),
        Action::RestartKubelet { version, .. } => format!("kubelet {version}"),
        Action::Component(_) => String::new(),
    };
    plan.steps().map(|step| format!("{}: {}", step.action.subject(), line(&step.action))).collect()
}

#[test]
fn one_hop_is_the_documented_procedure() {
    let plan = plan(&healthy(&Version::new(1, 35, 9)), &request("1.36")).unwrap();
    assert_eq!(
        told(&plan),
        [
            "cp-1: snapshot",
            "cp-1: archive",
            "cp-1: repository 1.36",
            "cp-1: kubeadm=1.36.14-1.1",
            "cp-1: kubeadm upgrade apply v1.36.14 --yes",
            "cp-1: cordon",
            "cp-1: drain",
            "cp-1: kubelet=1.36.14-1.1 kubectl=1.36.14-1.1",
            "cp-1: kubelet 1.36.14",
            "cp-1: uncordon",
            "w-1: repository 1.36",
            "w-1: kubeadm=1.36.14-1.1",
            "w-1: kubeadm upgrade node",
            "w-1: cordon",
            "w-1: drain",
            "w-1: kubelet=1.36.14-1.1 kubectl=1.36.14-1.1",
            "w-1: kubelet 1.36.14",
            "w-1: uncordon",
            "w-2: repository 1.36",
            "w-2: kubeadm=1.36.14-1.1",
            "w-2: kubeadm upgrade node",
            "w-2: cordon",
            "w-2: drain",
            "w-2: kubelet=1.36.14-1.1 kubectl=1.36.14-1.1",
            "w-2: kubelet 1.36.14",
            "w-2: uncordon",
        ]
    );
}

/// The classic: before 1.15 `upgrade node` had a form for each role and wanted the kubelet's version.
#[test]
fn the_classic_hops_use_the_forms_of_their_time() {
    let mut inventory = healthy_ha(&Version::new(1, 11, 10));
    for host in inventory.hosts.values_mut() {
        host.repository.layout = RepositoryLayout::AllMinors;
        for versions in host.offered.values_mut() {
            *versions = versions.iter().map(|version| version.replace("-1.1", "-00")).collect();
        }
    }
    let plan = plan(&inventory, &request("1.13")).unwrap();
    assert_eq!(plan.hops.iter().map(|hop| hop.to.minor()).collect::<Vec<_>>(), [Minor::new(1, 12), Minor::new(1, 13)]);
    let told = told(&plan);
    let upgrades: Vec<&String> = told.iter().filter(|line| line.contains("kubeadm upgrade")).collect();
    assert_eq!(
        upgrades[..5],
        [
            "cp-1: kubeadm upgrade apply v1.12.14 --yes",
            "cp-2: kubeadm upgrade node experimental-control-plane",
            "cp-3: kubeadm upgrade node experimental-control-plane",
            "w-1: kubeadm upgrade node config --kubelet-version v1.12.14",
            "w-2: kubeadm upgrade node config --kubelet-version v1.12.14",
        ]
    );
    assert!(told.contains(&"cp-1: kubeadm=1.12.14-00".to_owned()), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("repository")), "one repository has all minors");
}

#[test]
fn minors_are_never_skipped() {
    let plan = plan(&healthy(&Version::new(1, 33, 1)), &request("1.36")).unwrap();
    let minors: Vec<u16> = plan.hops.iter().map(|hop| hop.to.minor().minor).collect();
    assert!(minors.ends_with(&[34, 35, 36]), "{minors:?}");
    assert!(plan.hops.iter().zip(plan.hops.iter().skip(1)).all(|(one, next)| one.to == next.from));
}

#[test]
fn every_api_server_moves_before_any_kubelet_and_one_host_at_a_time() {
    let plan = plan(&healthy_ha(&Version::new(1, 35, 9)), &request("1.36")).unwrap();
    let kinds: Vec<StageKind> = plan.stages.iter().map(|stage| stage.kind).collect();
    assert_eq!(
        kinds,
        [StageKind::Backup, StageKind::ControlPlane, StageKind::ControlPlaneKubelets, StageKind::Workers]
    );
    assert_eq!(plan.stages.iter().map(|stage| stage.at_once).collect::<Vec<_>>(), [3, 1, 1, 1]);
    let nodes: Vec<&str> = plan.stages[1].lanes.iter().map(|lane| lane.subject.node().unwrap().as_str()).collect();
    assert_eq!(nodes, ["cp-1", "cp-2", "cp-3"]);
}

#[test]
fn a_kubelet_that_would_fall_out_of_skew_moves_first() {
    let mut inventory = healthy(&Version::new(1, 35, 9));
    let behind = Version::new(1, 32, 4);
    inventory.nodes.iter_mut().find(|node| node.name.as_str() == "w-2").unwrap().kubelet = behind.clone();
    for instance in &mut inventory.components {
        if instance.component == Component::Kubelet && instance.place == Place::Node(NodeName::new("w-2")) {
            instance.version = behind.clone();
        }
    }
    let plan = plan(&inventory, &request("1.36")).unwrap();
    let first = plan.stages.iter().position(|stage| stage.kind == StageKind::LaggingNodes).unwrap();
    let control_plane = plan.stages.iter().position(|stage| stage.kind == StageKind::ControlPlane).unwrap();
    assert!(first < control_plane);
    let nodes: Vec<&str> = plan.stages[first].lanes.iter().map(|lane| lane.subject.node().unwrap().as_str()).collect();
    assert_eq!(nodes, ["w-2"]);
    assert!(told(&plan).contains(&"w-2: kubelet 1.35.9".to_owned()));
}

#[test]
fn max_unavailable_is_of_the_workers() {
    let plan_with = |strategy| {
        let options = Options { strategy, ..Options::default() };
        let request = Request { options, ..request("1.36") };
        let plan = plan(&healthy(&Version::new(1, 35, 9)), &request).unwrap();
        plan.stages.iter().find(|stage| stage.kind == StageKind::Workers).unwrap().at_once
    };
    assert_eq!(plan_with(Strategy::Rolling { max_unavailable: Amount::Count(2) }), 2);
    assert_eq!(plan_with(Strategy::Rolling { max_unavailable: Amount::Percent(50) }), 1);
    assert_eq!(plan_with(Strategy::AllAtOnce), 2);
}

#[test]
fn a_foreign_cordon_is_left_and_our_own_is_taken_over() {
    let mut inventory = healthy(&Version::new(1, 35, 9));
    inventory.nodes[1].unschedulable = true;
    inventory.nodes[2].unschedulable = true;
    inventory.nodes[2].cordoned_by = Some("an earlier run".to_owned());
    let told = told(&plan(&inventory, &request("1.36")).unwrap());
    assert!(!told.contains(&"w-1: cordon".to_owned()) && !told.contains(&"w-1: uncordon".to_owned()), "{told:?}");
    assert!(told.contains(&"w-1: drain".to_owned()), "its kubelet must not change undrained");
    assert!(told.contains(&"w-2: cordon".to_owned()) && told.contains(&"w-2: uncordon".to_owned()));
}

#[test]
fn an_upgrade_that_died_half_way_is_taken_up_where_it_began() {
    let mut inventory = healthy(&Version::new(1, 35, 9));
    for instance in &mut inventory.components {
        if instance.component == Component::ApiServer {
            instance.version = Version::new(1, 36, 14);
        }
    }
    let plan = plan(&inventory, &request("1.36")).unwrap();
    assert_eq!((&plan.from, &plan.hops[0].to), (&Version::new(1, 35, 9), &Version::new(1, 36, 14)));
}

#[test]
fn nodes_left_behind_are_planned_though_the_control_plane_is_there() {
    let mut inventory = healthy(&Version::new(1, 36, 14));
    inventory.nodes[2].kubelet = Version::new(1, 35, 9);
    let plan = plan(&inventory, &request("1.36")).unwrap();
    assert!(plan.hops.is_empty());
    assert_eq!(plan.hosts(), [NodeName::new("cp-1"), NodeName::new("w-2")]);
    let done = healthy(&Version::new(1, 36, 14));
    assert!(matches!(super::plan(&done, &request("1.36")), Err(PlanError::NothingToDo { .. })));
}

#[test]
fn what_kubeadm_would_not_notice_is_refused() {
    let mut inventory = healthy(&Version::new(1, 35, 9));
    inventory.nodes[2].kubelet = Version::new(1, 37, 0);
    assert!(matches!(plan(&inventory, &request("1.36")), Err(PlanError::KubeletTooNew { .. })));
    let older = plan(&healthy(&Version::new(1, 35, 9)), &request("1.34"));
    assert!(matches!(older, Err(PlanError::Path(crate::path::PathError::Downgrade { .. }))), "{older:?}");
    let options = Options { excluded: vec![NodeName::new("w-9")], ..Options::default() };
    let unknown = plan(&healthy(&Version::new(1, 35, 9)), &Request { options, ..request("1.36") });
    assert!(matches!(unknown, Err(PlanError::UnknownNode { .. })), "{unknown:?}");
}

#[test]
fn without_a_look_at_the_hosts_the_plan_is_shown_but_blocked() {
    let mut inventory = healthy(&Version::new(1, 35, 9));
    inventory.hosts.clear();
    let plan = plan(&inventory, &request("1.36")).unwrap();
    assert!(plan.blockers().next().is_some());
    let managers: Vec<Option<PackageManager>> = plan
        .steps()
        .filter_map(|step| match &step.action {
            Action::InstallPackages { manager, .. } => Some(*manager),
            _ => None,
        })
        .collect();
    assert!(!managers.is_empty() && managers.iter().all(Option::is_none));
}

#[test]
fn a_saved_plan_reads_back_the_same_and_not_when_it_was_changed() {
    use crate::plan::{PlanFile, PlanFileError};
    let file = PlanFile::seal(plan(&healthy(&Version::new(1, 35, 9)), &request("1.36")).unwrap());
    let text = serde_json::to_string_pretty(&file).unwrap();
    assert_eq!(PlanFile::read(&text).unwrap(), file);
    let changed = text.replacen("v1.36/deb", "v1.99/deb", 1);
    assert!(matches!(PlanFile::read(&changed), Err(PlanFileError::Changed { .. })));
    let newer = text.replacen("\"format\": 2", "\"format\": 3", 1);
    assert!(matches!(PlanFile::read(&newer), Err(PlanFileError::Format { found: 3, .. })));
    assert!(matches!(PlanFile::read("{}"), Err(PlanFileError::Shape { .. })));
}

#[test]
fn a_plan_is_stale_when_the_nodes_are_others() {
    let inventory = healthy(&Version::new(1, 35, 9));
    let plan = plan(&inventory, &request("1.36")).unwrap();
    assert!(stale(&plan, &inventory).is_empty());
    let mut moved = inventory.clone();
    moved.nodes[1].kubelet = Version::new(1, 36, 14);
    let gone = moved.nodes.pop().unwrap();
    moved.nodes.push(crate::inventory::Node { name: NodeName::new("w-3"), ..gone });
    assert_eq!(stale(&plan, &moved).len(), 3, "{:?}", stale(&plan, &moved));
}

#[test]
fn a_kubelet_that_kubeadm_would_refuse_moves_first_or_stands_in_the_way() {
    // 1.19 beside 1.21 is within the skew policy; kubeadm 1.21 accepts 1.20 and newer only.
    let mut inventory = healthy(&Version::new(1, 20, 3));
    inventory.nodes[2].kubelet = Version::new(1, 19, 4);
    let moved = plan(&inventory, &request("1.21")).unwrap();
    assert_eq!(moved.stages[1].kind, StageKind::LaggingNodes);
    let options = Options { excluded: vec![NodeName::new("w-2")], ..Options::default() };
    let refused = plan(&inventory, &Request { options, ..request("1.21") });
    assert!(matches!(refused, Err(PlanError::ExcludedTooOld { .. })), "{refused:?}");
}

#[test]
fn the_control_plane_is_never_taken_back() {
    let mut inventory = healthy(&Version::new(1, 35, 2));
    let server = inventory.components.iter_mut().find(|found| found.component == Component::ApiServer).unwrap();
    server.version = Version::new(1, 36, 3);
    let refused = plan(&inventory, &request("1.35"));
    assert!(matches!(refused, Err(PlanError::HalfDone { .. })), "{refused:?}");
    let finished = plan(&inventory, &request("1.36")).unwrap();
    assert_eq!(finished.hops.iter().map(|hop| hop.to.minor()).collect::<Vec<_>>(), [Minor::new(1, 36)]);
}

#[test]
fn a_cordon_left_by_an_earlier_run_is_lifted_though_nothing_else_is_due() {
    let mut inventory = healthy(&Version::new(1, 36, 14));
    inventory.nodes[2].unschedulable = true;
    inventory.nodes[2].cordoned_by = Some("an earlier run".to_owned());
    let plan = plan(&inventory, &request("1.36")).unwrap();
    assert_eq!(told(&plan).last().unwrap(), "w-2: uncordon");
    assert_eq!(plan.steps().count(), 3);
}
