//! Puts lines on a terminal and replaces them in place. What they say is [`super::screen`]'s matter.

use std::cell::RefCell;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::visible;

/// The room there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Columns.
    pub(crate) columns: usize,
    /// Lines.
    pub(crate) rows: usize,
}

/// Lines that are replaced in place.
pub(crate) struct Bars {
    term: Term,
    multi: MultiProgress,
    lines: RefCell<Vec<ProgressBar>>,
    coloured: bool,
}

/// Redraws a second; more flickers over slow links.
const REDRAWS_HZ: u8 = 8;

impl Bars {
    pub(crate) fn new(coloured: bool) -> Self {
        let term = Term::stderr();
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::term(term.clone(), REDRAWS_HZ));
        Self { term, multi, lines: RefCell::default(), coloured }
    }

    pub(crate) fn size(&self) -> Size {
        let (rows, columns) = self.term.size();
        Size { columns: usize::from(columns), rows: usize::from(rows) }
    }

    pub(crate) fn draw(&self, text: &[String]) {
        let mut lines = self.lines.borrow_mut();
        while lines.len() > text.len() {
            if let Some(line) = lines.pop() {
                line.finish_and_clear();
                self.multi.remove(&line);
            }
        }
        while lines.len() < text.len() {
            let style = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            lines.push(self.multi.add(ProgressBar::new(1).with_style(style)));
        }
        lines.iter().zip(text).for_each(|(line, text)| line.set_message(self.painted(text)));
    }

    /// Without its paint where colour is not wanted: these lines pass by the stream that would remove it.
    fn painted(&self, text: &str) -> String {
        let text = visible::lines(text);
        if self.coloured { text.into_owned() } else { console::strip_ansi_codes(&text).into_owned() }
    }

    pub(crate) fn say(&self, text: &str) {
        // A terminal that cannot be written to must not stop a run.
        let _ = self.multi.println(self.painted(text));
    }

    pub(crate) fn close(&self) {
        self.draw(&[]);
        let _ = self.multi.clear();
    }
}
