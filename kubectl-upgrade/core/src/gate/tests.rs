use super::*;
use crate::component::Component;
use crate::fixtures::{OBSERVED_AT, healthy, healthy_ha, pod, request};
use crate::ids::NodeName;
use crate::inventory::{Gap, GapSubject, MaintenanceWindow, Moves, OperationOutcome, Readiness, Schedule};
use crate::plan::{PlanKind, ProviderKind};
use crate::planner::{Request, plan};
use crate::version::Version;

const FROM: Version = Version::new(1, 35, 9);

fn planned(inventory: &Inventory) -> Plan {
    plan(inventory, &request("1.36")).unwrap()
}

/// The decision about the first step with such an action on such a node, after a change of the world.
fn decided(node: &str, wanted: fn(&Action) -> bool, change: impl FnOnce(&mut Inventory)) -> Decision {
    let inventory = healthy_ha(&FROM);
    let plan = planned(&inventory);
    let mut fresh = inventory;
    change(&mut fresh);
    let step = plan
        .steps()
        .find(|step| wanted(&step.action) && step.action.node().is_some_and(|on| on.as_str() == node))
        .unwrap();
    decide(&Context {
        plan: &plan,
        step,
        fresh: &fresh,
        run: &RunId::new("run"),
        accepted: &[],
        facts: Facts::shared(),
        now: OBSERVED_AT,
    })
}

const APPLY: fn(&Action) -> bool = |action| matches!(action, Action::UpgradeApply { .. });
const CORDON: fn(&Action) -> bool = |action| matches!(action, Action::Cordon { .. });
const DRAIN: fn(&Action) -> bool = |action| matches!(action, Action::Drain { .. });
const RESTART: fn(&Action) -> bool = |action| matches!(action, Action::RestartKubelet { .. });
const SNAPSHOT: fn(&Action) -> bool = |action| matches!(action, Action::SnapshotEtcd { .. });
const SWITCH: fn(&Action) -> bool = |action| matches!(action, Action::SwitchRepository { .. });

fn rules(decision: &Decision) -> Vec<Rule> {
    match decision {
        Decision::Blocked { blocks } => blocks.iter().map(|block| block.rule).collect(),
        Decision::AlreadyDone | Decision::Ready | Decision::Wait { .. } | Decision::Drifted { .. } => Vec::new(),
    }
}

#[test]
fn a_step_may_start_when_the_world_is_as_expected() {
    assert_eq!(decided("cp-1", APPLY, |_| {}), Decision::Ready);
    assert_eq!(decided("w-1", CORDON, |_| {}), Decision::Ready);
    assert_eq!(decided("cp-1", SNAPSHOT, |_| {}), Decision::Ready);
}

#[test]
fn a_goal_that_holds_is_done() {
    let cordoned = decided("w-1", CORDON, |world| world.nodes[3].unschedulable = true);
    assert_eq!(cordoned, Decision::AlreadyDone);
    let saved = decided("cp-1", SNAPSHOT, |world| world.operation = Some(OperationOutcome::Ended { exit_status: 0 }));
    assert_eq!(saved, Decision::AlreadyDone);
}

#[test]
fn what_will_not_pass_is_drift_and_what_may_is_waited_for() {
    let downgraded = decided("cp-1", APPLY, |world| {
        world.components.iter_mut().for_each(|instance| instance.version = Version::new(1, 34, 1));
    });
    assert!(matches!(downgraded, Decision::Drifted { .. }), "{downgraded:?}");
    let switched = decided("w-1", SWITCH, |world| {
        let host = world.hosts.get_mut(&NodeName::new("w-1")).unwrap();
        host.repository.layout = crate::inventory::RepositoryLayout::Missing;
    });
    assert!(matches!(switched, Decision::Drifted { .. }), "{switched:?}");
    let away = decided("cp-1", APPLY, |world| world.health.etcd_read = false);
    assert!(matches!(away, Decision::Wait { .. }), "{away:?}");
    let unseen = decided("w-1", SWITCH, |world| {
        world.hosts.clear();
        let subject = GapSubject::Host(NodeName::new("w-1"));
        world.gaps.push(Gap { subject, why: "connection refused".to_owned(), hint: None });
    });
    let Decision::Wait { reasons, .. } = unseen else { panic!("{unseen:?}") };
    assert!(reasons[0].contains("connection refused"), "{reasons:?}");
}

