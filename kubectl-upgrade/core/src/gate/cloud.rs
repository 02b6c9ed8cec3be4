//! Answers a condition about a cluster that a cloud runs.

use jiff::Timestamp;

use super::verdict::{holds_or, left_on, ready, shorten, unseen};
use crate::ids::{AddonName, PoolName};
use crate::inventory::{CloudCluster, CloudState, GapSubject, Inventory, Node, Pool};
use crate::plan::{CloudCondition, Surge, Verdict};
use crate::version::Version;

/// Whether `condition` holds in `seen`, which was observed at `now`.
pub(super) fn verdict(condition: &CloudCondition, seen: &Inventory, now: Timestamp) -> Verdict {
    let Some(cloud) = &seen.cloud else { return unseen(seen, &GapSubject::Cloud, "the cloud was not asked") };
    match condition {
        CloudCondition::ControlPlaneAt { version } => control_plane(cloud, version),
        CloudCondition::ControlPlaneSoaked => soaked(cloud, now),
        CloudCondition::ControlPlaneComplete => {
            holds_or(cloud.rollback.is_none(), || "it can still go back: its second step is left".to_owned())
        }
        CloudCondition::Ready => takes_changes(cloud),
        CloudCondition::OperationEnded { id } => {
            let running = cloud.operations.iter().find(|one| one.id == *id);
            holds_or(running.is_none(), || "it goes on".to_owned())
        }
        CloudCondition::InsightsFresh { within_s } => insights(cloud, *within_s, now),
        CloudCondition::AddonAt { addon, version } => addon_at(cloud, addon, version),
        CloudCondition::PoolExists { pool } => {
            holds_or(cloud.pool(pool).is_some(), || format!("there is no pool {pool}"))
        }
        CloudCondition::PoolGone { pool } => gone(seen, cloud, pool),
        CloudCondition::PoolAt { pool, version } => with_pool(cloud, pool, |found| at(seen, cloud, found, version)),
        CloudCondition::PoolReady { pool } => with_pool(cloud, pool, |found| {
            let unfit =
                unfit(&found.state).into_iter().chain(nodes(seen, pool, |node| unready(node, seen.observed_at)));
            none(unfit.collect())
        }),
        CloudCondition::PoolReadyFor { pool, seconds } => {
            with_pool(cloud, pool, |_| ready_for(seen, pool, *seconds, now))
        }
        CloudCondition::PoolConfigured { pool, surge } => with_pool(cloud, pool, |found| configured(found, surge)),
        CloudCondition::PoolImage { pool, image } => with_pool(cloud, pool, |found| {
            let has = found.image.as_deref().unwrap_or("none");
            holds_or(has == image, || format!("it has {has}"))
        }),
        CloudCondition::PoolUnschedulable { pool } => {
            none(nodes(seen, pool, |node| (!node.unschedulable).then(|| "is schedulable".to_owned())))
        }
        CloudCondition::PoolNotCordonedByUs { pool } => none(nodes(seen, pool, |node| {
            (node.unschedulable && node.cordoned_by.is_some()).then(|| "is still cordoned by this tool".to_owned())
        })),
        CloudCondition::PoolDrained { pool, policy } => {
            if let Some(gap) = seen.gaps.iter().find(|gap| gap.subject == GapSubject::Pods) {
                return Verdict::Unseen { why: gap.why.clone() };
            }
            let left: Vec<String> = seen.nodes_of(pool).flat_map(|node| left_on(seen, &node.name, policy)).collect();
            holds_or(left.is_empty(), || format!("{} pods are left: {}", left.len(), shorten(&left)))
        }
    }
}

fn control_plane(cloud: &CloudCluster, version: &Version) -> Verdict {
    holds_or(cloud.is_at(version), || format!("the cloud says {}", cloud.version))
}

/// A cloud that does not say until when leaves it to whoever asks.
fn soaked(cloud: &CloudCluster, now: Timestamp) -> Verdict {
    let open = cloud.rollback.as_ref().and_then(|way| Some((way, way.until?))).filter(|(_, until)| now < *until);
    match open {
        Some((way, until)) => Verdict::Fails { found: format!("it can go back to {} until {until}", way.to) },
        None => Verdict::Holds,
    }
}

/// Whether nothing is going on that would make the cloud refuse a change.
fn takes_changes(cloud: &CloudCluster) -> Verdict {
    let mut found: Vec<String> = unfit(&cloud.state).map(|state| format!("the cluster {state}")).into_iter().collect();
    found.extend(cloud.operations.iter().map(|operation| {
        let on = operation.on.as_ref().map_or_else(String::new, |on| format!(" on {on}"));
        format!("{} {}{on} is going on", operation.kind, operation.id)
    }));
    holds_or(found.is_empty(), || found.join(", "))
}

fn insights(cloud: &CloudCluster, within_s: u32, now: Timestamp) -> Verdict {
    match cloud.insights_at {
        None => Verdict::Fails { found: "none were gathered".to_owned() },
        Some(at) => {
            let age = now.as_second().saturating_sub(at.as_second());
            holds_or(age <= i64::from(within_s), || format!("gathered {} min ago", age / 60))
        }
    }
}

