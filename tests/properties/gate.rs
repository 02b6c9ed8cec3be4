//! The gate lets a plan through step by step, on a world that does what the steps say.

use proptest::prelude::*;
use upgrade_core::facts::Facts;
use upgrade_core::fixtures::OBSERVED_AT;
use upgrade_core::gate::{self, Context, Decision, Rule};
use upgrade_core::ids::{NodeName, RunId};
use upgrade_core::inventory::{Budget, Inventory, OperationOutcome, Pod};
use upgrade_core::plan::{Action, Carrier, DrainPolicy, Plan, Step};

use crate::build::{Case, build};
use crate::cases;
use crate::oracle::{lacks_packages, order};
use crate::shape::{Shape, shapes};
use crate::world::{World, evicted, needs_consent};

/// A walk over the plan with the gate asked before and after each step.
struct Walk<'a> {
    plan: &'a Plan,
    case: &'a Case,
    world: World,
    facts: &'a Facts,
    run: RunId,
}

impl Walk<'_> {
    fn seen(&self, operation: Option<OperationOutcome>) -> Inventory {
        self.world.seen(&self.case.inventory, operation)
    }

    fn decide(&self, step: &Step) -> Decision {
        gate::decide(&Context {
            plan: self.plan,
            step,
            fresh: &self.seen(None),
            run: &self.run,
            accepted: &[],
            facts: self.facts,
            now: OBSERVED_AT,
        })
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        if let Some((node, policy)) = self.empties(step) {
            self.is_held(step, &node, &policy)?;
        }
        let decision = self.decide(step);
        let mut after = self.world.clone();
        let applied = after.apply(&step.action, &mut |_| ());
        match decision {
            Decision::AlreadyDone => {
                // The step on the last host brings the add-ons; the walk ends with a look at them.
                after.kube_proxy.clone_from(&self.world.kube_proxy);
                let changed = applied.is_ok() && after != self.world;
                prop_assert!(!changed, "step {} is taken for done: {:?}", step.id, step.action);
                return Ok(());
            }
            Decision::Ready => {}
            Decision::Wait { .. } | Decision::Blocked { .. } | Decision::Drifted { .. } => {
                prop_assert!(false, "step {} {:?}: {decision:?}", step.id, step.action);
            }
        }
        prop_assert!(applied.is_ok(), "step {} {:?}: {applied:?}", step.id, step.action);
        self.world = after;
        let operation = (step.action.carrier() == Carrier::Host).then_some(OperationOutcome::Ended { exit_status: 0 });
        let unmet = gate::unmet(step, &self.seen(operation), OBSERVED_AT);
        prop_assert!(unmet.is_empty(), "step {} {:?}: {unmet:?}", step.id, step.action);
        Ok(())
    }

    /// The node a step is to empty, itself or by what follows in its lane, and what that drain may do.
    fn empties(&self, step: &Step) -> Option<(NodeName, DrainPolicy)> {
        matches!(step.action, Action::Cordon { .. } | Action::Drain { .. })
            .then(|| (step.action.node().expect("a node").clone(), self.case.options.drain))
    }

    /// What must not be evicted holds the step, and nothing else does; then somebody takes it away.
    fn is_held(&mut self, step: &Step, node: &NodeName, policy: &DrainPolicy) -> Result<(), TestCaseError> {
        let budgets = &self.case.inventory.budgets;
        let holds = |pod: &Pod| evicted(pod) && (needs_consent(pod, policy) || is_stuck(pod, budgets));
        let held: Vec<&Pod> =
            self.world.pods.iter().filter(|pod| pod.node.as_ref() == Some(node) && holds(pod)).collect();
        let done = gate::unmet(step, &self.seen(None), OBSERVED_AT).is_empty();
        if held.is_empty() || done {
            return Ok(());
        }
        match self.decide(step) {
            Decision::Blocked { blocks } => {
                let of_pods = blocks.iter().all(|block| matches!(block.rule, Rule::Budget | Rule::DrainPolicy));
                prop_assert!(of_pods, "{blocks:?}");
                for pod in held.iter().filter(|pod| covering(pod, budgets).len() != 1 || needs_consent(pod, policy)) {
                    let named = blocks.iter().any(|block| block.found.contains(&pod.name.to_string()));
                    prop_assert!(named, "{} is not named: {blocks:?}", pod.name);
                }
            }
            Decision::Wait { reasons, .. } => {
                for pod in &held {
                    let named = |budget: &&Budget| reasons.iter().any(|why| why.contains(&budget.name.to_string()));
                    prop_assert!(
                        covering(pod, budgets).iter().any(named),
                        "{} waits for no budget: {reasons:?}",
                        pod.name
                    );
                }
            }
            other => prop_assert!(false, "step {} with {held:?}: {other:?}", step.id),
        }
        self.world.remove_pods(node, holds);
        Ok(())
    }
}

/// Whether the eviction API would never let the pod go.
fn is_stuck(pod: &Pod, budgets: &[Budget]) -> bool {
    let covering = covering(pod, budgets);
    let never = |budget: &&Budget| {
        budget.disruptions_allowed == 0 && budget.expected_pods > 0 && budget.desired_healthy == budget.expected_pods
    };
    covering.len() > 1 || covering.iter().any(never)
}

fn covering<'b>(pod: &Pod, budgets: &'b [Budget]) -> Vec<&'b Budget> {
    budgets.iter().filter(|budget| budget.pods.contains(&pod.name)).collect()
}

fn all_seen(mut shape: Shape) -> Shape {
    shape.nodes.iter_mut().for_each(|node| node.seen = true);
    shape
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn the_gate_lets_every_step_through_and_sees_it_done(shape in shapes().prop_map(all_seen)) {
        let case = build(&shape);
        let Ok(plan) = case.plan() else { return Ok(()) };
        if lacks_packages(&plan) {
            return Ok(());
        }
        let world = World::of(&case.inventory);
        let facts = Facts::embedded();
        let mut walk = Walk { plan: &plan, case: &case, world, facts: &facts, run: RunId::new("run-1") };
        for step in order(&plan, case.interleaving) {
            walk.take(step)?;
        }
        let proxy = walk.world.kube_proxy.as_ref().filter(|_| !plan.hops.is_empty());
        prop_assert!(proxy.is_none_or(|proxy| *proxy == plan.target), "kube-proxy ends at {proxy:?}");
    }
}
