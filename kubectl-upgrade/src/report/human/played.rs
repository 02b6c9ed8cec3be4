//! The report at the end of a run in a sandbox.

use crate::report::played::{DrainFigures, Played, WorkloadFigures};
use crate::report::text::{Page, Tone, count, duration, hang, pad, paint};

/// So many of the workloads that suffered most are named.
const WORST: usize = 8;

/// The whole text.
pub(crate) fn played(played: &Played, columns: usize) -> String {
    let mut page = Page::default();
    page.gap();
    let title = format!("Report   sandbox {}, seed {}", played.scenario, played.seed);
    page.line(paint(Tone::Heading, &title));
    let mut row = |name: &str, text: String| page.lines(hang(&label(name), &text, columns));
    if played.finished {
        row("upgraded", format!("{} → {}, every goal observed", played.from, played.target));
    } else {
        row("upgraded", format!("not to the end: {} → {} is held", played.from, played.target));
    }
    row("took", format!("{} of the cluster's time", duration(played.took_s)));
    row("planned", figures(played));
    if played.planned.drains > 0 {
        row("drains", drains(&played.drains));
        row("waits", waits(&played.drains));
    }
    workloads(&mut page, &played.workloads, columns);
    page.into_text()
}

/// Why a held run in a sandbox cannot be resumed as a real one can.
pub(crate) fn stage_is_gone(played: &Played) -> String {
    format!(
        "the sandbox ended with this run; for one in which a held run can be looked at and resumed: \
         kubectl upgrade sandbox up {}",
        played.scenario
    )
}

fn label(what: &str) -> String {
    format!("{what:<10}")
}

/// What the plan said against what happened.
fn figures(played: &Played) -> String {
    let (planned, happened) = (played.planned, played.happened);
    let steps = format!("{} of {} done", happened.steps, count(planned.steps, "step"));
    let pods = count(usize::try_from(planned.pods).unwrap_or(usize::MAX), "pod");
    if planned.drains == 0 {
        // Pools are emptied whole, by the cloud or under a step of their own: nobody counts what moves.
        return format!("{steps}; {pods} were to move with their pools");
    }
    let drains = count(planned.drains, "drain");
    format!("{steps}, {} of {drains}; {pods} were to move, {} did", happened.drains, happened.pods)
}

fn drains(drains: &[DrainFigures]) -> String {
    match drains.first() {
        None => "none".to_owned(),
        Some(longest) => {
            format!("the longest {}, of {} (step {})", duration(longest.took_s), longest.node, longest.step)
        }
    }
}

/// Each budget that refused an eviction, with all its waits.
fn waits(drains: &[DrainFigures]) -> String {
    let mut all: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for (budget, seconds) in drains.iter().flat_map(|drain| &drain.waits) {
        *all.entry(budget).or_default() += seconds;
    }
    if all.is_empty() {
        return "no budget refused an eviction".to_owned();
    }
    let all: Vec<String> =
        all.iter().map(|(budget, seconds)| format!("budget {budget} {}", duration(*seconds))).collect();
    all.join(", ")
}

/// How low each workload went, the worst first.
pub(super) fn workloads(page: &mut Page, workloads: &[WorkloadFigures], columns: usize) {
    if workloads.is_empty() {
        return;
    }
    page.gap();
    page.line(paint(Tone::Heading, "Lowest availability"));
    let named = workloads.iter().take(WORST);
    let width = named.clone().map(|figures| figures.name.chars().count()).max().unwrap_or_default();
    for figures in named {
        let below = match figures.below_s {
            0 if figures.lowest == figures.at_first => "never fewer".to_owned(),
            seconds => format!("fewer for {}", duration(seconds.max(1))),
        };
        let available = format!("{} of {}", figures.lowest, figures.at_first);
        page.line(format!("  {}  {}  {below}", pad(&figures.name, width), pad(&available, 10)));
    }
    if let Some(next) = workloads.get(WORST) {
        let rest = count(workloads.len() - WORST, "more workload");
        let part = format!("{} of {}", next.lowest, next.at_first);
        page.lines(hang("  ", &format!("and {rest}, none lower than {part} ({})", next.name), columns));
    }
}
