//! Every plan reaches its target over states that break no rule, and depends on its input alone.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use upgrade_core::component::Component;
use upgrade_core::facts::Facts;
use upgrade_core::inventory::Place;
use upgrade_core::plan::{Plan, digest};
use upgrade_core::planner::{PlanError, stale};
use upgrade_core::version::Version;
use upgrade_core::{lint, path::PathError};

use crate::build::{Case, build};
use crate::cases;
use crate::oracle::{faults, lacks_packages};
use crate::shape::{Shape, Wanted, shapes};

/// Why it is right that there is no plan; the error back when it is not.
fn excusable(error: PlanError, case: &Case, shape: &Shape) -> Result<(), PlanError> {
    let excused = match &error {
        PlanError::NothingToDo { at } => case.inventory.nodes.iter().all(|node| {
            let left_alone = case.options.excluded.contains(&node.name);
            left_alone || (node.kubelet >= *at && node.cordoned_by.is_none())
        }),
        PlanError::KubeletTooNew { found, target, .. } => found.minor() > target.minor(),
        PlanError::ExcludedTooOld { node, found, hop } => {
            let skew = |older| found.minor().minor + older < hop.minor().minor;
            case.options.excluded.contains(node) && skew(if hop.minor().minor < 29 { 1 } else { 3 })
        }
        PlanError::KubeProxyTooOld { found, hop, .. } => {
            found.minor().minor + if found.minor().minor < 25 { 2 } else { 3 } < hop.minor().minor
        }
        PlanError::HalfDone { found, to } => shape.half_done.is_some() && found > to,
        PlanError::Path(PathError::Downgrade { .. } | PathError::NotOffered { .. }) => {
            matches!(shape.target, Wanted::Exact { .. }) || shape.half_done.is_some()
        }
        PlanError::Path(PathError::CalendarBehind { from, .. }) => from.minor > 37,
        PlanError::Path(PathError::NoneReachable { .. } | PathError::NothingOffered { .. }) => {
            case.inventory.hosts.is_empty() || shape.minor < 31
        }
        _ => false,
    };
    if excused { Ok(()) } else { Err(error) }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_plan_reaches_its_target_and_breaks_nothing(shape in shapes()) {
        let case = build(&shape);
        match case.plan() {
            Err(error) => {
                let unexcused = excusable(error, &case, &shape).err();
                prop_assert!(unexcused.is_none(), "{}", unexcused.map(|error| format!("{error}: {error:?}")).unwrap_or_default());
            }
            Ok(plan) => {
                let broken = lint::lint(&plan, &case.inventory, &Facts::embedded());
                prop_assert!(broken.is_empty(), "{broken:?}");
                if !lacks_packages(&plan) {
                    let faults = faults(&plan, &case);
                    prop_assert!(faults.is_empty(), "{faults:#?}\n{}", told(&plan));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_same_input_gives_the_same_plan(shape in shapes()) {
        let (case, again) = (build(&shape), build(&shape));
        let (one, other) = (case.plan(), again.plan());
        prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
        if let (Ok(one), Ok(other)) = (one, other) {
            let text = |plan: &Plan| serde_json::to_string(plan).unwrap();
            prop_assert_eq!(text(&one), text(&other));
            prop_assert_eq!(digest(&one), digest(&other));
        }
    }

    /// What an API lists first is not for a plan to depend on.
    #[test]
    fn the_order_of_an_inventory_does_not_matter_to_the_steps(shape in shapes()) {
        let case = build(&shape);
        let mut turned = case.inventory.clone();
        turned.nodes.reverse();
        turned.components.reverse();
        turned.pods.reverse();
        turned.budgets.reverse();
        match (case.plan(), case.plan_of(&turned)) {
            (Ok(one), Ok(other)) => prop_assert_eq!(one.stages, other.stages),
            (one, other) => prop_assert!(one.is_err() && other.is_err(), "{one:?} but {other:?}"),
        }
    }

    #[test]
    fn a_plan_is_stale_exactly_when_a_node_changed(shape in shapes(), node in 0usize..14, server in prop::bool::ANY, up in prop::bool::ANY) {
        let case = build(&shape);
        let Ok(plan) = case.plan() else { return Ok(()) };
        prop_assert_eq!(stale(&plan, &case.inventory), []);
        let moved = |from: &Version| {
            let (major, minor, patch) = (from.minor().major, from.minor().minor, from.patch());
            if up { Version::new(major, minor + 1, patch) } else { Version::new(major, minor, patch + 1) }
        };
        let mut changed = case.inventory.clone();
        let node = node % changed.nodes.len();
        let name = changed.nodes[node].name.clone();
        if server && changed.nodes[node].control_plane {
            let of = |instance: &&mut upgrade_core::inventory::Instance| {
                instance.component == Component::ApiServer && instance.place == Place::Node(name.clone())
            };
            changed.components.iter_mut().filter(of).for_each(|instance| instance.version = moved(&instance.version));
        } else {
            changed.nodes[node].kubelet = moved(&changed.nodes[node].kubelet);
        }
        prop_assert_eq!(stale(&plan, &changed).len(), 1);
        changed.nodes.remove(node);
        prop_assert_eq!(stale(&plan, &changed).len(), 1);
    }
}

/// The generator must make clusters that lead to plans, of every kind; else the properties say nothing.
#[test]
fn most_shapes_lead_to_plans_that_can_be_walked() {
    let mut runner = TestRunner::deterministic();
    let (mut walked, mut hops, mut lagging, mut side_by_side) = (0, 0, 0, 0);
    for _ in 0..200 {
        let case = build(&shapes().new_tree(&mut runner).unwrap().current());
        let Ok(plan) = case.plan() else { continue };
        if lacks_packages(&plan) {
            continue;
        }
        walked += 1;
        hops += usize::from(plan.hops.len() > 1);
        lagging +=
            usize::from(plan.stages.iter().any(|stage| stage.kind == upgrade_core::plan::StageKind::LaggingNodes));
        side_by_side += usize::from(plan.stages.iter().any(|stage| stage.at_once > 1 && stage.lanes.len() > 1));
    }
    assert!(
        walked >= 100 && hops >= 50 && lagging >= 20 && side_by_side >= 50,
        "{walked} {hops} {lagging} {side_by_side}"
    );
}

fn told(plan: &Plan) -> String {
    let hops = plan.hops.iter().map(|hop| format!("{} → {}", hop.from, hop.to)).collect::<Vec<_>>().join(", ");
    let steps = plan.steps().map(|step| format!("\n{} {:?}", step.id, step.action)).collect::<String>();
    format!("hops: {hops}{}", steps.chars().take(3000).collect::<String>())
}
