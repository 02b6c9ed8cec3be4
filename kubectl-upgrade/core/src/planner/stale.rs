//! Whether a plan made earlier still fits the cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::basis;
use crate::gate::Difference;
use crate::ids::{NodeName, PoolName};
use crate::inventory::{CloudCluster, Inventory};
use crate::plan::{Basis, Plan, SetUp, Subject, set_up};
use crate::version::Version;

/// Every difference between the cluster as the plan was made for it and as it is; empty while the plan fits.
#[must_use]
pub fn stale(plan: &Plan, inventory: &Inventory) -> Vec<Difference> {
    let now = basis(inventory);
    let mut differences = nodes(&plan.basis, &now);
    if let Some(cloud) = &inventory.cloud {
        differences.extend(pools(plan, cloud, &now));
        differences.extend(settings(plan, cloud));
    }
    differences
}

/// Nodes that are in no pool.
fn nodes(expected: &[Basis], found: &[Basis]) -> Vec<Difference> {
    let index = |basis: &[Basis]| -> BTreeMap<NodeName, String> {
        let alone = basis.iter().filter(|node| node.pool.is_none());
        alone.map(|node| (node.node.clone(), describe(node))).collect()
    };
    let (expected, found) = (index(expected), index(found));
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

/// Pools that came, went, or have nodes at a version at which none was. How many nodes there are, and which, is for an
/// autoscaler to change at any time.
fn pools(plan: &Plan, cloud: &CloudCluster, now: &[Basis]) -> Vec<Difference> {
    let (expected, found) = (kubelets(&plan.basis), kubelets(now));
    let gone = expected.keys().filter(|pool| cloud.pool(pool).is_none());
    let mut differences: Vec<Difference> =
        gone.map(|pool| Difference { expected: format!("pool {pool}"), found: "no such pool".to_owned() }).collect();
    for (pool, now) in found {
        let difference = match expected.get(pool) {
            Some(was) => now.iter().find(|now| !was.iter().any(|was| cloud.precision.same(was, now))).map(|now| {
                let was = was.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Difference { expected: format!("nodes of pool {pool} at {was}"), found: now.to_string() }
            }),
            None => (!had_no_nodes(plan, pool)).then(|| Difference {
                expected: format!("no nodes of pool {pool}"),
                found: format!("{} there", now.len()),
            }),
        };
        differences.extend(difference);
    }
    differences
}

/// The versions of each pool's nodes.
fn kubelets(basis: &[Basis]) -> BTreeMap<&PoolName, BTreeSet<&Version>> {
    let mut pools: BTreeMap<&PoolName, BTreeSet<&Version>> = BTreeMap::new();
    for node in basis {
        if let Some(pool) = &node.pool {
            pools.entry(pool).or_default().insert(&node.kubelet);
        }
    }
    pools
}

/// Whether the plan moves the pool all the same, or is about others alone.
fn had_no_nodes(plan: &Plan, pool: &PoolName) -> bool {
    !plan.options.cloud.pools.is_empty()
        || plan.steps().any(|step| step.action.subject() == Subject::Pool(pool.clone()))
}

/// Pools that are set up neither as the plan found them nor as it sets them up: somebody chose something else since.
fn settings(plan: &Plan, cloud: &CloudCluster) -> Vec<Difference> {
    let told =
        set_up(plan.steps().map(|step| &step.action)).into_iter().filter_map(|(name, SetUp { surge, before })| {
            let now = &cloud.pool(name)?.surge;
            let known = surge.holds_in(now) || before.holds_in(now);
            let (expected, found) = (format!("pool {name} with {before}"), surge.replaced_in(now).to_string());
            (!known).then_some(Difference { expected, found })
        });
    told.collect()
}
