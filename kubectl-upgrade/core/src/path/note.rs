//! What is to be said about a path that is no error.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Hop, HopKind, PathRequest, choose, order};
use crate::facts::Stale;
use crate::support::{self, Phase, SupportStatus};
use crate::version::{Minor, Version};

/// Something the operator should know about a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "note")]
pub enum PathNote {
    /// The calendar may not know the newest releases.
    CalendarStale(Stale),
    /// A minor on the way is out of support.
    ThroughEnded {
        /// The minor.
        minor: Minor,
        /// Its last day of support.
        ended: Option<Date>,
    },
    /// The target is out of support.
    TargetEnded {
        /// The minor.
        minor: Minor,
        /// Its last day of support.
        ended: Option<Date>,
    },
    /// The calendar does not know the target.
    TargetUnknown {
        /// The minor.
        minor: Minor,
    },
    /// Support of the target ends soon.
    TargetEndsSoon(SupportStatus),
    /// The target is a pre-release.
    TargetPreRelease {
        /// The target.
        version: Version,
    },
    /// A newer patch than the named one is offered.
    NewerPatchOffered {
        /// The target.
        version: Version,
        /// The newest offered.
        newest: Version,
    },
    /// One hop goes over several minors.
    Leap {
        /// The first minor left out.
        over: Minor,
        /// Where it ends.
        minor: Minor,
    },
    /// The newest patch of the running minor comes first, for etcd's sake.
    PatchFirst {
        /// The patch.
        patch: Version,
        /// The minor that needs it.
        before: Minor,
    },
    /// As far as is known etcd will be too old for the hop.
    EtcdTooOld {
        /// The minor hopped to.
        before: Minor,
        /// The etcd expected to run by then, or newer.
        expected: Version,
        /// The etcd it must be.
        required: Version,
    },
    /// As far as is known etcd will be older than it had better be.
    EtcdOlderThanAdvised {
        /// The minor hopped to.
        before: Minor,
        /// The etcd expected to run by then, or newer.
        expected: Version,
        /// The etcd it had better be.
        advised: Version,
    },
    /// The hop would take etcd over a minor of its own.
    EtcdSkipsMinor {
        /// The minor hopped to.
        before: Minor,
        /// The etcd expected to run by then, or newer.
        expected: Version,
        /// The etcd that the hop brings.
        wanted: Version,
    },
}

impl PathNote {
    /// Whether it is about this hop of a path to `goal`; what is about the target belongs to the last.
    pub(super) fn is_on(&self, hop: &Hop, goal: &Version) -> bool {
        match self {
            Self::PatchFirst { patch, .. } => hop.to == *patch,
            Self::ThroughEnded { minor: to, .. }
            | Self::Leap { minor: to, .. }
            | Self::EtcdTooOld { before: to, .. }
            | Self::EtcdOlderThanAdvised { before: to, .. }
            | Self::EtcdSkipsMinor { before: to, .. } => hop.kind == HopKind::Minor && hop.to.minor() == *to,
            Self::CalendarStale(_)
            | Self::TargetEnded { .. }
            | Self::TargetUnknown { .. }
            | Self::TargetEndsSoon(_)
            | Self::TargetPreRelease { .. }
            | Self::NewerPatchOffered { .. } => hop.to == *goal,
        }
    }
}

/// Notes on where the path ends.
pub(super) fn about_goal(request: &PathRequest<'_>, goal: &Version, notes: &mut Vec<PathNote>) {
    let minor = goal.minor();
    let status = support::status(minor, request.today, request.facts);
    match status.phase {
        Phase::Ended => notes.push(PathNote::TargetEnded { minor, ended: status.ends }),
        Phase::Unknown => notes.push(PathNote::TargetUnknown { minor }),
        Phase::NotReleased | Phase::Supported | Phase::Maintenance => {}
    }
    if status.is_due() {
        notes.push(PathNote::TargetEndsSoon(status));
    }
    if goal.is_prerelease() {
        notes.push(PathNote::TargetPreRelease { version: goal.clone() });
    }
    if let Some(newest) = choose::newest_offered(request, minor).ok().filter(|newest| order(newest, goal).is_gt()) {
        notes.push(PathNote::NewerPatchOffered { version: goal.clone(), newest });
    }
}

impl fmt::Display for PathNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = |ended: &Option<Date>| ended.map(|day| format!(" since {day}")).unwrap_or_default();
        match self {
            Self::CalendarStale(stale) => stale.fmt(f),
            Self::ThroughEnded { minor, ended } => {
                write!(f, "the path goes through {minor}, out of support{}: do not stop there", since(ended))
            }
            Self::TargetEnded { minor, ended } => write!(f, "{minor} is out of support{}", since(ended)),
            Self::TargetUnknown { minor } => {
                write!(f, "{minor} is not in the release calendar: its support window is unknown")
            }
            Self::TargetEndsSoon(status) => write!(f, "{} is {status}", status.minor),
            Self::TargetPreRelease { version } => write!(f, "{version} is a pre-release: not for clusters that matter"),
            Self::NewerPatchOffered { version, newest } => write!(f, "{newest} is offered, newer than {version}"),
            Self::Leap { over, minor } => {
                write!(
                    f,
                    "one hop over several minors, {over} the first left out: what they removed is all gone at {minor} at once"
                )
            }
            Self::PatchFirst { patch, before } => {
                write!(f, "{patch} comes first: etcd needs a newer release before {before} moves it to its next minor")
            }
            Self::EtcdTooOld { before, expected, required } => write!(
                f,
                "{before} moves etcd to its next minor, which every member must meet at {required} or newer; \
                 {expected} or newer is expected to run by then"
            ),
            Self::EtcdOlderThanAdvised { before, expected, advised } => write!(
                f,
                "{before} moves etcd to its next minor; {advised} or newer is advised before that, {expected} or newer \
                 is expected to run by then"
            ),
            Self::EtcdSkipsMinor { before, expected, wanted } => {
                write!(f, "{before} would take etcd from {expected} to {wanted}, but etcd goes one minor at a time")
            }
        }
    }
}
