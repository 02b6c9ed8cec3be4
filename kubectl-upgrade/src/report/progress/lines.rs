//! One greppable line for each event: time, step, node, what.

use std::collections::BTreeMap;

use jiff::Timestamp;
use upgrade_core::event::Event;
use upgrade_core::ids::StepId;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::Plan;

use crate::report::human::{action_name, end_words, progress_words};
use crate::report::story::End;
use crate::report::visible;

/// Remembers what was said, seconds left out, so that the same wait is said once.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    said: BTreeMap<Option<StepId>, String>,
}

impl Lines {
    /// The line of an event; none when it says nothing new.
    pub(crate) fn line(&mut self, plan: &Plan, now: Timestamp, event: &Event) -> Option<String> {
        let (at, step, what) = match event {
            Event::Recorded(record) => {
                let (step, what) = record_words(record)?;
                (record.at, step, what)
            }
            Event::Progress(progress) => (now, Some(progress.step), format!("progress: {}", progress_words(progress))),
            Event::Waiting { step, reasons } => (now, *step, format!("waiting: {}", reasons.join("; "))),
        };
        let gist = without_seconds(&what);
        if self.said.get(&step) == Some(&gist) {
            return None;
        }
        self.said.insert(step, gist);
        let line = format!("{} {}{what}", at.strftime("%Y-%m-%dT%H:%M:%SZ"), place(plan, step));
        Some(visible::line(&line).into_owned())
    }
}

/// The text without its counts of seconds (`41 s`, `41s`, `0.5 seconds`): time that passes is no news.
fn without_seconds(text: &str) -> String {
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) && word.parse::<f64>().is_ok();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    let mut kept: Vec<&str> = Vec::new();
    for word in text.split(' ') {
        let unit = bare(word);
        if ["s", "sec", "second", "seconds"].contains(&unit.as_str())
            && kept.last().is_some_and(|n| is_number(&bare(n)))
        {
            kept.pop();
        }
        if !unit.strip_suffix('s').is_some_and(is_number) {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// `step 31/214 web-10 drain `.
fn place(plan: &Plan, step: Option<StepId>) -> String {
    let Some(id) = step else { return String::new() };
    let total = plan.steps().count();
    match plan.step(id) {
        Some(step) => format!("step {id}/{total} {} {}: ", step.action.subject(), action_name(&step.action)),
        None => format!("step {id}/{total}: "),
    }
}

fn record_words(record: &Record) -> Option<(Option<StepId>, String)> {
    let words = match &record.entry {
        Entry::RunStarted { run, plan, holder, .. } => (None, format!("run {run} started by {holder}, plan {plan}")),
        Entry::RunResumed { holder, .. } => (None, format!("run resumed by {holder}")),
        Entry::StepStarted { step, attempt: 1 } => (Some(*step), "started".to_owned()),
        Entry::StepStarted { step, attempt } => (Some(*step), format!("started, attempt {attempt}")),
        Entry::OperationBegun { step, operation } => (Some(*step), format!("begun as {}", operation.0)),
        // It is in the journal; status --step shows it.
        Entry::Output { .. } => return None,
        Entry::StepFinished { step, how, observed } => {
            let end = End::Finished { how: *how, observed: observed.clone() };
            let seen = if observed.is_empty() { String::new() } else { format!(": {}", observed.join("; ")) };
            (Some(*step), format!("{}{seen}", end_words(&end)))
        }
        Entry::StepFailed { step, error, in_doubt } => {
            (Some(*step), end_words(&End::Failed { error: error.clone(), in_doubt: *in_doubt }))
        }
        Entry::Held { step, found, .. } => (*step, format!("held: {}", found.join("; "))),
        Entry::RunFinished => (None, "run finished".to_owned()),
    };
    Some(words)
}
