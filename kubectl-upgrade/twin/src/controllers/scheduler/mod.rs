//! Finds nodes for pods, by the rules that make a drained pod stay pending: room, taints, labels, other pods, volumes.

mod domains;
mod reason;
mod view;
mod volumes;
mod wants;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde_json::Value;

pub(crate) use view::NodeView;
pub(crate) use volumes::bind as bind_claims;
pub(crate) use wants::{NodeChoice, Repulsion, Wants};

use super::conditions::{self, Condition};
use super::taints::{Effect, NOT_READY, Taint, UNSCHEDULABLE, borne};
use super::work::{self, Work};
use crate::json::{set, text};
use crate::store::{ObjectKey, Resource};
use crate::world::World;
use domains::Domains;
use reason::{Reason, Refusals};
use volumes::Volumes;

/// How many nodes that would do are compared before the best of them is taken.
const COMPARED: usize = 100;

/// What the scheduler remembers.
#[derive(Debug, Default)]
pub(crate) struct Scheduler {
    /// Pods that no node took; looked at again when something frees up.
    waiting: BTreeSet<ObjectKey>,
    /// The node looked at last: the next pod's search goes on behind it.
    last: String,
}

/// Finds a node for a pod that has none, or says on the pod why there is none.
pub(crate) fn schedule(world: &mut World, key: &ObjectKey) {
    let Some(pod) = world.store.get(key) else { return };
    if pod.summary.node.is_some() || pod.summary.deleting || pod.ended() {
        return;
    }
    let value = pod.value();
    // Others place their own.
    if !matches!(text(&value, "/spec/schedulerName"), "" | "default-scheduler") {
        return;
    }
    let wants = Wants::of(&value);
    let crowd = Crowd::of(&wants, world);
    match place(world, &wants, &crowd, COMPARED) {
        Ok(node) => {
            volumes::bind(world, &wants, &node);
            let now = world.now();
            world.store.modify(key, |pod| bind(pod, &node, now));
        }
        Err(message) => {
            let now = world.now();
            if let Some(mut pod) = world.store.value(key) {
                refuse(world, &mut pod, message, now);
                // It was there a moment ago.
                let _refused = world.store.replace(key, pod, None);
            }
        }
    }
}

/// Says on a pod why no node takes it, and remembers to look again.
pub(crate) fn refuse(world: &mut World, pod: &mut Value, message: String, now: jiff::Timestamp) {
    world.controllers.scheduler.waiting.insert(ObjectKey::of(Resource::PODS, pod));
    let refused = Condition::not("PodScheduled").because("Unschedulable").saying(message);
    conditions::set(pod, refused, now);
}

/// Binds a pod.
pub(crate) fn bind(pod: &mut Value, node: &str, now: jiff::Timestamp) {
    set(pod, &["spec", "nodeName"], node);
    conditions::set(pod, Condition::is("PodScheduled"), now);
}

/// Something was freed: pods that wait are looked at again.
pub(crate) fn retry(world: &mut World) {
    for key in std::mem::take(&mut world.controllers.scheduler.waiting) {
        work::enqueue(world, Work::Schedule(key));
    }
}

/// The node that takes the pod, out of the first `compared` that would do; else why there is none. The crowd is that of
/// its wants.
pub(crate) fn place(world: &mut World, wants: &Wants, crowd: &Crowd, compared: usize) -> Result<String, String> {
    let volumes = Volumes::of(wants, &world.store)?;
    let (index, store) = (&world.controllers.index, &world.store);
    let search = Search { wants, volumes, crowd, domains: Domains::of(wants, index, store), world };
    let found = match wants.nodes.only() {
        Some(only) => search.only(only),
        None => search.all(compared),
    };
    let chosen = found.map_err(|refusals| refusals.message())?;
    world.controllers.scheduler.last.clone_from(&chosen.last);
    Ok(chosen.node)
}

struct Chosen {
    node: String,
    last: String,
}

struct Search<'a> {
    wants: &'a Wants,
    volumes: Volumes,
    crowd: &'a Crowd,
    domains: Domains<'a>,
    world: &'a World,
}

/// What makes a node the better one: less of everything.
type Score = (bool, u32, u32, u64, u64);