fn addon_at(cloud: &CloudCluster, name: &AddonName, version: &str) -> Verdict {
    match cloud.addon(name) {
        None => Verdict::Fails { found: format!("there is no add-on {name}") },
        Some(addon) if addon.version != version => Verdict::Fails { found: format!("it is at {}", addon.version) },
        Some(addon) => none(unfit(&addon.state).into_iter().collect()),
    }
}

fn gone(seen: &Inventory, cloud: &CloudCluster, pool: &PoolName) -> Verdict {
    let mut found: Vec<String> = cloud.pool(pool).map(|_| "the pool exists".to_owned()).into_iter().collect();
    found.extend(nodes(seen, pool, |_| Some("is still there".to_owned())));
    none(found)
}

fn at(seen: &Inventory, cloud: &CloudCluster, pool: &Pool, version: &Version) -> Verdict {
    let mut found = Vec::new();
    if let Some(said) = pool.version.as_ref().filter(|said| !cloud.precision.same(said, version)) {
        found.push(format!("the cloud says {said}"));
    }
    found.extend(unfit(&pool.state));
    found.extend(nodes(seen, &pool.name, |node| {
        let drift = drift(seen, node);
        (!cloud.precision.same(&node.kubelet, version)).then(|| format!("reports {}{drift}", node.kubelet))
    }));
    none(found)
}

/// How Karpenter sees its node.
fn drift(seen: &Inventory, node: &Node) -> &'static str {
    let mut claims = seen.node_pools.iter().flat_map(|pool| &pool.claims);
    match claims.find(|claim| claim.node.as_ref() == Some(&node.name)) {
        None => "",
        Some(claim) if claim.left_alone => " and may not be disrupted",
        Some(claim) if claim.drifted => " and has drifted",
        Some(_) => " and has not drifted yet",
    }
}

fn ready_for(seen: &Inventory, pool: &PoolName, seconds: u32, now: Timestamp) -> Verdict {
    if seen.nodes_of(pool).next().is_none() {
        return Verdict::Fails { found: "it has no node".to_owned() };
    }
    none(nodes(seen, pool, |node| {
        unready(node, seen.observed_at).or_else(|| {
            let for_s = node.ready_since.map_or(0, |since| now.as_second().saturating_sub(since.as_second()));
            (for_s < i64::from(seconds)).then(|| format!("has been Ready for {for_s} s"))
        })
    }))
}

fn configured(pool: &Pool, surge: &Surge) -> Verdict {
    holds_or(surge.holds_in(&pool.surge), || format!("it has {}", surge.replaced_in(&pool.surge)))
}

fn with_pool(cloud: &CloudCluster, name: &PoolName, ask: impl FnOnce(&Pool) -> Verdict) -> Verdict {
    cloud.pool(name).map_or_else(|| Verdict::Fails { found: format!("there is no pool {name}") }, ask)
}

/// What is wrong with the nodes of a pool, node by node.
fn nodes(seen: &Inventory, pool: &PoolName, wrong: impl Fn(&Node) -> Option<String>) -> Vec<String> {
    seen.nodes_of(pool).filter_map(|node| wrong(node).map(|what| format!("{} {what}", node.name))).collect()
}

fn unready(node: &Node, looked: Timestamp) -> Option<String> {
    match ready(node, looked) {
        Verdict::Holds => None,
        Verdict::Fails { found } | Verdict::Unseen { why: found } => Some(format!("is not well: {found}")),
    }
}

fn unfit(state: &CloudState) -> Option<String> {
    match state {
        CloudState::Ready => None,
        CloudState::Busy(word) | CloudState::Failed(word) => Some(format!("is {word}")),
    }
}

fn none(found: Vec<String>) -> Verdict {
    holds_or(found.is_empty(), || shorten(&found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{OBSERVED_AT, managed};
    use crate::inventory::Rollback;
    use crate::plan::ProviderKind;

    #[test]
    fn a_control_plane_soaks_until_its_time_is_over_and_is_complete_when_it_cannot_go_back() {
        let mut seen = managed(ProviderKind::Gke, &Version::new(1, 34, 7));
        let asked = |seen: &Inventory, minutes: i64| {
            let now = OBSERVED_AT + jiff::SignedDuration::from_mins(minutes);
            [CloudCondition::ControlPlaneSoaked, CloudCondition::ControlPlaneComplete]
                .map(|condition| verdict(&condition, seen, now) == Verdict::Holds)
        };
        assert_eq!(asked(&seen, 0), [true, true]);
        let until = OBSERVED_AT + jiff::SignedDuration::from_hours(1);
        let way = Rollback { to: Version::new(1, 33, 7), image: None, until: Some(until) };
        seen.cloud.as_mut().unwrap().rollback = Some(way);
        assert_eq!(asked(&seen, 59), [false, false]);
        assert_eq!(asked(&seen, 60), [true, false]);
    }
}
