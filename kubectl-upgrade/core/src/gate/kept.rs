//! Which pods budgets keep where they are: what a cloud that could not empty a node does not tell.

use super::verdict::shorten;
use crate::inventory::{Budget, BudgetAllowance, Inventory, Node};
use crate::plan::{Action, CloudAction, Step};

/// The pods on the nodes that the step still has to replace whose budgets allow no eviction as things are, each with its node
/// and its budget; none when there are none, or the step replaces no nodes of a pool.
#[must_use]
pub fn kept(step: &Step, seen: &Inventory) -> Option<String> {
    let Action::Cloud(CloudAction::UpgradePool { pool, to, .. } | CloudAction::RollbackPool { pool, to, .. }) =
        &step.action
    else {
        return None;
    };
    let left: Vec<&Node> = seen.nodes_of(pool).filter(|node| node.kubelet.minor() != to.minor()).collect();
    let pods = seen.pods.iter().filter_map(|pod| {
        let node = left.iter().find(|node| pod.node.as_ref() == Some(&node.name))?;
        let keeps = |budget: &&Budget| budget.pods.contains(&pod.name) && budget.allowance() != BudgetAllowance::Now;
        let budget = seen.budgets.iter().find(keeps)?;
        let Budget { name, desired_healthy, expected_pods, .. } = budget;
        Some(format!(
            "{} on {}, by budget {name} ({desired_healthy} of {expected_pods} must stay)",
            pod.name, node.name
        ))
    });
    let pods: Vec<String> = pods.collect();
    (!pods.is_empty()).then(|| format!("pods that budgets keep there now: {}", shorten(&pods)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{managed, request};
    use crate::plan::{Options, ProviderKind};
    use crate::planner::{self, Request};
    use crate::version::Version;

    #[test]
    fn a_pod_on_a_node_still_to_be_replaced_is_named_with_its_budget() {
        let mut seen = managed(ProviderKind::Eks, &Version::new(1, 33, 7));
        let asked = Request { provider: ProviderKind::Eks, options: Options::default(), ..request("1.34") };
        let plan = planner::plan(&seen, &asked).unwrap();
        let mut pod = seen.pods[0].clone();
        let step = plan.steps().find(|step| step.action.subject().pool().is_some()).unwrap();
        let pool = step.action.subject().pool().unwrap().clone();
        pod.node = seen.nodes_of(&pool).map(|node| node.name.clone()).next();
        let (name, node) = (pod.name.clone(), pod.node.clone().unwrap());
        let budget = Budget {
            name: name.clone(),
            min_available: Some("1".to_owned()),
            max_unavailable: None,
            disruptions_allowed: 0,
            current_healthy: 1,
            desired_healthy: 1,
            expected_pods: 1,
            pods: vec![name.clone()],
        };
        seen.pods = vec![pod];
        seen.budgets = vec![budget];
        let found = kept(step, &seen).unwrap();
        assert_eq!(
            found,
            format!("pods that budgets keep there now: {name} on {node}, by budget {name} (1 of 1 must stay)")
        );
        seen.budgets[0].disruptions_allowed = 1;
        assert_eq!(kept(step, &seen), None);
        let other = plan.steps().find(|step| step.action.subject().pool().is_none()).unwrap();
        assert_eq!(kept(other, &seen), None);
    }
}
