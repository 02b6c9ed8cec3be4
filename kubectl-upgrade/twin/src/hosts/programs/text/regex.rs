//! POSIX regular expressions, by way of the regex crate.
//!
//! Alternatives are tried in order there, where POSIX takes the longest: it differs in what is matched, never in whether.
//! A back-reference is refused.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use crate::hosts::shell::{Flow, Ran};

/// How an expression is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style {
    /// As grep and sed take it.
    Basic,
    /// As `grep -E`, `sed -E` and awk take it.
    Extended,
    /// Every character stands for itself.
    Fixed,
}

type Known = BTreeMap<(String, Style, bool), Arc<Regex>>;

thread_local! {
    static KNOWN: RefCell<Known> = const { RefCell::new(BTreeMap::new()) };
}

/// How many expressions are kept as compiled.
const KEPT: usize = 512;

/// Compiles an expression; the same one once.
pub(super) fn compile(pattern: &str, style: Style, any_case: bool) -> Ran<Arc<Regex>> {
    let key = (pattern.to_owned(), style, any_case);
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).cloned()) {
        return Ok(known);
    }
    let text = match style {
        Style::Fixed => regex::escape(pattern),
        Style::Basic => Reader::new(pattern, false).translate()?,
        Style::Extended => Reader::new(pattern, true).translate()?,
    };
    let built = RegexBuilder::new(&text).case_insensitive(any_case).dot_matches_new_line(true).build();
    let regex = built.map_err(|error| Flow::Unsupported(format!("the regular expression {pattern}: {error}")))?;
    let regex = Arc::new(regex);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, Arc::clone(&regex));
    });
    Ok(regex)
}

struct Reader<'a> {
    pattern: &'a str,
    chars: Vec<char>,
    at: usize,
    extended: bool,
    text: String,
}

impl<'a> Reader<'a> {
    fn new(pattern: &'a str, extended: bool) -> Self {
        Self { pattern, chars: pattern.chars().collect(), at: 0, extended, text: String::new() }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn wrong<T>(&self, what: &str) -> Ran<T> {
        Err(Flow::Unsupported(format!("{what} in the regular expression {}", self.pattern)))
    }

    fn translate(mut self) -> Ran<String> {
        // Where a `*` stands for itself and, in basic style, a `^` is an anchor.
        let mut start = true;
        while let Some(char) = self.peek() {
            self.at += 1;
            let was_start = std::mem::replace(&mut start, false);
            match char {
                '\\' => start = self.escape()?,
                '[' => self.bracket()?,
                '*' if was_start && self.extended => return self.wrong("a repetition of nothing"),
                '*' if was_start => self.text.push_str("\\*"),
                '^' if !self.extended && !was_start => self.text.push_str("\\^"),
                '^' => {
                    self.text.push('^');
                    start = true;
                }
                '$' if !self.extended && !self.at_end() => self.text.push_str("\\$"),
                '(' | ')' | '{' | '}' | '|' | '+' | '?' if !self.extended => {
                    self.text.push('\\');
                    self.text.push(char);
                }
                '{' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => self.text.push_str("\\{"),
                char => {
                    self.text.push(char);
                    start = matches!(char, '(' | '|');
                }
            }
        }
        Ok(self.text)
    }

    /// Whether a `$` here is an anchor in basic style.
    fn at_end(&self) -> bool {
        match self.peek() {
            None => true,
            Some('\\') => matches!(self.chars.get(self.at + 1), Some(')' | '|')),
            Some(_) => false,
        }
    }

    /// What a backslash escapes; whether a new branch begins after it.
    fn escape(&mut self) -> Ran<bool> {
        let Some(next) = self.peek() else { return self.wrong("a backslash at the end") };
        self.at += 1;
        match next {
            '1'..='9' => return self.wrong("a back-reference"),
            '(' | ')' | '{' | '}' | '|' | '+' | '?' if !self.extended => {
                self.text.push(next);
                return Ok(matches!(next, '(' | '|'));
            }
            'n' => self.text.push('\n'),
            't' => self.text.push('\t'),
            'b' | 'B' | 'w' | 'W' | 's' | 'S' => {
                self.text.push('\\');
                self.text.push(next);
            }
            '<' | '>' => self.text.push_str("\\b"),
            next if next.is_ascii_alphanumeric() => return self.wrong(&format!("\\{next}")),
            next => self.text.push_str(&regex::escape(next.encode_utf8(&mut [0; 4]))),
        }
        Ok(false)
    }

    /// Copies a bracket expression, after its opening.
    fn bracket(&mut self) -> Ran<()> {
        self.text.push('[');
        if self.peek() == Some('^') {
            self.text.push('^');
            self.at += 1;
        }
        let first = self.at;
        loop {
            let Some(char) = self.peek() else { return self.wrong("no closing bracket") };
            self.at += 1;
            let next = self.peek();
            match char {
                ']' if self.at > first + 1 => {
                    self.text.push(']');
                    return Ok(());
                }
                '[' if next == Some(':') => self.class()?,
                '[' if matches!(next, Some('.' | '=')) => return self.wrong("a collating symbol"),
                // What awk and GNU sed read as escapes in brackets.
                '\\' if matches!(next, Some('t' | 'n' | '/' | '"' | '\\')) => {
                    self.text.push('\\');
                    self.text.extend(next);
                    self.at += 1;
                }
                '-' if self.at == first + 1 || next == Some(']') => self.text.push_str("\\-"),
                ']' | '[' | '\\' | '&' | '~' | '^' => {
                    self.text.push('\\');
                    self.text.push(char);
                }
                char => self.text.push(char),
            }
        }
    }

    fn class(&mut self) -> Ran<()> {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let Some(end) = rest.windows(2).position(|pair| pair == [':', ']']) else {
            return self.wrong("no end of a class");
        };
        self.text.push('[');
        self.text.extend(rest.get(..end + 2).unwrap_or_default());
        self.at += end + 2;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_posix_says() {
        for (pattern, style, text, found) in [
            ("a+b", Style::Basic, "a+b", true),
            ("a+b", Style::Basic, "aab", false),
            ("a\\{2\\}", Style::Basic, "aa", true),
            ("*a", Style::Basic, "*a", true),
            ("^a$b", Style::Basic, "a$b", true),
            ("(^|[^A-Za-z])\"?(secret)\"?[[:space:]]*:", Style::Extended, "  \"secret\" :", true),
            ("(^|[^A-Za-z])\"?(secret)\"?[[:space:]]*:", Style::Extended, "  mysecret:", false),
            ("(^|\n)Enabled:[ \\t]*(no|false)", Style::Extended, "Types: deb\nEnabled:\tno", true),
            ("[]a]", Style::Basic, "]", true),
            ("[a-]", Style::Basic, "-", true),
            ("a.b", Style::Fixed, "axb", false),
        ] {
            assert_eq!(compile(pattern, style, false).unwrap().is_match(text), found, "{pattern} {text}");
        }
        assert!(compile("\\(a\\)\\1", Style::Basic, false).is_err());
    }
}
