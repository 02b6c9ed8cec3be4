//! What the events of a run tell so far, kept for showing.
//!
//! A run under way and a journal read back go through here alike. This is for eyes only: it never refuses a sequence and
//! nothing is decided by it; the journal's own `fold` is the judge of what may follow what.

use std::collections::BTreeMap;

use jiff::Timestamp;
use upgrade_core::event::{Event, Progress};
use upgrade_core::ids::{RunId, StepId};
use upgrade_core::journal::{Entry, HoldReason, How, Record};

/// The story so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    /// The run.
    pub(crate) run: Option<RunId>,
    /// Who runs it, or ran it last.
    pub(crate) holder: Option<String>,
    /// When it began.
    pub(crate) began: Option<Timestamp>,
    /// When the present attempt at it began: the start or the last resume.
    pub(crate) took_up: Option<Timestamp>,
    /// Seconds spent before the last resume, without the pauses.
    pub(crate) spent_before_s: u64,
    /// The last record.
    pub(crate) last: Option<Timestamp>,
    /// The steps ever started.
    pub(crate) steps: BTreeMap<StepId, Chapter>,
    /// What is waited for between steps.
    pub(crate) waiting: Vec<String>,
    /// Why it is held, while it is.
    pub(crate) held: Option<Hold>,
    /// Whether every goal held at the end.
    pub(crate) finished: bool,
}

/// What is told of one step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chapter {
    /// When it last started.
    pub(crate) started: Option<Timestamp>,
    /// Which attempt.
    pub(crate) attempt: u32,
    /// How it ended; none while it is under way.
    pub(crate) ended: Option<(Timestamp, End)>,
    /// What it is doing.
    pub(crate) progress: Option<Progress>,
    /// What it waits for.
    pub(crate) waiting: Vec<String>,
    /// The last lines of its commands.
    pub(crate) output: Vec<String>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its goal was observed.
    Finished {
        /// How.
        how: How,
        /// What was observed.
        observed: Vec<String>,
    },
    /// It failed, or its outcome is in doubt.
    Failed {
        /// What was expected and found.
        error: String,
        /// Whether its effect may be going on.
        in_doubt: bool,
    },
}

/// Why a run stopped, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Why.
    pub(crate) reason: HoldReason,
    /// Where.
    pub(crate) step: Option<StepId>,
    /// What was found.
    pub(crate) found: Vec<String>,
    /// The state everything is in.
    pub(crate) state: Vec<String>,
    /// What to type next.
    pub(crate) next: Vec<String>,
}

impl Story {
    /// The story that records tell.
    pub(crate) fn of(records: &[Record]) -> Self {
        let mut story = Self::default();
        records.iter().for_each(|record| story.record(record));
        story
    }

    /// Goes on with an event.
    pub(crate) fn event(&mut self, event: &Event) {
        match event {
            Event::Recorded(record) => self.record(record),
            Event::Progress(progress) => {
                let chapter = self.steps.entry(progress.step).or_default();
                chapter.waiting.clear();
                chapter.progress = Some(progress.clone());
            }
            Event::Waiting { step: None, reasons } => self.waiting.clone_from(reasons),
            Event::Waiting { step: Some(step), reasons } => {
                self.steps.entry(*step).or_default().waiting.clone_from(reasons);
            }
        }
    }

    fn record(&mut self, record: &Record) {
        let at = record.at;
        self.waiting.clear();
        match &record.entry {
            Entry::RunStarted { run, holder, .. } => {
                self.run = Some(run.clone());
                self.holder = Some(holder.clone());
                self.began = Some(at);
                self.took_up = Some(at);
            }
            Entry::RunResumed { holder, .. } => {
                self.spent_before_s += seconds_between(self.took_up, self.last);
                self.holder = Some(holder.clone());
                self.took_up = Some(at);
                self.held = None;
            }
            Entry::StepStarted { step, attempt } => {
                let output = self.steps.remove(step).map(|chapter| chapter.output).unwrap_or_default();
                let chapter = Chapter { started: Some(at), attempt: *attempt, output, ..Chapter::default() };
                self.steps.insert(*step, chapter);
            }
            Entry::OperationBegun { .. } => {}
            Entry::Output { step, text } => self.steps.entry(*step).or_default().output.push(text.clone()),
            Entry::StepFinished { step, how, observed } => {
                self.end(*step, at, End::Finished { how: *how, observed: observed.clone() });
            }
            Entry::StepFailed { step, error, in_doubt } => {
                self.end(*step, at, End::Failed { error: error.clone(), in_doubt: *in_doubt });
            }
            Entry::Held { reason, step, found, state, next } => {
                self.held = Some(Hold {
                    reason: *reason,
                    step: *step,
                    found: found.clone(),
                    state: state.clone(),
                    next: next.clone(),
                });
            }
            Entry::RunFinished => self.finished = true,
        }
        self.last = Some(at);
    }

    fn end(&mut self, step: StepId, at: Timestamp, end: End) {
        let chapter = self.steps.entry(step).or_default();
        chapter.ended = Some((at, end));
        chapter.waiting.clear();
        chapter.progress = None;
    }

    /// The steps whose goal was observed.
    pub(crate) fn finished_steps(&self) -> impl Iterator<Item = StepId> {
        let finished = |chapter: &Chapter| matches!(chapter.ended, Some((_, End::Finished { .. })));
        self.steps.iter().filter(move |(_, chapter)| finished(chapter)).map(|(step, _)| *step)
    }

    /// The steps under way.
    pub(crate) fn in_flight(&self) -> impl Iterator<Item = (StepId, &Chapter)> {
        self.steps.iter().filter(|(_, chapter)| chapter.ended.is_none()).map(|(step, chapter)| (*step, chapter))
    }

    /// Seconds the run has worked until `now`, pauses between a hold and its resume left out.
    pub(crate) fn worked_s(&self, now: Timestamp) -> u64 {
        let until = if self.finished || self.held.is_some() { self.last } else { Some(now) };
        self.spent_before_s + seconds_between(self.took_up, until)
    }
}

/// Seconds from one time to a later one; 0 when either is missing.
pub(crate) fn seconds_between(from: Option<Timestamp>, to: Option<Timestamp>) -> u64 {
    let (Some(from), Some(to)) = (from, to) else { return 0 };
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0)
}
