//! Which version the target stands for.

use std::cmp::Ordering;

use super::{PathError, PathRequest, order};
use crate::support::{self, supported};
use crate::target::Target;
use crate::version::{Minor, Version};

/// The version to end at; the one that runs when there is nothing newer of the wanted kind.
pub(super) fn goal(request: &PathRequest<'_>) -> Result<Version, PathError> {
    let from = request.from;
    match request.target {
        Target::Exact(version) => exact(request, version),
        Target::Minor(minor) => newest_of(request, *minor),
        Target::LatestPatch => newest_of(request, from.minor()),
        Target::Latest => newest_of(request, newest_minor(request)?),
        Target::NewestReachable => reachable(request),
    }
}

/// The newest release offered of a minor; never a pre-release.
pub(super) fn newest_offered(request: &PathRequest<'_>, minor: Minor) -> Result<Version, PathError> {
    let offered = offered(request, minor);
    let releases = offered.iter().filter(|version| !version.is_prerelease());
    let newest = releases.max_by(|left, right| order(left, right)).cloned();
    newest.ok_or_else(|| match offered.into_iter().max() {
        Some(newest) => PathError::PreReleasesOnly { minor, newest },
        None => nothing_offered(request, minor),
    })
}

/// A minor that nobody offers is a repository's fault only if it exists.
fn nothing_offered(request: &PathRequest<'_>, minor: Minor) -> PathError {
    let calendar = request.facts.calendar();
    match calendar.newest_released(request.today) {
        Some(newest) if minor > newest && calendar.get(minor).is_none() => {
            PathError::UnknownMinor { minor, newest, checked: calendar.checked() }
        }
        Some(_) | None => PathError::NothingOffered { minor },
    }
}

/// The first hop, where the provider offers to take it over several minors; no further than the goal.
pub(super) fn leap(request: &PathRequest<'_>, goal: &Version) -> Option<Version> {
    let far = |version: &&Version| version.minor().ahead_of(request.from.minor()) > 1;
    let within = |version: &&Version| *version == goal || version.minor() < goal.minor();
    let leaps = request.leaps.iter().filter(far).filter(within).filter(|version| !version.is_prerelease());
    leaps.max_by(|left, right| order(left, right)).cloned()
}

/// What is offered of a minor, and really is of that minor.
fn offered(request: &PathRequest<'_>, minor: Minor) -> Vec<Version> {
    (request.available)(minor).into_iter().filter(|version| version.minor() == minor).collect()
}

fn exact(request: &PathRequest<'_>, version: &Version) -> Result<Version, PathError> {
    forward(request.from, version.minor())?;
    match order(version, request.from) {
        Ordering::Less => Err(PathError::Downgrade { from: request.from.clone(), to: version.to_string() }),
        Ordering::Equal => Ok(request.from.clone()),
        Ordering::Greater if offered(request, version.minor()).contains(version) => Ok(version.clone()),
        Ordering::Greater => match offered(request, version.minor()).into_iter().max_by(order) {
            None => Err(match nothing_offered(request, version.minor()) {
                unknown @ PathError::UnknownMinor { .. } => unknown,
                _ => PathError::NotOffered { version: version.clone(), newest: None },
            }),
            newest => Err(PathError::NotOffered { version: version.clone(), newest }),
        },
    }
}

fn newest_of(request: &PathRequest<'_>, minor: Minor) -> Result<Version, PathError> {
    forward(request.from, minor)?;
    let newest = newest_offered(request, minor)?;
    Ok(if order(&newest, request.from) == Ordering::Greater { newest } else { request.from.clone() })
}

/// The newest minor that is known to be released and is still supported.
fn newest_minor(request: &PathRequest<'_>) -> Result<Minor, PathError> {
    let (facts, from) = (request.facts, request.from);
    let checked = facts.calendar().checked();
    let newest = facts.calendar().newest_released(request.today);
    let newest = newest.filter(|minor| support::status(*minor, request.today, facts).is_supported());
    let newest = newest.ok_or(PathError::NothingSupported { today: request.today, checked })?;
    if newest < from.minor() {
        return Err(PathError::CalendarBehind { from: from.minor(), newest, checked });
    }
    Ok(newest)
}

fn reachable(request: &PathRequest<'_>) -> Result<Version, PathError> {
    let newest = newest_minor(request)?;
    forward(request.from, newest)?;
    let from = request.from.minor();
    let mut missing = None;
    let mut reached = from;
    while reached < newest {
        let leap = request.leaps.iter().map(Version::minor).filter(|minor| reached == from && *minor <= newest).max();
        match (newest_offered(request, reached.next()), leap.filter(|leap| *leap > reached)) {
            (Ok(_), _) => reached = reached.next(),
            (Err(_), Some(leap)) => reached = leap,
            (Err(error), None) => {
                missing = Some(error);
                break;
            }
        }
    }
    let best = supported(request.today, request.facts).into_iter().rfind(|minor| from <= *minor && *minor <= reached);
    match (best, missing) {
        (Some(minor), _) => newest_of(request, minor),
        (None, Some(error)) => Err(PathError::NoneReachable { from, source: Box::new(error) }),
        (None, None) => newest_of(request, newest),
    }
}

/// Refuses to go back a minor, or to another major.
fn forward(from: &Version, to: Minor) -> Result<(), PathError> {
    if from.minor().major != to.major {
        return Err(PathError::OtherMajor { from: from.minor(), to });
    }
    if to < from.minor() {
        return Err(PathError::Downgrade { from: from.clone(), to: to.to_string() });
    }
    Ok(())
}
