//! When each step of a plan was under way, as the journal tells it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use upgrade_core::ids::StepId;
use upgrade_core::journal::{Entry, Record};

/// One attempt at a step.
#[derive(Clone, Copy, Debug)]
struct Window {
    attempt: u32,
    from: Timestamp,
    /// None for as long as its effect may still be going on.
    to: Option<Timestamp>,
}

/// The attempts at each step, in order.
#[derive(Debug, Default)]
pub(super) struct Windows(BTreeMap<StepId, Vec<Window>>);

impl Windows {
    pub(super) fn of(records: &[Record]) -> Self {
        let mut windows = Self::default();
        for record in records {
            match &record.entry {
                Entry::StepStarted { step, attempt } => {
                    windows.close(*step, record.at);
                    let window = Window { attempt: *attempt, from: record.at, to: None };
                    windows.0.entry(*step).or_default().push(window);
                }
                Entry::StepFinished { step, .. } | Entry::StepFailed { step, in_doubt: false, .. } => {
                    windows.close(*step, record.at);
                }
                Entry::StepFailed { in_doubt: true, .. }
                | Entry::RunStarted { .. }
                | Entry::RunResumed { .. }
                | Entry::OperationBegun { .. }
                | Entry::Output { .. }
                | Entry::Held { .. }
                | Entry::RunFinished => {}
            }
        }
        windows
    }

    fn close(&mut self, step: StepId, at: Timestamp) {
        if let Some(last) = self.0.get_mut(&step).and_then(|windows| windows.last_mut()) {
            last.to = last.to.or(Some(at));
        }
    }

    /// Whether the step was under way then.
    pub(super) fn any(&self, step: StepId, at: Timestamp) -> bool {
        self.0.get(&step).into_iter().flatten().any(|window| window.holds(at))
    }

    /// How often it was attempted.
    pub(super) fn attempts(&self, step: StepId) -> usize {
        self.0.get(&step).map_or(0, Vec::len)
    }

    /// Whether that attempt at the step was under way then.
    pub(super) fn attempt(&self, step: StepId, attempt: u32, at: Timestamp) -> bool {
        self.0.get(&step).into_iter().flatten().any(|window| window.attempt == attempt && window.holds(at))
    }
}

impl Window {
    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at <= to)
    }
}
