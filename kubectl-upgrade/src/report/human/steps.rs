//! The steps of a plan as a runbook: by stage and node, every step with its number.
//!
//! Lanes that read like the lane above them are said in one line, with their numbers and what differs; very many of them
//! in one line together. With details every lane is written out, and every step with its command lines, expectations and
//! way back.

use std::collections::BTreeSet;

use upgrade_core::commands;
use upgrade_core::plan::{Action, Carrier, CloudAction, Condition, Lane, Plan, ProviderKind, Stage, StageKind, Step};

use super::reversal::{anonymous, reversal_words};
use super::words::{action_detail, action_words, forecast, seen};
use crate::report::text::{Page, Tone, count, duration, hang, pad, pad_left, paint, width};

/// Longer node names than this get a line of their own.
const NODE_COLUMN: usize = 18;

/// More lanes that read like one above them than this are said in one line.
const MANY: usize = 12;

/// How steps are laid out.
struct Layout {
    node: usize,
    number: usize,
    columns: usize,
    details: bool,
    provider: ProviderKind,
}

impl Layout {
    /// Where the words of a step begin.
    const fn indent(&self) -> usize {
        2 + self.node + 2 + self.number + 2
    }
}

/// Adds every step.
pub(crate) fn steps(page: &mut Page, plan: &Plan, details: bool, columns: usize) {
    let names = plan.steps().map(|step| width(&step.action.subject().to_string())).filter(|name| *name <= NODE_COLUMN);
    let layout = Layout {
        node: names.max().unwrap_or(NODE_COLUMN),
        number: plan.steps().count().to_string().len().max(2),
        columns,
        details,
        provider: plan.provider,
    };
    let mut hop = None;
    for stage in &plan.stages {
        if stage.hop.is_some() && stage.hop != hop {
            hop = stage.hop;
            page.gap();
            hop_heading(page, plan, stage, columns);
        }
        page.gap();
        page.line(format!("  {}", paint(Tone::Heading, &stage_words(stage))));
        lanes(page, stage, &layout);
    }
}

fn hop_heading(page: &mut Page, plan: &Plan, stage: &Stage, columns: usize) {
    let Some((index, hop)) = stage.hop.and_then(|index| Some((index, plan.hops.get(index)?))) else { return };
    let heading = format!("Hop {} of {}   {} → {}", index + 1, plan.hops.len(), hop.from, hop.to);
    page.line(paint(Tone::Heading, &heading));
    for note in &hop.notes {
        page.lines(hang("  ", note, columns));
    }
}

/// A stage in words, with how many nodes may be under way at once.
pub(crate) fn stage_words(stage: &Stage) -> String {
    let at_once = match (stage.lanes.len(), stage.at_once) {
        (0 | 1, _) => String::new(),
        (_, 1) => ", one at a time".to_owned(),
        (lanes, many) if many >= lanes => format!(", all {lanes} at once"),
        (_, many) => format!(", up to {many} at once"),
    };
    let what = match stage.kind {
        StageKind::Backup => "Backup, before anything changes",
        StageKind::LaggingNodes => "Lagging nodes, before the control plane may move",
        StageKind::ControlPlane => "Control plane",
        StageKind::ControlPlaneKubelets => "Kubelets of the control plane",
        StageKind::Workers => "Workers",
        StageKind::Preparation => "Before the control plane",
        StageKind::Etcd => "etcd, every other member healthy first",
        StageKind::ApiServers => "API servers, all before anything else",
        StageKind::Controllers => "Controllers",
        StageKind::Addons => "Add-ons",
        StageKind::Restore => "etcd, back to its snapshot",
    };
    format!("{what}{at_once}")
}