impl Search<'_> {
    fn only(&self, name: &str) -> Result<Chosen, Refusals> {
        let nodes = &self.world.controllers.index.nodes;
        let mut refusals = Refusals::default();
        let reason = nodes.get(name).map(|node| self.refuse(name, node));
        if let Some(None) = reason {
            let last = self.world.controllers.scheduler.last.clone();
            return Ok(Chosen { node: name.to_owned(), last });
        }
        refusals.add_many(&Reason::Choice, nodes.len().saturating_sub(usize::from(reason.is_some())));
        if let Some(Some(reason)) = reason {
            refusals.add(&reason);
        }
        Err(refusals)
    }

    fn all(&self, compared: usize) -> Result<Chosen, Refusals> {
        let nodes = &self.world.controllers.index.nodes;
        let last = self.world.controllers.scheduler.last.as_str();
        let behind = nodes.range::<str, _>((Bound::Excluded(last), Bound::Unbounded));
        let from_start = nodes.range::<str, _>((Bound::Unbounded, Bound::Included(last)));
        let mut refusals = Refusals::default();
        let (mut best, mut found, mut seen): (Option<(Score, &str)>, usize, &str) = (None, 0, last);
        for (name, node) in behind.chain(from_start) {
            seen = name;
            match self.refuse(name, node) {
                Some(reason) => refusals.add(&reason),
                None => {
                    let score = self.score(name, node);
                    if best.as_ref().is_none_or(|(least, _)| score < *least) {
                        best = Some((score, name));
                    }
                    found += 1;
                    if found >= compared {
                        break;
                    }
                }
            }
        }
        match best {
            Some((_, name)) => Ok(Chosen { node: name.to_owned(), last: seen.to_owned() }),
            None => Err(refusals),
        }
    }

    fn refuse(&self, name: &str, node: &NodeView) -> Option<Reason> {
        let wants = self.wants;
        let of_state = |key: &str| Taint { key: key.to_owned(), value: String::new(), effect: Effect::NoSchedule };
        let borne = |taint: &Taint| borne(taint, &wants.tolerations);
        if node.unschedulable && !borne(&of_state(UNSCHEDULABLE)) {
            return Some(Reason::Cordoned);
        }
        let mut hard = node.taints.iter().filter(|taint| taint.effect != Effect::PreferNoSchedule);
        if let Some(taint) = hard.find(|taint| !borne(taint)) {
            return Some(Reason::Taint(taint.clone()));
        }
        // Before 1.12 the state of a node is no taint.
        if node.deleting || (!node.ready && !borne(&of_state(NOT_READY))) {
            return Some(Reason::NotReady);
        }
        if !wants.nodes.accepts(name, &node.labels) {
            return Some(Reason::Choice);
        }
        let used = self.world.controllers.index.used(name);
        if used.pods >= node.pods {
            return Some(Reason::Pods);
        }
        let over = |used: u64, asked: u64, all: u64| asked > 0 && used + asked > all;
        if over(used.requests.cpu_milli, wants.requests.cpu_milli, node.allocatable.cpu_milli) {
            return Some(Reason::Cpu);
        }
        if over(used.requests.memory, wants.requests.memory, node.allocatable.memory) {
            return Some(Reason::Memory);
        }
        self.volumes.refuse(name, node).or_else(|| self.domains.refuse(node))
    }

    fn score(&self, name: &str, node: &NodeView) -> Score {
        let mut soft = node.taints.iter().filter(|taint| taint.effect == Effect::PreferNoSchedule);
        let unwelcome = soft.any(|taint| !borne(taint, &self.wants.tolerations));
        let used = self.world.controllers.index.used(name);
        let share = (used.requests.cpu_milli * 100).checked_div(node.allocatable.cpu_milli).unwrap_or_default();
        (unwelcome, self.crowd.on(name), self.crowd.in_zone(node), share, used.pods)
    }
}

/// Where pods of the same owner are.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    by_node: BTreeMap<String, u32>,
    by_zone: BTreeMap<String, u32>,
}

impl Crowd {
    pub(crate) fn of(wants: &Wants, world: &World) -> Self {
        let mut crowd = Self::default();
        if wants.owner.is_empty() || wants.nodes.only().is_some() {
            return crowd;
        }
        for pod in world.store.owned_by(&wants.owner).filter(|pod| !pod.summary.deleting) {
            if let Some(node) = &pod.summary.node {
                crowd.add(node, &world.controllers.index.nodes);
            }
        }
        crowd
    }

    /// One more is on that node.
    pub(crate) fn add(&mut self, node: &str, nodes: &BTreeMap<String, NodeView>) {
        count_up(&mut self.by_node, node);
        if let Some(zone) = nodes.get(node).and_then(NodeView::zone) {
            count_up(&mut self.by_zone, zone);
        }
    }

    fn on(&self, node: &str) -> u32 {
        self.by_node.get(node).copied().unwrap_or_default()
    }

    fn in_zone(&self, node: &NodeView) -> u32 {
        node.zone().and_then(|zone| self.by_zone.get(zone)).copied().unwrap_or_default()
    }
}

fn count_up(counts: &mut BTreeMap<String, u32>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => drop(counts.insert(key.to_owned(), 1)),
    }
}
