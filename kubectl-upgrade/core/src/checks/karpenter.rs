//! KU0711: NodePools whose nodes Karpenter will not replace.

use super::CheckContext;
use super::words::{count, finding};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{DisruptionBudget, GapSubject, ImageChoice, Inventory, NodePool, PoolKind};

/// What keeps drifted nodes where they are, or nodes from drifting at all.
pub(super) fn drift(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut findings = unseen(inventory);
    let Some(target) = context.target(inventory) else { return findings };
    let chosen = &context.options.cloud.pools;
    let behind = |pool: &&NodePool| {
        let moved = chosen.is_empty() || chosen.contains(&pool.name);
        moved && inventory.nodes_of(&pool.name).any(|node| node.kubelet.minor() < target)
    };
    for pool in inventory.node_pools.iter().filter(behind) {
        findings.extend(pinned(pool));
        findings.extend(budgets(pool));
        findings.extend(left_alone(pool));
    }
    findings
}

fn unseen(inventory: &Inventory) -> Vec<Finding> {
    let by_karpenter =
        |cloud: &crate::inventory::CloudCluster| cloud.pools.iter().any(|pool| pool.kind == PoolKind::Karpenter);
    if !inventory.cloud.as_ref().is_some_and(by_karpenter) {
        return Vec::new();
    }
    let gaps = inventory.gaps.iter().filter(|gap| gap.subject == GapSubject::NodePools);
    gaps.map(|gap| super::words::unseen(FindingCode::NoDrift, Severity::Warning, "NodePools of Karpenter", gap))
        .collect()
}

fn subject(pool: &NodePool) -> String {
    format!("NodePool {}", pool.name)
}

fn pinned(pool: &NodePool) -> Option<Finding> {
    let ImageChoice::Pinned(ids) = &pool.image else { return None };
    let found = format!(
        "its NodeClass {} names its images by id ({}): its nodes never drift to another",
        pool.class,
        ids.join(", ")
    );
    let remedy = format!(
        "choose images by alias, name or tags, or name one of the new minor once the control plane is there: \
         kubectl edit ec2nodeclass {}",
        pool.class
    );
    Some(finding(FindingCode::NoDrift, Severity::Blocker, subject(pool), found, remedy))
}

fn budgets(pool: &NodePool) -> Option<Finding> {
    let none: Vec<&DisruptionBudget> = pool.budgets.iter().filter(|budget| budget.allows_no_drift()).collect();
    let always = none.iter().any(|budget| budget.schedule.is_none());
    let said: Vec<String> = none.iter().map(ToString::to_string).collect();
    let code = FindingCode::NoDrift;
    let found = format!("its disruption budget lets no drifted node be replaced: {}", said.join(", "));
    let remedy = format!("let at least one go at a time: kubectl edit nodepool {}", pool.name);
    match (none.is_empty(), always) {
        (true, _) => None,
        (false, true) => Some(finding(code, Severity::Blocker, subject(pool), found, remedy)),
        (false, false) => {
            let remedy = "nothing; while it holds, the run waits";
            Some(finding(code, Severity::Warning, subject(pool), found, remedy))
        }
    }
}

fn left_alone(pool: &NodePool) -> Option<Finding> {
    let kept = pool.claims.iter().filter(|claim| claim.left_alone).count();
    let found = format!("{} of it may not be disrupted (karpenter.sh/do-not-disrupt)", count(kept, "node"));
    let remedy = "take the annotation away when they may; the run waits for them";
    (kept > 0).then(|| finding(FindingCode::NoDrift, Severity::Warning, subject(pool), found, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::fixtures;
    use crate::ids::PoolName;
    use crate::inventory::NodeClaim;
    use crate::plan::{Options, ProviderKind};
    use crate::version::Version;

    fn found(change: impl FnOnce(&mut NodePool)) -> Vec<Severity> {
        let version = Version::new(1, 33, 7);
        let mut inventory = fixtures::managed(ProviderKind::Eks, &version);
        let mut pool = NodePool {
            name: PoolName::new("web"),
            class: "default".to_owned(),
            image: ImageChoice::By("alias al2023@latest".to_owned()),
            budgets: vec![DisruptionBudget { nodes: "10%".to_owned(), reasons: Vec::new(), schedule: None }],
            expire_after: None,
            claims: vec![NodeClaim { name: "web-1".to_owned(), node: None, drifted: false, left_alone: false }],
        };
        change(&mut pool);
        inventory.node_pools = vec![pool];
        let options = Options::default();
        let context = CheckContext {
            hops: vec![(version, Version::new(1, 34, 3))],
            today: jiff::civil::date(2026, 11, 22),
            options: &options,
            kubectl: None,
            facts: Facts::shared(),
        };
        drift(&inventory, &context).into_iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn what_keeps_nodes_where_they_are_is_told() {
        assert_eq!(found(|_| {}), []);
        assert_eq!(found(|pool| pool.image = ImageChoice::Pinned(vec!["ami-1".to_owned()])), [Severity::Blocker]);
        let none = |schedule: Option<&str>| DisruptionBudget {
            nodes: "0".to_owned(),
            reasons: Vec::new(),
            schedule: schedule.map(str::to_owned),
        };
        assert_eq!(found(|pool| pool.budgets.push(none(None))), [Severity::Blocker]);
        assert_eq!(found(|pool| pool.budgets.push(none(Some("@daily")))), [Severity::Warning]);
        assert_eq!(found(|pool| pool.claims[0].left_alone = true), [Severity::Warning]);
        assert_eq!(found(|pool| pool.name = PoolName::new("gone")), [], "no node of it is behind");
    }
}