fn lanes(page: &mut Page, stage: &Stage, layout: &Layout) {
    let mut lanes = stage.lanes.as_slice();
    while let Some((first, rest)) = lanes.split_first() {
        written_out(page, first, layout);
        let folds = |lane: &&Lane| !layout.details && lane.steps.len() > 1 && alike(first, lane);
        let (same, others) = rest.split_at(rest.iter().take_while(folds).count());
        if same.len() > MANY {
            summed(page, same, first, layout);
        } else {
            same.iter().for_each(|lane| folded(page, lane, first, layout));
        }
        lanes = others;
    }
}

/// The text without the lane's node, where it is about one.
fn without_name(text: &str, lane: &Lane) -> String {
    lane.subject.node().map_or_else(|| text.to_owned(), |node| anonymous(text, node.as_str()))
}

/// Whether two lanes read the same but for their nodes and what was seen there.
fn alike(a: &Lane, b: &Lane) -> bool {
    let away = |step: &Step, lane: &Lane| step.interrupts.as_ref().map(|text| without_name(text, lane));
    let same = |(x, y): (&Step, &Step)| action_words(&x.action) == action_words(&y.action) && away(x, a) == away(y, b);
    a.steps.len() == b.steps.len() && a.steps.iter().zip(&b.steps).all(same)
}

/// Many lanes in one line: nobody reads thousands that differ in their names and counts only.
fn summed(page: &mut Page, lanes: &[Lane], above: &Lane, layout: &Layout) {
    let (Some(first), Some(last)) = (lanes.first(), lanes.last()) else { return };
    let ends = first.steps.first().zip(last.steps.last());
    let numbers = ends.map_or_else(String::new, |(first, last)| format!("steps {}–{}, ", first.id, last.id));
    let drains = || lanes.iter().flat_map(|lane| &lane.steps).filter_map(|step| seen(&step.action));
    let mut text =
        format!("to {}, {}: {numbers}each as for {}", last.subject, count(lanes.len(), "node"), above.subject);
    if drains().next().is_some() {
        let [moved, left] = [drains().map(|seen| seen.evicted).sum(), drains().map(|seen| seen.left).sum()];
        let budgets: BTreeSet<&str> = drains().flat_map(|seen| &seen.budgets).map(String::as_str).collect();
        text = format!("{text}; {}", forecast(moved, left, &budgets));
    }
    let name = page_node(page, first, layout);
    page.lines(hang(&node_cell(&name, layout), &text, layout.columns));
}

fn folded(page: &mut Page, lane: &Lane, above: &Lane, layout: &Layout) {
    let (Some(first), Some(last)) = (lane.steps.first(), lane.steps.last()) else { return };
    let details: Vec<String> = lane.steps.iter().filter_map(|step| action_detail(&step.action)).collect();
    let mut text = format!("steps {}–{}, as for {}", first.id, last.id, above.subject);
    if !details.is_empty() {
        text = format!("{text}; {}", details.join("; "));
    }
    let name = page_node(page, lane, layout);
    page.lines(hang(&node_cell(&name, layout), &text, layout.columns));
}

fn written_out(page: &mut Page, lane: &Lane, layout: &Layout) {
    let mut name = page_node(page, lane, layout);
    for step in &lane.steps {
        let number = pad_left(&step.id.to_string(), layout.number);
        let first = format!("{}{number}  ", node_cell(&name, layout));
        name.clear();
        let words = action_words(&step.action);
        let (words, detail) = match action_detail(&step.action).map(|detail| (format!("{words}, {detail}"), detail)) {
            None => (words, None),
            Some((together, _)) if layout.indent() + width(&together) <= layout.columns => (together, None),
            Some((_, detail)) => (words, Some(detail)),
        };
        page.lines(hang(&first, &words, layout.columns));
        below(page, step, detail.as_deref(), layout);
    }
}

/// The lane's name for its cell; a name too long for the cell is written on a line of its own.
fn page_node(page: &mut Page, lane: &Lane, layout: &Layout) -> String {
    let name = lane.subject.to_string();
    if width(&name) <= layout.node {
        return name;
    }
    page.line(format!("  {name}"));
    String::new()
}

