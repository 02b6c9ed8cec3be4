//! What rehearsals say, as text.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use upgrade_core::ids::{NodeName, PlanDigest};
use upgrade_core::journal::HoldReason;
use upgrade_core::plan::{Plan, PlanFile};
use upgrade_rehearsal::{Advice, Forecast, Held, Nowhere, Spread, Unlike};

use super::action_name;
use super::played::workloads;
use crate::report::played::{WorkloadFigures, worst_first};
use crate::report::text::{Page, Tone, count, duration, hang, pad, paint, width};

/// Of a long list so many are shown; the rest is counted.
const SHOWN: usize = 12;

/// What is shown of a forecast.
#[derive(Serialize)]
pub(crate) struct ForecastView<'a> {
    cluster: &'a str,
    digest: &'a PlanDigest,
    #[serde(skip)]
    plan: &'a Plan,
    forecast: &'a Forecast,
    advice: &'a Advice,
    unlike: &'a [Unlike],
}

impl<'a> ForecastView<'a> {
    /// The forecast of a plan, what would go better, and what the copy cannot act out.
    pub(crate) fn of(file: &'a PlanFile, forecast: &'a Forecast, advice: &'a Advice, unlike: &'a [Unlike]) -> Self {
        let plan = &file.plan;
        Self { cluster: &plan.cluster.name, digest: &file.digest, plan, forecast, advice, unlike }
    }
}

/// The whole text.
pub(crate) fn forecast(view: &ForecastView<'_>, columns: usize) -> String {
    let mut page = Page::default();
    let ForecastView { plan, forecast, .. } = view;
    let name = paint(Tone::Heading, &plan.cluster.name);
    let copied = format!("a copy of {} was upgraded {} in virtual time", name, count(forecast.rehearsals, "time"));
    page.lines(hang(&label("rehearsed"), &format!("{copied}; the cluster itself was only read"), columns));
    page.lines(hang(&label("plan"), &format!("{} → {}, {}", plan.from, plan.target, super::totals(plan)), columns));
    outcome(&mut page, view, columns);
    takes(&mut page, view, columns);
    nodes(&mut page, forecast, columns);
    nowhere(&mut page, forecast, columns);
    availability(&mut page, forecast, columns);
    advice(&mut page, view, columns);
    unlike(&mut page, view.unlike, columns);
    page.into_text()
}

fn label(what: &str) -> String {
    format!("{what:<11}")
}

fn outcome(page: &mut Page, view: &ForecastView<'_>, columns: usize) {
    let (plan, forecast) = (view.plan, view.forecast);
    let all = forecast.finished == forecast.rehearsals;
    let of = count(forecast.rehearsals, "time");
    let finishes = paint(if all { Tone::Good } else { Tone::Bad }, &format!("{} of {of}", forecast.finished));
    let marked = match view.unlike.len() {
        0 => String::new(),
        kinds => format!(", as far as the copy goes: {} of the cluster not in it, see below", things(kinds)),
    };
    page.lines(hang(&label("finishes"), &format!("{finishes}{marked}"), columns));
    for held in &forecast.held {
        page.lines(hang(&label("holds"), &hold_words(plan, held), columns));
    }
    match plan.blockers().count() {
        0 => {}
        blockers => {
            let text = format!("{} in the plan; run does not begin before they are gone", count(blockers, "blocker"));
            page.lines(hang(&label("blocked"), &format!("{text}: kubectl upgrade plan"), columns));
        }
    }
}

fn things(kinds: usize) -> String {
    if kinds == 1 { "one kind of thing".to_owned() } else { format!("{kinds} kinds of things") }
}

/// `10 times at step 40, drain on w-1: a gate refused it: …`.
fn hold_words(plan: &Plan, held: &Held) -> String {
    let step = held.hold.step.and_then(|id| plan.step(id));
    let at =
        step.map(|step| format!(" at step {}, {} on {}", step.id, action_name(&step.action), step.action.subject()));
    let reason = match held.hold.reason {
        HoldReason::Blocked => "a gate refuses it",
        HoldReason::Drifted => "the cluster is not as the plan expects",
        HoldReason::Failed => "it fails",
        HoldReason::Interrupted => "it is interrupted",
        HoldReason::LockLost => "its lock is lost",
    };
    let at = at.unwrap_or_default();
    format!("{}{at}: {reason}: {}", count(held.times, "time"), held.hold.found.join("; "))
}

fn takes(page: &mut Page, view: &ForecastView<'_>, columns: usize) {
    let (plan, forecast) = (view.plan, view.forecast);
    let Some(took) = forecast.took else { return };
    page.line(format!("{}{}", label("takes"), spread_words(took)));
    for (hop, spread) in plan.hops.iter().zip(&forecast.hops).filter(|_| plan.hops.len() > 1) {
        page.line(format!("{}hop to {}  {}", label(""), hop.to, spread_words(*spread)));
    }
    let moves = count(usize::try_from(forecast.moved).unwrap_or(usize::MAX), "pod");
    page.lines(hang(
        &label("moves"),
        &format!("{moves}; one that moves to a node whose turn is later moves again"),
        columns,
    ));
}

