//! What the screen of a run says: the whole, the hop, a line for each thing in flight, the last that ended. Never more
//! than fits on it.

use jiff::Timestamp;
use upgrade_core::ids::StepId;
use upgrade_core::plan::{Plan, Stage};

use super::bars::Size;
use crate::report::estimate::remaining_s;
use crate::report::human::{action_name, activity, end_words, stage_words};
use crate::report::story::{Chapter, End, Story, seconds_between};
use crate::report::text::{Tone, duration, fit, hang, pad, paint};
use crate::report::visible;

/// Wider than this the eye loses the line.
const WIDEST: usize = 100;

/// So many lines for one thing in flight.
const LINES_EACH: usize = 2;

/// So many of the steps that ended last.
const LAST: usize = 3;

/// The lines, each cut to the screen.
pub(crate) fn screen(plan: &Plan, story: &Story, now: Timestamp, size: Size) -> Vec<String> {
    let columns = size.columns.min(WIDEST).saturating_sub(1);
    let mut lines = vec![overall(plan, story, now)];
    lines.extend(hop(plan, story));
    // One line stays free for the cursor, one for what cannot be shown.
    let room = size.rows.saturating_sub(lines.len() + LAST + 2).max(1);
    let flying: Vec<Vec<String>> =
        story.in_flight().map(|(id, chapter)| flight_lines(plan, id, chapter, now, columns)).collect();
    // The reason of a wait may take a second line where there is room for all.
    let each = if flying.iter().map(Vec::len).sum::<usize>() <= room { LINES_EACH } else { 1 };
    let hidden = flying.len().saturating_sub(room);
    lines.extend(flying.into_iter().take(room).flat_map(|lines| lines.into_iter().take(each)));
    if hidden > 0 {
        lines.push(format!("  … and {hidden} more under way: kubectl upgrade status"));
    }
    if !story.waiting.is_empty() {
        lines.push(paint(Tone::Caution, &format!("  waiting for {}", story.waiting.join("; "))));
    }
    lines.extend(last(plan, story));
    lines.iter().map(|line| fit(&visible::line(line), columns)).collect()
}

/// `87 of 214 steps  ████░░░░  1 h 12 min, about 1 h 50 min left`.
fn overall(plan: &Plan, story: &Story, now: Timestamp) -> String {
    const BAR: usize = 20;
    let (done, total) = (story.finished_steps().count(), plan.steps().count());
    let full = (done * BAR).checked_div(total).unwrap_or(BAR);
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR - full));
    let worked = story.worked_s(now);
    let left = match remaining_s(plan, story, worked) {
        Some(seconds) => format!(", about {} left", duration(round(seconds))),
        None => String::new(),
    };
    format!("{}  {bar}  {}{left}", paint(Tone::Heading, &format!("{done} of {total} steps")), duration(worked))
}

/// An estimate that changes every second promises what it cannot keep.
const fn round(seconds: u64) -> u64 {
    let minutes = seconds.div_ceil(60);
    minutes * 60
}

/// Where the run is: hop, stage, nodes done in it.
fn hop(plan: &Plan, story: &Story) -> Option<String> {
    let finished: Vec<StepId> = story.finished_steps().collect();
    let lane_done = |lane: &upgrade_core::plan::Lane| lane.steps.iter().all(|step| finished.contains(&step.id));
    let open = |stage: &&Stage| !stage.lanes.iter().all(lane_done);
    let stage = plan.stages.iter().find(open)?;
    let done = stage.lanes.iter().filter(|lane| lane_done(lane)).count();
    let hop = match stage.hop.and_then(|index| Some((index, plan.hops.get(index)?))) {
        Some((index, hop)) => format!("hop {} of {} → {}   ", index + 1, plan.hops.len(), hop.to),
        None => String::new(),
    };
    Some(format!("{hop}{}   {done} of {} nodes", stage_words(stage), stage.lanes.len()))
}

fn flight_lines(plan: &Plan, id: StepId, chapter: &Chapter, now: Timestamp, columns: usize) -> Vec<String> {
    let (node, action) = named(plan, id);
    let since = duration(seconds_between(chapter.started, Some(now)));
    let mut lines =
        hang(&format!("  {}  ", pad(&node, 8)), &format!("{action} · {since}{}", activity(chapter)), columns);
    lines.truncate(LINES_EACH);
    lines
}

fn last(plan: &Plan, story: &Story) -> Vec<String> {
    let mut ended: Vec<(Timestamp, StepId, &End)> = Vec::new();
    for (id, chapter) in &story.steps {
        ended.extend(chapter.ended.as_ref().map(|(at, end)| (*at, *id, end)));
    }
    ended.sort_by_key(|(at, id, _)| (*at, *id));
    let skipped = ended.len().saturating_sub(LAST);
    let line = |(at, id, end): (Timestamp, StepId, &End)| {
        let (node, action) = named(plan, id);
        paint(Tone::Faint, &format!("  {} {node} {action}: {}", at.strftime("%H:%M:%S"), end_words(end)))
    };
    ended.into_iter().skip(skipped).map(line).collect()
}

fn named(plan: &Plan, id: StepId) -> (String, String) {
    plan.step(id).map_or_else(
        || (format!("step {id}"), String::new()),
        |step| (step.action.subject().to_string(), action_name(&step.action)),
    )
}
