//! Karpenter at work on the cluster: machines of its NodePools, which drift once it would make others, and are replaced one
//! by one under its disruption budgets. Source: karpenter.sh, "Disruption" and "Drift", of v1.
//!
//! Its objects are those of the story: NodePools and EC2NodeClasses as they are written, NodeClaims as this writes them. It
//! is there where there is a NodePool. Machines that are there from the beginning are counted in the cluster's `karpenter`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use upgrade_core::version::Minor;

use super::groupless::{self, Owner};
use crate::blueprint::Machine;
use crate::clouds::pools::{self, Undrainable};
use crate::clouds::{Managed, of};
use crate::controllers::nodes;
use crate::json::{at, items, set, text};
use crate::store::{Object, ObjectKey, Resource};
use crate::world::World;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10);

/// How long pods may take to leave a node: Karpenter sets them no limit of its own.
const FOR_EVER: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The label of its machines that names their NodePool.
pub(super) const POOL: &str = "karpenter.sh/nodepool";
const LEFT_ALONE: &str = "/metadata/annotations/karpenter.sh~1do-not-disrupt";

/// The machines that are there from the beginning, so many for each NodePool.
pub(super) fn there(world: &mut World, managed: &Managed) -> Vec<(Machine, Value)> {
    let counts = managed.extra.get("karpenter").and_then(Value::as_object).cloned().unwrap_or_default();
    if counts.is_empty() {
        return Vec::new();
    }
    world.after(EVERY, |world| look(world, BTreeSet::new()));
    let all =
        counts.iter().flat_map(|(pool, count)| (0..count.as_u64().unwrap_or_default()).map(move |_| pool.clone()));
    all.collect::<Vec<_>>()
        .into_iter()
        .filter_map(|pool| groupless::made(world, Owner::Karpenter, Some(&pool)))
        .collect()
}

/// One look; `going` are the nodes that are being replaced.
fn look(world: &mut World, going: BTreeSet<String>) {
    let members = members(world);
    claim(world, &members);
    let mut going: BTreeSet<String> = going.into_iter().filter(|name| members.contains_key(name)).collect();
    for pool in pools(world) {
        replace(world, &pool, &members, &mut going);
    }
    world.after(EVERY, move |world| look(world, going));
}

/// Its nodes, each with its NodePool.
fn members(world: &World) -> BTreeMap<String, String> {
    let nodes = world.store.list(Resource::NODES, None, None);
    nodes.filter_map(|node| Some((node.key.name.clone(), node.summary.labels.get(POOL)?.to_string()))).collect()
}

fn pools(world: &World) -> Vec<Value> {
    world.store.list(Resource::NODE_POOLS, None, None).map(|pool| pool.value()).collect()
}

/// A NodeClaim for each node, and none without.
fn claim(world: &mut World, members: &BTreeMap<String, String>) {
    let claims = world.store.list(Resource::NODE_CLAIMS, None, None);
    let known: BTreeMap<String, String> =
        claims.map(|claim| (text(&claim.value(), "/status/nodeName").to_owned(), claim.key.name.clone())).collect();
    for name in known.iter().filter(|(node, _)| !members.contains_key(*node)).map(|(_, name)| name.clone()) {
        world.store.remove(&ObjectKey::new(Resource::NODE_CLAIMS, "", &name));
    }
    let now = world.now();
    for (node, pool) in members.iter().filter(|(node, _)| !known.contains_key(*node)) {
        let suffix = crate::digest::template(node);
        let ready = json!({ "type": "Ready", "status": "True", "reason": "Ready", "message": "" });
        let claim = json!({
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodeClaim",
            "metadata": { "name": format!("{pool}-{suffix}"), "labels": { POOL: pool } },
            "spec": {},
            "status": { "nodeName": node, "conditions": [ready] },
        });
        let _ = world.store.create(Resource::NODE_CLAIMS, claim, now);
    }
}

