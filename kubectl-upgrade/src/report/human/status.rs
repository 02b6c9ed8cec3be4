//! The status of a run, live or after the fact, told from its journal alone.

use jiff::Timestamp;
use upgrade_core::event::Progress;
use upgrade_core::ids::{PlanDigest, StepId};
use upgrade_core::journal::How;
use upgrade_core::plan::{Plan, Step};

use super::hold::held;
use super::plan::next_lines;
use super::words::{action_detail, action_name, action_words};
use crate::report::story::{Chapter, End, Story, seconds_between};
use crate::report::text::{Page, Tone, count, duration, hang, pad, paint};

/// So many of the steps that ended last are shown.
const RECENT: usize = 6;

/// What is shown.
pub(crate) struct StatusView<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// Its digest.
    pub(crate) digest: &'a PlanDigest,
    /// What happened.
    pub(crate) story: &'a Story,
    /// Whether a process has the run in hand right now.
    pub(crate) in_hand: bool,
    /// When it is looked at.
    pub(crate) now: Timestamp,
}

/// The whole text.
pub(crate) fn status(view: &StatusView<'_>, columns: usize) -> String {
    let mut page = Page::default();
    let story = view.story;
    head(&mut page, view, columns);
    flight(&mut page, view, columns);
    recent(&mut page, view, columns);
    if let Some(hold) = &story.held {
        page.gap();
        page.lines(held(view.plan, hold, columns).lines().map(str::to_owned));
    } else if !story.finished && !view.in_hand {
        page.gap();
        next_lines(&mut page, &[("go on".to_owned(), "kubectl upgrade resume".to_owned())]);
    }
    page.into_text()
}

fn label(what: &str) -> String {
    format!("{what:<9}")
}

fn head(page: &mut Page, view: &StatusView<'_>, columns: usize) {
    let (plan, story) = (view.plan, view.story);
    let run = story.run.as_ref().map_or("not started", |run| run.as_str());
    page.line(format!("{}{}", label("run"), paint(Tone::Heading, run)));
    let what = format!("{}, {} → {}   (plan {})", plan.cluster.name, plan.from, plan.target, view.digest.short());
    page.lines(hang(&label("cluster"), &what, columns));
    if let (Some(holder), Some(began)) = (&story.holder, story.began) {
        page.lines(hang(&label("by"), &format!("{holder}, since {}", clock(began)), columns));
    }
    let (done, total) = (story.finished_steps().count(), plan.steps().count());
    let worked = duration(story.worked_s(view.now));
    page.line(format!("{}{done} of {total} steps, {worked} of work", label("done")));
    let (state, tone) = state(view);
    let painted = |line: String| line.replace(&state, &paint(tone, &state));
    page.lines(hang(&label("state"), &state, columns).into_iter().map(painted));
}

fn state(view: &StatusView<'_>) -> (String, Tone) {
    let story = view.story;
    let quiet = duration(seconds_between(story.last, Some(view.now)));
    match (story.finished, &story.held, view.in_hand) {
        (true, _, _) => ("finished; every goal was observed".to_owned(), Tone::Good),
        (false, Some(_), _) => (format!("held for {quiet}"), Tone::Bad),
        (false, None, true) => (format!("under way; last record {quiet} ago"), Tone::Good),
        (false, None, false) => {
            (format!("stopped without a word; last record {quiet} ago. Nothing is lost"), Tone::Caution)
        }
    }
}

fn flight(page: &mut Page, view: &StatusView<'_>, columns: usize) {
    let mut flying = view.story.in_flight().peekable();
    if flying.peek().is_none() {
        return;
    }
    page.gap();
    let title = if !view.in_hand { "In doubt" } else { "Under way" };
    page.line(paint(Tone::Heading, title));
    for (id, chapter) in flying {
        let since = duration(seconds_between(chapter.started, Some(view.now)));
        let began = chapter.started.map(|at| at.strftime("%H:%M:%S").to_string()).unwrap_or_default();
        step_line(page, view.plan, id, &began, &format!("for {since}{}", activity(chapter)), columns);
    }
}

