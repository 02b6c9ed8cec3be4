//! Reads a script: the POSIX grammar as far as scripts use it. What is not supported is an error, never something else.

mod command;
mod word;

pub(crate) use word::is_variable;

use std::sync::{Arc, OnceLock};

use super::syntax::{List, Word};

/// Why a script cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a script that the simulated shell can read, found in line {line}: {what}")]
pub(crate) struct Unreadable {
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// Reads a script.
///
/// # Errors
/// On syntax errors and on what is not supported.
pub(crate) fn parse(text: &str) -> Result<List, Unreadable> {
    let mut parser = Parser { chars: text.chars().collect(), at: 0, here: Vec::new() };
    let list = parser.list()?;
    match parser.peek() {
        None => Ok(list),
        Some(found) => Err(parser.wrong(format!("{found:?} out of place"))),
    }
}

struct Here {
    end: String,
    strip_tabs: bool,
    literal: bool,
    text: Arc<OnceLock<Word>>,
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    /// Here-documents whose text begins with the next line.
    here: Vec<Here>,
}

type Parsed<T> = Result<T, Unreadable>;

impl Parser {
    fn wrong(&self, what: impl Into<String>) -> Unreadable {
        let before = self.chars.get(..self.at).unwrap_or_default();
        Unreadable { line: before.iter().filter(|char| **char == '\n').count() + 1, what: what.into() }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn ahead(&self, by: usize) -> Option<char> {
        self.chars.get(self.at + by).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    /// Goes past the text if it comes next.
    fn take(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        let found = self.chars.get(self.at..self.at + length).is_some_and(|next| text.chars().eq(next.iter().copied()));
        if found {
            self.at += length;
        }
        found
    }

    fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.take(text) {
            return Ok(());
        }
        let found = self.peek().map_or_else(|| "the end".to_owned(), |char| format!("{char:?}"));
        Err(self.wrong(format!("{found} where {text:?} should be")))
    }

    /// Skips blanks, continued lines and a comment.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t') => self.at += 1,
                Some('\\') if self.ahead(1) == Some('\n') => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|char| char != '\n') {
                        self.at += 1;
                    }
                }
                Some(_) | None => return,
            }
        }
    }

    /// Skips blanks and newlines.
    fn lines(&mut self) -> Parsed<()> {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return Ok(());
            }
            self.newline()?;
        }
    }

    /// Goes past a newline and reads the here-documents that begin after it.
    fn newline(&mut self) -> Parsed<()> {
        self.at += 1;
        for here in std::mem::take(&mut self.here) {
            let body = self.here_text(&here)?;
            let word = if here.literal { Word(vec![super::syntax::Part::Quoted(body)]) } else { read_here(&body)? };
            let _ = here.text.set(word);
        }
        Ok(())
    }

    fn here_text(&mut self, here: &Here) -> Parsed<String> {
        let mut body = String::new();
        loop {
            let mut line = String::new();
            let ended = loop {
                match self.next() {
                    None => break false,
                    Some('\n') => break true,
                    Some(char) => line.push(char),
                }
            };
            let line = if here.strip_tabs { line.trim_start_matches('\t') } else { &line };
            if line == here.end {
                return Ok(body);
            }
            if !ended {
                return Err(self.wrong(format!("the end in the here-document until {:?}", here.end)));
            }
            body.push_str(line);
            body.push('\n');
        }
    }
}

fn read_here(body: &str) -> Parsed<Word> {
    let mut parser = Parser { chars: body.chars().collect(), at: 0, here: Vec::new() };
    let parts = parser.double(None)?;
    Ok(Word(vec![super::syntax::Part::Double(parts)]))
}

fn is_name_start(char: char) -> bool {
    char.is_ascii_alphabetic() || char == '_'
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}