#[test]
fn the_host_of_a_node_that_left_is_not_waited_for() {
    let left = decided("w-1", SWITCH, |world| {
        world.nodes.retain(|node| node.name.as_str() != "w-1");
        world.hosts.clear();
        let subject = GapSubject::Host(NodeName::new("w-1"));
        world.gaps.push(Gap { subject, why: "no route to host".to_owned(), hint: None });
    });
    let Decision::Drifted { differences } = left else { panic!("{left:?}") };
    assert!(differences[0].found.contains("left the cluster"), "{differences:?}");
}

#[test]
fn a_kubelet_changes_only_on_a_drained_node() {
    let full = decided("w-1", RESTART, |world| world.nodes[3].unschedulable = true);
    assert!(matches!(full, Decision::Drifted { .. }), "{full:?}");
    let empty = decided("w-1", RESTART, |world| {
        world.nodes[3].unschedulable = true;
        world.pods.retain(|pod| pod.node.as_ref().is_none_or(|node| node.as_str() != "w-1"));
        let hop = [Component::ApiServer, Component::ControllerManager, Component::Scheduler];
        for instance in world.components.iter_mut().filter(|instance| hop.contains(&instance.component)) {
            instance.version = Version::new(1, 36, 14);
        }
    });
    assert_eq!(empty, Decision::Ready);
}

#[test]
fn the_skew_policy_is_asked_of_the_world_as_it_is() {
    let early = decided("w-1", RESTART, |world| {
        world.nodes[3].unschedulable = true;
        world.pods.clear();
    });
    assert_eq!(rules(&early), [Rule::Skew], "the API servers are still old: {early:?}");
}

#[test]
fn a_budget_that_never_gives_way_is_waited_for_before_the_node_is_cordoned() {
    let never = |world: &mut Inventory| {
        world.budgets[0].disruptions_allowed = 0;
        world.budgets[0].desired_healthy = 2;
    };
    let names_it = |decision: &Decision| matches!(decision, Decision::Wait { reasons, .. } if reasons[0].starts_with("budget shop/cart allows no eviction"));
    assert!(names_it(&decided("w-1", CORDON, never)));
    let cordoned = decided("w-1", DRAIN, |world| {
        never(world);
        world.nodes[3].unschedulable = true;
    });
    assert!(names_it(&cordoned), "{cordoned:?}");
    let later = decided("w-1", CORDON, |world| world.budgets[0].disruptions_allowed = 0);
    assert_eq!(later, Decision::Ready, "the drain waits for it");
    let two = decided("w-1", CORDON, |world| world.budgets.push(world.budgets[0].clone()));
    assert_eq!(rules(&two), [Rule::Budget]);
}

#[test]
fn pods_that_would_be_lost_block_without_consent() {
    let bare = decided("w-1", CORDON, |world| {
        let mut bare = pod("shop", "bare", "w-1", ("ReplicaSet", "x"));
        bare.owner = None;
        world.pods.push(bare);
    });
    assert_eq!(rules(&bare), [Rule::DrainPolicy]);
    let unseen = decided("w-1", CORDON, |world| {
        world.gaps.push(Gap { subject: GapSubject::Budgets, why: "forbidden".to_owned(), hint: None });
    });
    assert_eq!(unseen, Decision::Wait { reasons: vec!["not seen: forbidden".to_owned()], until: None });
}

#[test]
fn no_second_node_is_taken_down_while_another_is() {
    let other_down = |node: usize| move |world: &mut Inventory| world.nodes[node].ready = Readiness::NotReady;
    assert!(matches!(decided("w-1", CORDON, other_down(4)), Decision::Wait { .. }));
    assert!(matches!(decided("cp-1", APPLY, other_down(1)), Decision::Wait { .. }));
    assert_eq!(decided("cp-1", APPLY, other_down(4)), Decision::Ready, "a worker does not matter to the control plane");
    let stale = decided("w-1", CORDON, |world| {
        world.nodes[4].lease_renewed = Some(OBSERVED_AT - jiff::SignedDuration::from_secs(40));
    });
    assert!(matches!(stale, Decision::Wait { .. }), "a dead kubelet still looks ready: {stale:?}");
}

