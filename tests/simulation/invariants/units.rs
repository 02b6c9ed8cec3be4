//! What the tool ran on hosts is what its plan says, each attempt once, while its journal said so.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use upgrade_core::ids::{NodeName, StepId};
use upgrade_core::journal::{Entry, How, Record};
use upgrade_core::plan::{Carrier, Plan, Step};
use upgrade_twin::Twin;
use upgrade_twin::world::World;

use super::windows::Windows;

/// A transient unit that was started on a host.
pub(super) struct UnitRun {
    at: Timestamp,
    pub(super) host: String,
    pub(super) name: String,
}

/// Every unit that was started anywhere, in order.
pub(super) fn units(twin: &Twin) -> Vec<UnitRun> {
    let epoch = twin.clock().now() - jiff::SignedDuration::try_from(twin.clock().elapsed()).expect("stories are short");
    let mut units: Vec<UnitRun> = twin.with(|world| {
        let lines = world.hosts.iter().flat_map(|(host, of)| of.log().iter().map(move |logged| (host, logged)));
        lines
            .filter_map(|(host, logged)| {
                let words = logged.line.strip_prefix("systemd-run ")?;
                let unit = words.split_whitespace().find_map(|word| word.strip_prefix("--unit="))?;
                let since = jiff::SignedDuration::try_from(logged.at).expect("stories are short");
                Some(UnitRun { at: epoch + since, host: host.clone(), name: unit.to_owned() })
            })
            .collect()
    });
    units.sort_by(|a, b| (a.at, &a.host).cmp(&(b.at, &b.host)));
    units
}

/// The units, line by line.
pub(super) fn log(twin: &Twin) -> String {
    units(twin).into_iter().fold(String::new(), |mut log, unit| {
        let _ = writeln!(log, "{} {} {}", unit.at, unit.host, unit.name);
        log
    })
}

/// Every unit that is no attempt at a step of its host under way at that time, or ran twice; and every step that was
/// done, as the journal says, of which no host knows.
pub(super) fn check(twin: &Twin, plan: &Plan, windows: &Windows, records: &[Record]) -> Vec<String> {
    let mut ran: BTreeSet<(StepId, u32)> = BTreeSet::new();
    let mut wrong = Vec::new();
    for UnitRun { at, host, name } in units(twin) {
        let Some((step, attempt)) = attempt_of(&name) else {
            wrong.push(format!("{at} {host} ran {name}, which is no attempt at a step"));
            continue;
        };
        if plan.step(step).is_none_or(|step| step.action.carrier() != Carrier::Host || node_of(step) != host) {
            wrong.push(format!("{at} {host} ran {name}, which is no step of that host"));
        }
        if !windows.attempt(step, attempt, at) {
            wrong.push(format!("{at} {host} ran {name}, which was not announced"));
        }
        if !ran.insert((step, attempt)) {
            wrong.push(format!("{at} {host} ran {name} a second time"));
        }
    }
    wrong.extend(twin.with(|world| undone(world, plan, records, &ran)));
    wrong
}

/// Steps of which the journal says that this run did them, and that no host has run. A host that is gone took its log
/// along.
fn undone(world: &World, plan: &Plan, records: &[Record], ran: &BTreeSet<(StepId, u32)>) -> Vec<String> {
    let ran: BTreeSet<StepId> = ran.iter().map(|(step, _)| *step).collect();
    let done = records.iter().filter_map(|record| match &record.entry {
        Entry::StepFinished { step, how: How::Done, .. } => plan.step(*step),
        _ => None,
    });
    let missing = done
        .filter(|step| world.hosts.contains_key(node_of(step)))
        .filter(|step| step.action.carrier() == Carrier::Host && !ran.contains(&step.id));
    missing.map(|step| format!("step {} is said to be done, and no host has run it", step.id)).collect()
}

fn node_of(step: &Step) -> &str {
    step.action.node().map_or("", NodeName::as_str)
}

/// `…-step-12-attempt-1`
fn attempt_of(unit: &str) -> Option<(StepId, u32)> {
    let (_, rest) = unit.trim_end_matches(".service").rsplit_once("-step-")?;
    let (step, attempt) = rest.split_once("-attempt-")?;
    Some((StepId(step.parse().ok()?), attempt.parse().ok()?))
}
