//! Whether a plan made earlier still fits the cluster.

use std::collections::BTreeMap;

use super::basis;
use crate::gate::Difference;
use crate::ids::NodeName;
use crate::inventory::Inventory;
use crate::plan::{Basis, Plan};

/// Every difference between the nodes as the plan was made for them and as they are; empty while the plan fits.
#[must_use]
pub fn stale(plan: &Plan, inventory: &Inventory) -> Vec<Difference> {
    let index = |basis: &[Basis]| -> BTreeMap<NodeName, String> {
        basis.iter().map(|node| (node.node.clone(), describe(node))).collect()
    };
    let (expected, found) = (index(&plan.basis), index(&basis(inventory)));
    let mut differences: Vec<Difference> = expected
        .iter()
        .filter(|(node, was)| found.get(*node) != Some(was))
        .map(|(node, was)| Difference {
            expected: format!("node {node} with {was}"),
            found: found.get(node).cloned().unwrap_or_else(|| "no such node".to_owned()),
        })
        .collect();
    let added = found.iter().filter(|(node, _)| !expected.contains_key(*node));
    differences.extend(
        added.map(|(node, is)| Difference {
            expected: format!("no node {node}"),
            found: format!("node {node} with {is}"),
        }),
    );
    differences
}

fn describe(node: &Basis) -> String {
    match &node.api_server {
        Some(version) => format!("kube-apiserver {version}, kubelet {}", node.kubelet),
        None => format!("kubelet {}", node.kubelet),
    }
}
