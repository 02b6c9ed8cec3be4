//! How far rehearsals are: a line that is replaced on a terminal, one line that stays elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::Terminal;
use crate::report::text::count;

/// Rehearsals under way. Threads may tell of them side by side.
pub(crate) struct Tries {
    bar: Option<ProgressBar>,
}

impl Tries {
    /// Begins.
    pub(crate) fn begin(terminal: &Terminal, times: u64) -> Self {
        if !terminal.interactive() {
            let times = count(usize::try_from(times).unwrap_or(usize::MAX), "time");
            terminal.note(&format!("rehearsing {times} on a copy of the cluster"));
            return Self { bar: None };
        }
        let style = ProgressStyle::with_template("{msg} {pos} of {len}  {bar:20}  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(times).with_style(style).with_message("rehearsing on a copy:");
        bar.tick();
        Self { bar: Some(bar) }
    }

    /// So many are done.
    pub(crate) fn done(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    /// They are over; what comes next.
    pub(crate) fn say(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{text}; rehearsed"));
        }
    }
}

impl Drop for Tries {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
