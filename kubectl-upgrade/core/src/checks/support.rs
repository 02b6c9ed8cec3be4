//! KU0601 to KU0604: where the path stands against the support windows.

use super::CheckContext;
use super::words::finding;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Inventory;
use crate::support::{Phase, status};
use crate::version::Minor;

/// KU0601: a warning once support has ended, a note while its end is near.
pub(super) fn current(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(minor) = inventory.oldest_api_server().map(crate::version::Version::minor) else { return Vec::new() };
    let status = status(minor, context.today, context.facts);
    let severity = match status.phase {
        Phase::Ended => Severity::Warning,
        Phase::Supported | Phase::Maintenance if status.is_due() => Severity::Note,
        Phase::NotReleased | Phase::Supported | Phase::Maintenance | Phase::Unknown => return Vec::new(),
    };
    let remedy = "go on to a supported minor, as this plan or the next ones do";
    vec![finding(FindingCode::CurrentSupport, severity, format!("running {minor}"), status.to_string(), remedy)]
}

/// KU0602: a warning, since moving to the last patch of an ended minor is better than staying behind it.
pub(super) fn target(_: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some((_, to)) = context.hops.last() else { return Vec::new() };
    let status = status(to.minor(), context.today, context.facts);
    match status.phase {
        Phase::Ended | Phase::NotReleased | Phase::Unknown => {}
        Phase::Supported | Phase::Maintenance => return Vec::new(),
    }
    let newest = context.facts.calendar().newest_released(context.today);
    let remedy = newest.map_or_else(
        || "choose a target the calendar knows".to_owned(),
        |newest| format!("choose a supported target, up to {newest}: kubectl upgrade plan --to {newest}"),
    );
    let subject = format!("target {}", to.minor());
    vec![finding(FindingCode::TargetSupport, Severity::Warning, subject, status.to_string(), remedy)]
}

/// KU0603: minors between the first and the last. A note: passing through is the only way.
pub(super) fn path(_: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let (Some((from, _)), Some((_, to))) = (context.hops.first(), context.hops.last()) else { return Vec::new() };
    let mut between: Vec<Minor> = context.hops.iter().map(|(_, to)| to.minor()).collect();
    between.retain(|minor| *minor != from.minor() && *minor != to.minor());
    between.dedup();
    let ended = between.into_iter().map(|minor| status(minor, context.today, context.facts));
    ended
        .filter(|status| status.phase == Phase::Ended)
        .map(|status| {
            let remedy = "go through it without a stop";
            finding(
                FindingCode::PathSupport,
                Severity::Note,
                format!("hop to {}", status.minor),
                status.to_string(),
                remedy,
            )
        })
        .collect()
}

/// KU0604.
pub(super) fn calendar(_: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let stale = context.facts.calendar().stale(context.today);
    stale
        .map(|stale| {
            let remedy = "update this tool, or give it a newer calendar file";
            finding(FindingCode::CalendarStale, Severity::Note, "release calendar", stale.to_string(), remedy)
        })
        .into_iter()
        .collect()
}