/// What a step says it is doing; bare counts where it says nothing.
pub(crate) fn progress_words(progress: &Progress) -> String {
    match (progress.text.as_str(), progress.done, progress.total) {
        ("", Some(done), Some(total)) => format!("{done} of {total}"),
        ("", _, _) => "going on".to_owned(),
        (text, _, _) => text.to_owned(),
    }
}

/// ` · 12 of 14 pods gone · waiting for …`.
pub(crate) fn activity(chapter: &Chapter) -> String {
    let mut text = String::new();
    if let Some(progress) = &chapter.progress {
        text.push_str(&format!(" · {}", progress_words(progress)));
    }
    if !chapter.waiting.is_empty() {
        text.push_str(&format!(" · waiting for {}", chapter.waiting.join("; ")));
    }
    text
}

fn recent(page: &mut Page, view: &StatusView<'_>, columns: usize) {
    let mut ended: Vec<(Timestamp, StepId, &Chapter, &End)> = Vec::new();
    for (id, chapter) in &view.story.steps {
        ended.extend(chapter.ended.as_ref().map(|(at, end)| (*at, *id, chapter, end)));
    }
    ended.sort_by_key(|(at, id, _, _)| (*at, *id));
    let skipped = ended.len().saturating_sub(RECENT);
    if ended.is_empty() {
        return;
    }
    page.gap();
    page.line(paint(Tone::Heading, "Ended last"));
    for (at, id, chapter, end) in ended.into_iter().skip(skipped) {
        let took = duration(seconds_between(chapter.started, Some(at)));
        let time = at.strftime("%H:%M:%S").to_string();
        step_line(page, view.plan, id, &time, &format!("{} ({took})", end_words(end)), columns);
    }
}

/// `  02:31:04  step 31  web-10  drain: done (2 min)`.
fn step_line(page: &mut Page, plan: &Plan, id: StepId, time: &str, what: &str, columns: usize) {
    let (node, action) = plan
        .step(id)
        .map_or_else(|| ("?".to_owned(), String::new()), |s| (s.action.subject().to_string(), action_name(&s.action)));
    page.lines(hang(&format!("  {time:<8}  {id:>4}  {}  ", pad(&node, 8)), &format!("{action}: {what}"), columns));
}

/// The last words of a run that reached its end.
pub(crate) fn finished(plan: &Plan, story: &Story, now: Timestamp) -> String {
    let (steps, worked) = (count(plan.steps().count(), "step"), duration(story.worked_s(now)));
    let done = paint(Tone::Good, "done");
    format!("{done}: {} is at {}; {steps} in {worked}, every goal observed", plan.cluster.name, plan.target)
}

/// How a step ended, in words.
pub(crate) fn end_words(end: &End) -> String {
    match end {
        End::Finished { how: How::AlreadyDone, .. } => "already done".to_owned(),
        End::Finished { how: How::Done, .. } => "done".to_owned(),
        End::Finished { how: How::TakenUpAgain, .. } => "done, taken up again".to_owned(),
        End::Failed { error, in_doubt: false } => format!("failed: {error}"),
        End::Failed { error, in_doubt: true } => format!("in doubt: {error}"),
    }
}

/// Everything the journal has of one step.
pub(crate) fn step_record(step: &Step, chapter: Option<&Chapter>, columns: usize) -> String {
    let mut page = Page::default();
    let title = format!("step {}, {}: {}", step.id, step.action.subject(), action_words(&step.action));
    page.line(paint(Tone::Heading, &title));
    if let Some(detail) = action_detail(&step.action) {
        page.lines(hang("  ", &detail, columns));
    }
    let Some(chapter) = chapter else {
        page.line("  not started");
        return page.into_text();
    };
    if let Some(started) = chapter.started {
        page.line(format!("  started   {}, attempt {}", clock(started), chapter.attempt));
    }
    if let Some((at, end)) = &chapter.ended {
        page.lines(hang("  ended     ", &format!("{}, {}", clock(*at), end_words(end)), columns));
        if let End::Finished { observed, .. } = end {
            observed.iter().for_each(|seen| page.lines(hang("  observed  ", seen, columns)));
        }
    }
    for output in &chapter.output {
        page.line("  output");
        output.lines().for_each(|line| page.line(format!("    {line}")));
    }
    page.into_text()
}

/// `2026-11-22 02:31:04 UTC`: a journal is read in other places than it was written.
pub(crate) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
