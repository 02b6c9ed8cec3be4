//! The way from the version that runs to the target: one control-plane minor per hop; more only in a first hop that the
//! provider itself offers, and that was asked for.
//!
//! Decides versions only. Which nodes move when is the planner's; the one rule it needs from here is
//! [`nodes_due_before`].

mod choose;
mod error;
mod etcd;
mod note;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use error::PathError;
pub use note::PathNote;

use crate::component::Component;
use crate::facts::Facts;
use crate::plan;
use crate::skew::{ApiServers, allowed, oldest_kubelet_for};
use crate::support;
use crate::target::Target;
use crate::version::{Minor, Version};

/// Who upgrades etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EtcdCare {
    /// It comes with Kubernetes, as kubeadm's stacked etcd does: each hop may move it. With the oldest version a member
    /// runs, if it was seen; else what kubeadm of the running version deploys is assumed.
    Stacked(Option<Version>),
    /// Somebody else, apart from Kubernetes.
    Separate,
}

/// What the path is decided from.
pub struct PathRequest<'a> {
    /// The oldest API server that runs.
    pub from: &'a Version,
    /// Where to.
    pub target: &'a Target,
    /// What the package repositories or the provider offer of a minor, in any order; empty when nothing.
    pub available: &'a dyn Fn(Minor) -> Vec<Version>,
    /// What the provider takes the control plane to in one hop although minors lie between, where that was asked for.
    pub leaps: &'a [Version],
    /// Who upgrades etcd.
    pub etcd: EtcdCare,
    /// The facts to decide by.
    pub facts: &'a Facts,
    /// Today.
    pub today: Date,
}

/// What a hop changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopKind {
    /// To another patch of the same minor.
    Patch,
    /// To the next minor, or to one that the provider leaps to.
    Minor,
}

/// One move of the whole control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// What it changes.
    pub kind: HopKind,
    /// The version left.
    pub from: Version,
    /// The version reached.
    pub to: Version,
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.from, self.to)
    }
}

/// At least one hop, and what is to be said about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// In order; each begins where the one before ended.
    pub hops: Vec<Hop>,
    /// The version reached at the end.
    pub to: Version,
    /// What the operator should know.
    pub notes: Vec<PathNote>,
}

impl Path {
    /// The hops as a plan holds them: each with the words on it, and the last with those on the target.
    #[must_use]
    pub fn for_plan(&self) -> Vec<plan::Hop> {
        let on = |hop: &Hop| {
            let notes = self.notes.iter().filter(|note| note.is_on(hop, &self.to));
            notes.map(ToString::to_string).collect()
        };
        self.hops.iter().map(|hop| plan::Hop { from: hop.from.clone(), to: hop.to.clone(), notes: on(hop) }).collect()
    }
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Nothing: the target runs already.
    UpToDate {
        /// What runs.
        at: Version,
        /// What the operator should know about staying.
        notes: Vec<PathNote>,
    },
    /// To go this way.
    Path(Path),
}

/// Decides the way.
///
/// # Errors
/// When the target is older than what runs, is not offered, or cannot be told; the error has a hint.
pub fn hops(request: &PathRequest<'_>) -> Result<Route, PathError> {
    let goal = choose::goal(request)?;
    let mut notes: Vec<PathNote> =
        request.facts.calendar().stale(request.today).map(PathNote::CalendarStale).into_iter().collect();
    note::about_goal(request, &goal, &mut notes);
    if order(&goal, request.from) == Ordering::Equal {
        return Ok(Route::UpToDate { at: request.from.clone(), notes });
    }
    let hops = if goal.minor() == request.from.minor() {
        vec![Hop { kind: HopKind::Patch, from: request.from.clone(), to: goal.clone() }]
    } else {
        climb(request, &goal, &mut notes)?
    };
    Ok(Route::Path(Path { hops, to: goal, notes }))
}

/// The hops to a goal of a newer minor.
fn climb(request: &PathRequest<'_>, goal: &Version, notes: &mut Vec<PathNote>) -> Result<Vec<Hop>, PathError> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut at = request.from.clone();
    let mut etcd = etcd::Walk::start(request);
    if let Some(to) = choose::leap(request, goal) {
        notes.push(PathNote::Leap { over: at.minor().next(), minor: to.minor() });
        hops.push(Hop { kind: HopKind::Minor, from: at, to: to.clone() });
        at = to;
    }
    while at.minor() < goal.minor() {
        let next = at.minor().next();
        let to = if next == goal.minor() {
            goal.clone()
        } else {
            let ended = support::status(next, request.today, request.facts);
            if ended.phase == support::Phase::Ended {
                notes.push(PathNote::ThroughEnded { minor: next, ended: ended.ends });
            }
            choose::newest_offered(request, next)?
        };
        // Every later minor is reached at its newest patch, so only the one that runs can be behind.
        if let Some(patch) = etcd.patch_first(request, &at, &to).filter(|_| hops.is_empty()) {
            notes.push(PathNote::PatchFirst { patch: patch.clone(), before: next });
            etcd.reach(request, &patch);
            hops.push(Hop { kind: HopKind::Patch, from: at, to: patch.clone() });
            at = patch;
        }
        notes.extend(etcd.notes_before(request, &to));
        etcd.reach(request, &to);
        hops.push(Hop { kind: HopKind::Minor, from: at, to: to.clone() });
        at = to;
    }
    Ok(hops)
}

/// Whether a node with this kubelet must move before API servers may go to `hop_to`: beside the first of them it would
/// be too old, or kubeadm of that minor would refuse to begin, which until 1.28 is stricter.
#[must_use]
pub fn nodes_due_before(hop_to: Minor, kubelet: Minor) -> bool {
    let too_old = allowed(Component::Kubelet, ApiServers::all(hop_to)).is_some_and(|range| kubelet < range.min);
    too_old || kubelet < oldest_kubelet_for(hop_to)
}

/// Orders versions by what they are upstream: a vendor's suffix neither ages nor renews, a pre-release comes before its
/// release.
fn order(left: &Version, right: &Version) -> Ordering {
    let plain = |version: &Version| if version.is_prerelease() { version.clone() } else { version.release() };
    plain(left).cmp(&plain(right))
}