#[test]
fn a_minor_that_went_out_of_support_since_is_refused() {
    let inventory = healthy(&FROM);
    let mut plan = planned(&inventory);
    for hop in &mut plan.hops {
        hop.notes.clear();
    }
    plan.findings.clear();
    let step = plan.steps().find(|step| APPLY(&step.action)).unwrap();
    let run = RunId::new("run");
    let years_later = OBSERVED_AT + jiff::SignedDuration::from_hours(24 * 600);
    let mut fresh = inventory.clone();
    fresh.nodes.iter_mut().for_each(|node| node.lease_renewed = Some(years_later));
    let mut context = Context {
        plan: &plan,
        step,
        fresh: &fresh,
        run: &run,
        accepted: &[],
        facts: Facts::shared(),
        now: years_later,
    };
    assert_eq!(rules(&decide(&context)), [Rule::Support]);
    context.accepted = &[FindingCode::TargetSupport];
    assert_eq!(decide(&context), Decision::Ready);
}

#[test]
fn only_what_a_step_asks_about_is_looked_at() {
    let inventory = healthy(&FROM);
    let plan = planned(&inventory);
    let of = |wanted: fn(&Action) -> bool| scope(plan.steps().find(|step| wanted(&step.action)).unwrap(), None);
    assert_eq!(of(SWITCH).pods, PodScope::None);
    assert_eq!(of(DRAIN).hosts, HostScope::None);
    assert!(matches!(of(DRAIN).pods, PodScope::Node(_)) && matches!(of(CORDON).pods, PodScope::Node(_)));
    assert!(matches!(of(RESTART).hosts, HostScope::One { .. }));
}

/// The decisions about the steps of a cluster of GKE on its way to 1.34, its control plane's and its two pools', with a window
/// or an exclusion.
fn beside(window: &MaintenanceWindow, accepted: &[FindingCode], kind: PlanKind) -> Vec<Decision> {
    let mut fresh = crate::fixtures::managed(ProviderKind::Gke, &Version::new(1, 33, 7));
    let request = Request { provider: ProviderKind::Gke, ..request("1.34") };
    let plan = Plan { kind, ..crate::planner::plan(&fresh, &request).unwrap() };
    fresh.cloud.as_mut().unwrap().maintenance.push(window.clone());
    let (run, facts, fresh) = (RunId::new("run"), Facts::shared(), &fresh);
    let decided = |step| decide(&Context { plan: &plan, step, fresh, run: &run, accepted, facts, now: OBSERVED_AT });
    plan.steps().map(decided).collect()
}

fn later(hours: i64) -> jiff::Timestamp {
    OBSERVED_AT + jiff::SignedDuration::from_hours(hours)
}

#[test]
fn nothing_moves_while_an_exclusion_holds_unless_that_is_accepted() {
    let decided = |covers: &[Moves], from: i64, accepted: &[FindingCode], kind| {
        let window = MaintenanceWindow {
            name: "sale".to_owned(),
            exclusion: true,
            scope: "NO_UPGRADES".to_owned(),
            covers: covers.to_vec(),
            from: Some(later(from)),
            until: Some(later(48)),
            schedule: None,
        };
        let blocked = |decision: &Decision| rules(decision).contains(&Rule::Exclusion);
        beside(&window, accepted, kind).iter().map(blocked).collect::<Vec<_>>()
    };
    // The control plane, then two pools, whose turn has not come yet.
    let up = PlanKind::Upgrade;
    let control_plane = |found: Vec<bool>| found[0];
    assert!(control_plane(decided(&Moves::ALL, -1, &[], up)));
    assert!(control_plane(decided(&[Moves::Minor], -1, &[], up)));
    assert!(!control_plane(decided(&[], -1, &[], up)));
    assert!(!control_plane(decided(&Moves::ALL, 1, &[], up)), "it has not begun");
    assert!(!control_plane(decided(&Moves::ALL, -1, &[FindingCode::MaintenanceExclusion], up)));
    assert!(!control_plane(decided(&Moves::ALL, -1, &[], PlanKind::Rollback)), "the way back is never held up");
    assert!(decided(&[Moves::Nodes], -1, &[], up)[1..].iter().all(|blocked| *blocked));
    assert!(decided(&[Moves::Minor], -1, &[], up)[1..].iter().all(|blocked| !blocked));
}

