//! What each drain would have to move, as seen now.

use std::collections::BTreeMap;

use crate::drain::{PodVerdict, verdict};
use crate::ids::{NodeName, ObjectName};
use crate::inventory::{Inventory, Pod};
use crate::plan::{DrainForecast, DrainPolicy};

/// The forecast of every node that has pods: each pod is looked at once, however many nodes there are.
pub(super) fn forecasts<'a>(inventory: &'a Inventory, policy: &DrainPolicy) -> BTreeMap<&'a NodeName, DrainForecast> {
    let mut covered = covered(inventory).into_iter().peekable();
    // As they are listed, pods are in this order already.
    let mut pods: Vec<&Pod> = inventory.pods.iter().collect();
    pods.sort_by(|a, b| a.name.cmp(&b.name));
    let mut forecasts: BTreeMap<&NodeName, DrainForecast> = BTreeMap::new();
    for pod in pods {
        while covered.next_if(|(name, _)| **name < pod.name).is_some() {}
        let budgets = std::iter::from_fn(|| covered.next_if(|(name, _)| **name == pod.name));
        let budgets: Vec<String> = budgets.map(|(_, budget)| budget.to_string()).collect();
        let Some(node) = &pod.node else { continue };
        let forecast = forecasts.entry(node).or_default();
        match verdict(pod, policy) {
            PodVerdict::Leave(_) => forecast.left += 1,
            PodVerdict::Evict | PodVerdict::Refuse(_) => {
                forecast.evicted += 1;
                for budget in budgets {
                    if let Err(place) = forecast.budgets.binary_search(&budget) {
                        forecast.budgets.insert(place, budget);
                    }
                }
            }
        }
    }
    forecasts
}

/// The pods under budgets, in order, each with the name of one budget over it.
fn covered(inventory: &Inventory) -> Vec<(&ObjectName, &ObjectName)> {
    let budgets = inventory.budgets.iter();
    let mut covered: Vec<_> = budgets.flat_map(|budget| budget.pods.iter().map(|pod| (pod, &budget.name))).collect();
    covered.sort();
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::healthy;
    use crate::inventory::Budget;
    use crate::version::Version;

    #[test]
    fn budgets_are_named_once_and_in_order() {
        let mut inventory = healthy(&Version::new(1, 35, 9));
        let node = NodeName::new("w-1");
        let here: Vec<_> = inventory.pods.iter().filter(|pod| pod.node.as_ref() == Some(&node)).cloned().collect();
        let moved: Vec<_> = here
            .iter()
            .filter(|pod| !matches!(verdict(pod, &DrainPolicy::default()), PodVerdict::Leave(_)))
            .map(|pod| pod.name.clone())
            .collect();
        assert!(!moved.is_empty() && here.len() > moved.len());
        let budget = |name: &str, pods: &[ObjectName]| Budget {
            name: ObjectName::new("shop", name),
            min_available: None,
            max_unavailable: None,
            disruptions_allowed: 1,
            current_healthy: 1,
            desired_healthy: 0,
            expected_pods: 1,
            pods: pods.to_vec(),
        };
        inventory.budgets = vec![budget("z", &moved), budget("none", &[]), budget("a", &moved)];
        let forecast = &forecasts(&inventory, &DrainPolicy::default())[&node];
        assert_eq!(forecast.budgets, ["shop/a", "shop/z"]);
        assert_eq!((forecast.evicted as usize, forecast.left as usize), (moved.len(), here.len() - moved.len()));
    }
}
