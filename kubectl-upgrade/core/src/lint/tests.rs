use super::*;
use crate::fixtures::{healthy, healthy_ha, request};
use crate::ids::{NodeName, StepId};
use crate::plan::{Action, Subject};
use crate::planner::plan;
use crate::version::Version;

fn sound(inventory: &Inventory) -> Plan {
    plan(inventory, &request("1.36")).unwrap()
}

/// The laws broken by a sound plan of three control-plane hosts with one thing changed.
fn broken(change: impl FnOnce(&mut Plan)) -> Vec<Law> {
    let inventory = healthy_ha(&Version::new(1, 35, 9));
    let mut plan = sound(&inventory);
    change(&mut plan);
    let mut laws: Vec<Law> = lint(&plan, &inventory, Facts::shared()).into_iter().map(|broken| broken.law).collect();
    laws.sort_unstable();
    laws.dedup();
    laws
}

/// The plan without the steps of such actions, numbered anew.
fn without(plan: &mut Plan, unwanted: fn(&Action) -> bool) {
    for lane in plan.stages.iter_mut().flat_map(|stage| &mut stage.lanes) {
        lane.steps.retain(|step| !unwanted(&step.action));
    }
    let steps = plan.stages.iter_mut().flat_map(|stage| &mut stage.lanes).flat_map(|lane| &mut lane.steps);
    for (step, number) in steps.zip(1..) {
        step.id = StepId(number);
    }
}

#[test]
fn sound_plans_break_no_law() {
    assert_eq!(broken(|_| {}), []);
    let single = healthy(&Version::new(1, 33, 13));
    assert_eq!(lint(&sound(&single), &single, Facts::shared()), []);
}

#[test]
fn each_law_is_noticed_when_it_is_broken() {
    assert_eq!(broken(|plan| plan.stages[0].lanes[0].steps[0].id = StepId(99)), [Law::Numbering]);
    assert_eq!(broken(|plan| plan.stages[3].at_once = 0), [Law::Numbering]);
    assert_eq!(broken(|plan| plan.stages[3].lanes[0].subject = Subject::Node(NodeName::new("w-9"))), [Law::Node]);
    assert_eq!(broken(|plan| plan.target = Version::new(1, 36, 2)), [Law::Hops]);
    assert_eq!(broken(|plan| plan.stages[1].at_once = 2), [Law::ControlPlaneAlone]);
    assert_eq!(broken(|plan| plan.stages[2].at_once = 3), [Law::ControlPlaneAlone]);
    assert_eq!(broken(|plan| without(plan, |action| matches!(action, Action::Uncordon { .. }))), [Law::Cordon]);
    assert_eq!(broken(|plan| without(plan, |action| matches!(action, Action::Cordon { .. }))), [Law::Cordon]);
    assert_eq!(broken(|plan| without(plan, |action| matches!(action, Action::Drain { .. }))), [Law::Drained]);
    assert_eq!(broken(|plan| without(plan, |action| matches!(action, Action::SnapshotEtcd { .. }))), [Law::Backup]);
    assert_eq!(broken(|plan| without(plan, |action| matches!(action, Action::ArchiveFiles { .. }))), [Law::Backup]);
}

#[test]
fn a_hop_over_two_minors_breaks_several() {
    let laws = broken(|plan| {
        plan.from = Version::new(1, 34, 0);
        plan.hops[0].from = Version::new(1, 34, 0);
    });
    assert_eq!(laws, [Law::Hops]);
}

#[test]
fn kubelets_before_the_control_plane_break_the_skew_policy() {
    let laws = broken(|plan| {
        let workers = plan.stages.remove(3);
        plan.stages.insert(1, workers);
        let steps = plan.stages.iter_mut().flat_map(|stage| &mut stage.lanes).flat_map(|lane| &mut lane.steps);
        for (step, number) in steps.zip(1..) {
            step.id = StepId(number);
        }
    });
    assert_eq!(laws, [Law::Skew]);
}

#[test]
fn a_version_out_of_support_must_be_spoken_of() {
    let inventory = healthy(&Version::new(1, 33, 13));
    let mut ended = sound(&inventory);
    for hop in &mut ended.hops {
        hop.notes.clear();
    }
    ended.findings.clear();
    let found = lint(&ended, &inventory, Facts::shared());
    assert!(!found.is_empty() && found.iter().all(|broken| broken.law == Law::Support), "{found:?}");
}