#[test]
fn what_a_window_is_about_waits_until_it_opens_unless_that_is_accepted() {
    let first = OBSERVED_AT.to_zoned(jiff::tz::TimeZone::UTC).date();
    let decided = |hours: i64, accepted: &[FindingCode], kind| {
        let opens = later(hours).to_zoned(jiff::tz::TimeZone::UTC);
        let window = MaintenanceWindow {
            name: "night".to_owned(),
            exclusion: false,
            scope: "FREQ=DAILY".to_owned(),
            covers: vec![Moves::Minor],
            from: None,
            until: None,
            schedule: Some(Schedule {
                days: "FREQ=DAILY".parse().unwrap(),
                first,
                opens: opens.time(),
                ahead_s: 0,
                open_s: 4 * 3600,
            }),
        };
        beside(&window, accepted, kind)
    };
    let closed = decided(3, &[], PlanKind::Upgrade);
    let Decision::Wait { reasons, until } = &closed[0] else { panic!("{closed:?}") };
    assert_eq!(*until, Some(later(3)));
    assert!(
        reasons[0].starts_with("the maintenance window opens at ") && reasons[0].ends_with("in 3 h"),
        "{reasons:?}"
    );
    let waits = |decision: &Decision| matches!(decision, Decision::Wait { until: Some(_), .. });
    assert!(!closed[1..].iter().any(waits), "it is about the control plane alone");
    assert_eq!(decided(-1, &[], PlanKind::Upgrade)[0], Decision::Ready);
    assert_eq!(decided(3, &[FindingCode::MaintenanceClosed], PlanKind::Upgrade)[0], Decision::Ready);
    assert!(!waits(&decided(3, &[], PlanKind::Rollback)[0]));
}

#[test]
fn what_is_looked_at_slowly_makes_no_lease_older() {
    let mut seen = healthy(&FROM);
    let node = seen.nodes[0].name.clone();
    seen.nodes[0].lease_renewed = Some(OBSERVED_AT - jiff::SignedDuration::from_secs(10));
    let ready = Condition::NodeReady { node };
    let later = OBSERVED_AT + jiff::SignedDuration::from_mins(5);
    assert_eq!(verdict(&ready, &seen, later), Verdict::Holds);
    seen.nodes[0].lease_renewed = Some(OBSERVED_AT - jiff::SignedDuration::from_mins(5));
    assert!(matches!(verdict(&ready, &seen, OBSERVED_AT), Verdict::Fails { .. }));
}

#[test]
fn settings_that_somebody_changed_are_neither_overwritten_nor_put_back() {
    let mut seen = crate::fixtures::managed(ProviderKind::Aks, &Version::new(1, 33, 7));
    let surging = |seen: &mut Inventory, by: &str| {
        seen.cloud.as_mut().unwrap().pools[0].surge.max_surge = Some(by.parse().unwrap());
    };
    surging(&mut seen, "1");
    let mut request = Request { provider: ProviderKind::Aks, ..request("1.34") };
    request.options.cloud.surge.max_surge = Some("3".parse().unwrap());
    let plan = crate::planner::plan(&seen, &request).unwrap();
    let decided = |by: &str| {
        let mut fresh = seen.clone();
        surging(&mut fresh, by);
        let (run, facts, fresh) = (RunId::new("run"), Facts::shared(), &fresh);
        let of_pool = |step: &&Step| matches!(&step.action, Action::Cloud(CloudAction::ConfigurePool { pool, .. }) if pool.as_str() == "api");
        let decide =
            |step| decide(&Context { plan: &plan, step, fresh, run: &run, accepted: &[], facts, now: OBSERVED_AT });
        plan.steps().filter(of_pool).map(decide).collect::<Vec<_>>()
    };
    assert_eq!(decided("1"), [Decision::Ready, Decision::AlreadyDone]);
    assert_eq!(decided("3"), [Decision::AlreadyDone, Decision::Ready]);
    for (decision, was) in decided("5").iter().zip(["1", "3"]) {
        let Decision::Drifted { differences } = decision else { panic!("{decision:?}") };
        assert_eq!(differences[0].expected, format!("pool api with max surge {was}"));
        assert_eq!(differences[0].found, "it has max surge 5");
    }
}