/// Each node with how long it is worked on, and what of that its drains wait for budgets.
fn nodes(page: &mut Page, forecast: &Forecast, columns: usize) {
    let mut nodes: Vec<(&NodeName, &Spread)> = forecast.nodes.iter().collect();
    let mut waits: BTreeMap<&NodeName, Vec<String>> = BTreeMap::new();
    for wait in &forecast.waits {
        waits.entry(&wait.node).or_default().push(format!("{} {}", wait.budget, said(wait.spread.middle)));
    }
    if nodes.is_empty() && waits.is_empty() {
        return;
    }
    nodes.sort_by_key(|(_, spread)| std::cmp::Reverse(spread.middle));
    let rows: Vec<[String; 3]> = nodes
        .iter()
        .take(SHOWN)
        .map(|(node, spread)| {
            let waits = waits.remove(node).unwrap_or_default();
            [node.to_string(), spread_words(**spread), waits.join(", ")]
        })
        .collect();
    let rest = nodes.len().saturating_sub(SHOWN);
    page.gap();
    table(page, ["NODE", "WORKED ON FOR", "OF THAT, DRAINS WAIT FOR BUDGETS"], &rows, columns);
    more(page, rest);
}

fn table(page: &mut Page, head: [&str; 3], rows: &[[String; 3]], columns: usize) {
    let column = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0);
    let [first, second, third] = head;
    let (one, two) = (column(0).max(width(first)), column(1).max(width(second)));
    page.line(paint(Tone::Faint, &format!("{}  {}  {third}", pad(first, one), pad(second, two))));
    for [node, takes, waits] in rows {
        let waits = if waits.is_empty() { "–" } else { waits };
        page.lines(hang(&format!("{}  {}  ", pad(node, one), pad(takes, two)), waits, columns));
    }
}

fn nowhere(page: &mut Page, forecast: &Forecast, columns: usize) {
    if forecast.nowhere.is_empty() {
        return;
    }
    page.gap();
    page.line(paint(Tone::Bad, "Pods that find no node meanwhile"));
    for Nowhere { of, why, times, longest } in forecast.nowhere.iter().take(SHOWN) {
        let text = format!("for up to {}, {times} of {} times: {why}", said(*longest), forecast.rehearsals);
        page.lines(hang(&format!("  {of}  "), &text, columns));
    }
    more(page, forecast.nowhere.len().saturating_sub(SHOWN));
}

fn availability(page: &mut Page, forecast: &Forecast, columns: usize) {
    let figures = forecast.availability.iter().map(|(name, seen)| WorkloadFigures {
        name: name.clone(),
        at_first: seen.at_first,
        lowest: seen.lowest,
        below_s: seen.below.as_secs(),
    });
    let mut figures: Vec<WorkloadFigures> = figures.collect();
    worst_first(&mut figures);
    workloads(page, &figures, columns);
}

fn advice(page: &mut Page, view: &ForecastView<'_>, columns: usize) {
    let mut lines: Vec<String> = down(view.forecast).collect();
    if let Some(surge) = &view.advice.surge {
        let nodes = count(surge.nodes, "more node");
        lines.push(format!("with {nodes} like {} until it is over, every pod finds a place", surge.like));
    }
    if let Some(order) = &view.advice.order {
        let order_of = order.workers.iter().map(NodeName::as_str).collect::<Vec<_>>().join(",");
        let moved = count(usize::try_from(order.moved).unwrap_or(usize::MAX), "pod");
        lines.push(format!(
            "in another order of workers it takes {} and moves {moved}: --order {order_of}",
            spread_words(order.took)
        ));
    }
    if lines.is_empty() {
        return;
    }
    page.gap();
    page.line(paint(Tone::Heading, "What would go better"));
    for text in lines {
        page.lines(hang("  → ", &text, columns));
    }
}

/// Workloads of several pods that are down at some moment all the same.
fn down(forecast: &Forecast) -> impl Iterator<Item = String> {
    let down = forecast.availability.iter().filter(|(_, seen)| seen.lowest == 0 && seen.at_first > 1);
    down.take(SHOWN).map(|(name, seen)| {
        format!(
            "{name} is down at some moment though it has {} pods: a PodDisruptionBudget with maxUnavailable 1 keeps the \
             others",
            seen.at_first
        )
    })
}

fn unlike(page: &mut Page, unlike: &[Unlike], columns: usize) {
    if unlike.is_empty() {
        return;
    }
    page.gap();
    page.line(paint(Tone::Caution, "Not in the copy, so not in this forecast"));
    for unlike in unlike {
        page.lines(hang("  ", &unlike.to_string(), columns));
    }
}

fn more(page: &mut Page, more: usize) {
    if more > 0 {
        page.line(format!("  and {more} more; all of them: -o json"));
    }
}

/// `3 h 10 min (2 h 51 min – 3 h 34 min)`, or one duration where all are the same in words.
fn spread_words(spread: Spread) -> String {
    let (low, middle, high) = (said(spread.low), said(spread.middle), said(spread.high));
    if low == high { middle } else { format!("{middle} ({low} – {high})") }
}

fn said(time: Duration) -> String {
    duration(time.as_secs())
}