/// Marks what has drifted, and replaces as many as the budgets let go.
fn replace(world: &mut World, pool: &Value, members: &BTreeMap<String, String>, going: &mut BTreeSet<String>) {
    let name = text(pool, "/metadata/name");
    let Some(wanted) = wanted(world, pool) else { return };
    let own: Vec<&String> = members.iter().filter(|(_, of)| of.as_str() == name).map(|(node, _)| node).collect();
    let drifted: Vec<String> =
        own.iter().filter(|node| minor(world, node) != Some(wanted)).map(|node| (*node).clone()).collect();
    let claims: Vec<Arc<Object>> = world.store.list(Resource::NODE_CLAIMS, None, None).cloned().collect();
    let mut left_alone = BTreeSet::new();
    for claim in &claims {
        let node = text(&claim.value(), "/status/nodeName").to_owned();
        if at(&claim.value(), LEFT_ALONE) == "true" {
            left_alone.insert(node.clone());
        }
        if drifted.contains(&node) {
            mark(world, claim);
        }
    }
    let busy = own.iter().filter(|node| going.contains(**node)).count();
    let free = allowed(pool, own.len()).saturating_sub(busy);
    let next = drifted.into_iter().filter(|node| !going.contains(node) && !left_alone.contains(node)).take(free);
    for node in next.collect::<Vec<_>>() {
        going.insert(node.clone());
        begin(world, name, node);
    }
}

/// The minor of what it would make now; none where its images are named one by one, so that nothing ever differs.
fn wanted(world: &World, pool: &Value) -> Option<Minor> {
    let class = ObjectKey::new(Resource::EC2_NODE_CLASSES, "", text(pool, "/spec/template/spec/nodeClassRef/name"));
    let class = world.store.get(&class)?.value();
    let pinned = items(&class, "/spec/amiSelectorTerms").all(|term| term.get("id").is_some());
    (!pinned).then(|| of(world).ok().map(|cloud| cloud.now().control_plane.version.minor())).flatten()
}

fn minor(world: &World, node: &str) -> Option<Minor> {
    let node = world.store.get(&ObjectKey::new(Resource::NODES, "", node))?.value();
    let version: upgrade_core::version::Version = text(&node, "/status/nodeInfo/kubeletVersion").parse().ok()?;
    Some(version.minor())
}

fn mark(world: &mut World, claim: &Object) {
    let known = claim.value();
    if items(&known, "/status/conditions").any(|one| text(one, "/type") == "Drifted") {
        return;
    }
    let drifted = json!({ "type": "Drifted", "status": "True", "reason": "AMIDrift", "message": "AMIDrift" });
    world.store.modify(&claim.key, |claim| {
        let mut conditions: Vec<Value> = items(claim, "/status/conditions").cloned().collect();
        conditions.push(drifted);
        set(claim, &["status", "conditions"], conditions);
    });
}

/// How many may be replaced at a time: the strictest budget that is about drift; those of a schedule do not hold here.
fn allowed(pool: &Value, nodes: usize) -> usize {
    let about = |budget: &&Value| {
        let mut reasons = items(budget, "/reasons").peekable();
        reasons.peek().is_none() || reasons.any(|reason| reason == "Drifted")
    };
    let count = |budget: &Value| {
        let text = text(budget, "/nodes");
        match text.strip_suffix('%').map(str::parse::<usize>) {
            Some(percent) => percent.map_or(0, |percent| (nodes * percent).div_ceil(100)),
            None => text.parse().unwrap_or_default(),
        }
    };
    let always = items(pool, "/spec/disruption/budgets").filter(|budget| budget.get("schedule").is_none());
    always.filter(about).map(count).min().unwrap_or_else(|| nodes.div_ceil(10))
}

/// A new machine first; the old one goes once its pods have left.
fn begin(world: &mut World, pool: &str, old: String) {
    let (pool, span) = (pool.to_owned(), world.tempo.machine_start);
    world.within(span, move |world| {
        let Some((machine, node)) = groupless::made(world, Owner::Karpenter, Some(&pool)) else { return };
        nodes::join_as(world, &machine, node);
        pools::empty(world, &pool, &old.clone(), FOR_EVER, Undrainable::Fail, move |world, left| {
            if left.is_ok() {
                nodes::leave(world, &old);
            }
        });
    });
}
