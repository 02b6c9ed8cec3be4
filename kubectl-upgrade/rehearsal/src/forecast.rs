//! What several rehearsals of one plan say together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use upgrade_core::ids::{NodeName, StepId};
use upgrade_core::journal::{Entry, HoldReason, Record};
use upgrade_core::plan::Plan;

use crate::spread::Spread;

/// One rehearsal, as it went.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// Where and why it held; none when it finished.
    pub held: Option<Hold>,
    /// How long it took, in the cluster's time.
    pub took: Duration,
    /// How long each hop took.
    pub hops: BTreeMap<usize, Duration>,
    /// How long each node was worked on, over all hops.
    pub nodes: BTreeMap<NodeName, Duration>,
    /// For how long which budget refused an eviction from which node.
    pub waits: BTreeMap<(NodeName, String), Duration>,
    /// How many pods of each workload were available at first and at the worst moment, and for how long fewer were.
    pub availability: BTreeMap<String, Seen>,
    /// Pods that found no node for longer than a moment, by what they belong to.
    pub nowhere: BTreeMap<String, Lost>,
    /// How many pods were moved.
    pub moved: u32,
}

/// Where and why a rehearsal held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// What kind of reason.
    pub reason: HoldReason,
    /// The step, where it is one step's.
    pub step: Option<StepId>,
    /// What was found, as a run's last words would say it.
    pub found: Vec<String>,
}

/// A hold, and how often it came to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// In how many rehearsals.
    pub times: usize,
    /// The hold, as it was in the first of them.
    #[serde(flatten)]
    pub hold: Hold,
}

/// What was seen of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Available at first.
    pub at_first: u64,
    /// Available at the worst moment.
    pub lowest: u64,
    /// For how long fewer than at first were.
    #[serde(rename = "below_s", serialize_with = "crate::spread::seconds")]
    pub below: Duration,
}

/// What several rehearsals say together.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// How many there were.
    pub rehearsals: usize,
    /// How many finished.
    pub finished: usize,
    /// Where and why the others held, most frequent first.
    pub held: Vec<Held>,
    /// How long those that finished took; none when none did.
    pub took: Option<Spread>,
    /// How long each hop takes.
    pub hops: Vec<Spread>,
    /// How long each node is worked on.
    pub nodes: BTreeMap<NodeName, Spread>,
    /// Budgets that let a drain wait, longest first.
    pub waits: Vec<Wait>,
    /// Each workload at its worst.
    pub availability: BTreeMap<String, Seen>,
    /// Pods that find no node.
    pub nowhere: Vec<Nowhere>,
    /// How many pods are moved, in the middle.
    pub moved: u32,
}

/// Pods that found no node in one rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// What the scheduler said.
    pub why: String,
    /// For how long one of them waited at most.
    pub longest: Duration,
}

/// Pods that find no node for longer than a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nowhere {
    /// What they belong to, by namespace and name; a pod of its own by its own name.
    pub of: String,
    /// What the scheduler says.
    pub why: String,
    /// In how many rehearsals.
    pub times: usize,
    /// For how long one of them waits at most.
    #[serde(rename = "longest_s", serialize_with = "crate::spread::seconds")]
    pub longest: Duration,
}

/// A budget that lets a drain wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// The node.
    pub node: NodeName,
    /// The budget, by namespace and name.
    pub budget: String,
    /// For how long.
    pub spread: Spread,
}

impl Rehearsal {
    /// Reads the durations off a journal.
    #[must_use]
    pub fn timed(mut self, plan: &Plan, records: &[Record]) -> Self {
        for stage in &plan.stages {
            for lane in &stage.lanes {
                let ids = || lane.steps.iter().map(|step| step.id);
                let Some((began, ended)) = span(records, |step| ids().any(|id| id == step)) else { continue };
                if let Some(node) = lane.subject.node() {
                    *self.nodes.entry(node.clone()).or_default() += ended.saturating_sub(began);
                }
            }
        }
        for hop in 0..plan.hops.len() {
            let of_hop = plan.stages.iter().filter(|stage| stage.hop == Some(hop));
            let ids: BTreeSet<_> =
                of_hop.flat_map(|stage| &stage.lanes).flat_map(|lane| &lane.steps).map(|step| step.id).collect();
            if let Some((began, ended)) = span(records, |step| ids.contains(&step)) {
                self.hops.insert(hop, ended.saturating_sub(began));
            }
        }
        self
    }
}

