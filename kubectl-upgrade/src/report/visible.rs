//! Text that others wrote, made fit for a terminal: names of objects, answers of servers, output of hosts.
//!
//! A terminal obeys what it is sent. Nothing but our own paint may be obeyed: everything else that is no letter to look
//! at is shown as `\u{fffd}`, so that it neither acts nor hides.

use std::borrow::Cow;

/// The sequences [`super::text::paint`] writes.
const PAINT: [&str; 6] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"];

/// Lines of text: their breaks stay.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    clean(text, "\n")
}

/// One line: a break in it is a blank, or what follows could pass for a line of ours.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    clean(text, " ")
}

fn clean<'t>(text: &'t str, line_break: &str) -> Cow<'t, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let paint = PAINT.into_iter().find(|paint| rest.starts_with(paint));
        match (first, paint) {
            (_, Some(paint)) => cleaned.push_str(paint),
            ('\n', None) => cleaned.push_str(line_break),
            ('\t', None) => cleaned.push(' '),
            (first, None) if acts(first) => cleaned.push(char::REPLACEMENT_CHARACTER),
            (first, None) => cleaned.push(first),
        }
        rest = rest.get(paint.map_or(first.len_utf8(), str::len)..).unwrap_or_default();
    }
    Cow::Owned(cleaned)
}

/// Control characters, and those that turn the direction of text around and so make it read as another.
fn acts(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::{Tone, paint};

    #[test]
    fn what_a_terminal_would_obey_is_seen_instead() {
        for (text, cleaned) in [
            ("shop/web · 壊れた", "shop/web · 壊れた"),
            ("a\u{1b}[2Jb", "a\u{fffd}[2Jb"),
            ("\u{1b}]0;title\u{7}x", "\u{fffd}]0;title\u{fffd}x"),
            ("\u{9b}31mx\r\u{8}", "\u{fffd}31mx\u{fffd}\u{fffd}"),
            ("nodes\u{202e}gnp", "nodes\u{fffd}gnp"),
            ("a\tb", "a b"),
        ] {
            assert_eq!(lines(text), cleaned);
            assert_eq!(line(text), cleaned);
        }
        assert_eq!(lines("a\nb"), "a\nb");
        assert_eq!(line("a\nhint: b"), "a hint: b");
    }

    #[test]
    fn our_own_paint_stays() {
        for tone in [Tone::Heading, Tone::Good, Tone::Caution, Tone::Bad, Tone::Faint] {
            let painted = paint(tone, "x");
            assert_eq!(lines(&painted), painted);
        }
    }
}