fn node_cell(name: &str, layout: &Layout) -> String {
    format!("  {}  ", pad(name, layout.node))
}

/// What stands below a step's line.
fn below(page: &mut Page, step: &Step, detail: Option<&str>, layout: &Layout) {
    let indent = " ".repeat(layout.indent());
    let mut note = |label: &str, text: &str| page.lines(hang(&format!("{indent}{label}"), text, layout.columns));
    if let Some(detail) = detail {
        note("", detail);
    }
    if let Some(away) = &step.interrupts {
        note("interrupts: ", away);
    }
    if layout.details {
        details(page, step, layout);
    }
}

fn details(page: &mut Page, step: &Step, layout: &Layout) {
    let indent = " ".repeat(layout.indent());
    if let Action::Cloud(action) = &step.action {
        for call in commands::cloud::of(layout.provider, action) {
            page.line(format!("{indent}> {call}"));
        }
    }
    if let Action::Component(action) = &step.action {
        for line in action.by_hand().into_iter().flatten() {
            // A line to be typed is left whole, so that it can be copied.
            match line.strip_prefix("$ ") {
                Some(typed) => page.line(format!("{indent}$ {typed}")),
                None => page.lines(hang(&format!("{indent}# "), line, layout.columns)),
            }
        }
    }
    for command in commands::of(&step.action) {
        page.lines(command.note.iter().flat_map(|note| hang(&format!("{indent}# "), note, layout.columns)));
        // Uncut and unwrapped: a command line must stay copyable, and with it the lines of its script.
        format!("{indent}$ {command}").split('\n').for_each(|line| page.line(line));
    }
    parts(page, step, &indent, layout);
    if let Some(line) = commands::by_kubectl(&step.action) {
        page.line(format!("{indent}by hand   {line}"));
    }
    let mut note = |label: &str, text: &str| page.lines(hang(&format!("{indent}{label:<10}"), text, layout.columns));
    match step.action.carrier() {
        Carrier::Cluster => note("through", "the Kubernetes API"),
        Carrier::Cloud => note("through", "the cloud's API"),
        Carrier::Person => note("through", "a person; then it is looked at"),
        Carrier::Host => {}
    }
    if !step.expects.is_empty() {
        note("expects", &listed(&step.expects));
    }
    note("done when", &listed(&step.goal));
    let deadline = duration(u64::from(step.limits.deadline_s));
    note("at most", &format!("{deadline}, {} without progress", duration(u64::from(step.limits.quiet_s))));
    note("undo", &reversal_words(&step.reversal));
}

/// What is done host by host: one script for all of it, which is written out once.
fn parts(page: &mut Page, step: &Step, indent: &str, layout: &Layout) {
    let parts = commands::parts(&step.action).unwrap_or_default();
    for (index, part) in parts.iter().enumerate() {
        for command in &part.lines {
            let first = format!("{indent}# part {} of {}, on {}: ", index + 1, parts.len(), part.host);
            page.lines(hang(&first, command.note.as_deref().unwrap_or_default(), layout.columns));
            if index == 0 {
                format!("{indent}$ {command}").split('\n').for_each(|line| page.line(line));
            } else {
                let rest: Vec<String> = command.argv.iter().skip(3).map(|word| commands::quote(word)).collect();
                page.line(format!("{indent}$ … {}", rest.join(" ")));
            }
        }
    }
}

fn listed(conditions: &[Condition]) -> String {
    conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// `44 steps, 6 drains, 3 hosts`.
pub(crate) fn totals(plan: &Plan) -> String {
    let drains = plan
        .steps()
        .filter(|step| {
            matches!(
                step.action,
                Action::Drain { .. } | Action::Cloud(CloudAction::DrainPool { .. } | CloudAction::RenewPool { .. })
            )
        })
        .count();
    let totals = [(plan.steps().count(), "step"), (drains, "drain"), (plan.hosts().len(), "host")];
    totals.map(|(number, what)| count(number, what)).join(", ")
}