/// When the first of those steps began and the last ended, since the first record.
fn span(records: &[Record], is_of: impl Fn(StepId) -> bool) -> Option<(Duration, Duration)> {
    let zero = records.first()?.at;
    let since = |record: &Record| record.at.duration_since(zero).unsigned_abs();
    let mut began = None;
    let mut ended = None;
    for record in records {
        match &record.entry {
            Entry::StepStarted { step, .. } if is_of(*step) => began = began.or(Some(since(record))),
            Entry::StepFinished { step, .. } if is_of(*step) => ended = Some(since(record)),
            _ => {}
        }
    }
    Some((began?, ended?))
}

impl Forecast {
    /// Of those rehearsals of that plan.
    #[must_use]
    pub fn of(plan: &Plan, rehearsals: &[Rehearsal]) -> Self {
        let finished: Vec<&Rehearsal> = rehearsals.iter().filter(|rehearsal| rehearsal.held.is_none()).collect();
        let hop = |hop| Spread::of(finished.iter().filter_map(|rehearsal| rehearsal.hops.get(&hop).copied()));
        let mut moved: Vec<u32> = rehearsals.iter().map(|rehearsal| rehearsal.moved).collect();
        moved.sort_unstable();
        Self {
            rehearsals: rehearsals.len(),
            finished: finished.len(),
            held: holds(rehearsals),
            took: Spread::of(finished.iter().map(|rehearsal| rehearsal.took)),
            hops: (0..plan.hops.len()).filter_map(hop).collect(),
            nodes: by_name(&finished, |rehearsal| &rehearsal.nodes),
            waits: waits(rehearsals),
            availability: worst(rehearsals),
            nowhere: nowhere(rehearsals),
            moved: moved.get(moved.len() / 2).copied().unwrap_or_default(),
        }
    }
}

/// What was found differs from time to time: the step and the kind of reason tell holds apart.
fn holds(rehearsals: &[Rehearsal]) -> Vec<Held> {
    let mut all: Vec<Held> = Vec::new();
    for hold in rehearsals.iter().filter_map(|rehearsal| rehearsal.held.as_ref()) {
        match all.iter_mut().find(|held| (held.hold.reason, held.hold.step) == (hold.reason, hold.step)) {
            Some(held) => held.times += 1,
            None => all.push(Held { times: 1, hold: hold.clone() }),
        }
    }
    all.sort_by_key(|held| std::cmp::Reverse(held.times));
    all
}

fn by_name<K: Ord + Clone>(
    rehearsals: &[&Rehearsal],
    of: impl Fn(&Rehearsal) -> &BTreeMap<K, Duration>,
) -> BTreeMap<K, Spread> {
    let mut all: BTreeMap<K, Vec<Duration>> = BTreeMap::new();
    for (name, duration) in rehearsals.iter().flat_map(|rehearsal| of(rehearsal)) {
        all.entry(name.clone()).or_default().push(*duration);
    }
    all.into_iter().filter_map(|(name, durations)| Some((name, Spread::of(durations)?))).collect()
}

fn waits(rehearsals: &[Rehearsal]) -> Vec<Wait> {
    let all: Vec<&Rehearsal> = rehearsals.iter().collect();
    let by_name = by_name(&all, |rehearsal| &rehearsal.waits);
    let mut waits: Vec<Wait> =
        by_name.into_iter().map(|((node, budget), spread)| Wait { node, budget, spread }).collect();
    waits.sort_by_key(|wait| std::cmp::Reverse(wait.spread.middle));
    waits
}

fn worst(rehearsals: &[Rehearsal]) -> BTreeMap<String, Seen> {
    let mut worst: BTreeMap<String, Seen> = BTreeMap::new();
    for (name, seen) in rehearsals.iter().flat_map(|rehearsal| &rehearsal.availability) {
        let known = worst.entry(name.clone()).or_insert(*seen);
        known.lowest = known.lowest.min(seen.lowest);
        known.below = known.below.max(seen.below);
    }
    worst
}

fn nowhere(rehearsals: &[Rehearsal]) -> Vec<Nowhere> {
    let mut all: BTreeMap<&str, Nowhere> = BTreeMap::new();
    for (of, lost) in rehearsals.iter().flat_map(|rehearsal| &rehearsal.nowhere) {
        let Lost { why, longest } = lost.clone();
        let known = all.entry(of).or_insert_with(|| Nowhere { of: of.clone(), why, times: 0, longest });
        known.times += 1;
        known.longest = known.longest.max(lost.longest);
    }
    all.into_values().collect()
}
