//! Reads a script of sed.

use super::super::regex::{Style, compile};
use super::{Action, Address, Command, Piece, Substitute};
use crate::hosts::shell::{Flow, Ran};

struct Reader<'a> {
    chars: Vec<char>,
    at: usize,
    style: Style,
    text: &'a str,
}

/// Reads a script.
pub(super) fn script(text: &str, extended: bool) -> Ran<Vec<Command>> {
    let style = if extended { Style::Extended } else { Style::Basic };
    let mut reader = Reader { chars: text.chars().collect(), at: 0, style, text };
    let commands = reader.commands(false)?;
    match reader.peek() {
        None => Ok(commands),
        Some(char) => reader.wrong(&format!("{char:?} out of place")),
    }
}

impl Reader<'_> {
    fn wrong<T>(&self, what: &str) -> Ran<T> {
        Err(Flow::Unsupported(format!("{what} in the sed script {}", self.text)))
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn skip(&mut self, of: &str) {
        while self.peek().is_some_and(|char| of.contains(char)) {
            self.at += 1;
        }
    }

    fn commands(&mut self, inside: bool) -> Ran<Vec<Command>> {
        let mut commands = Vec::new();
        loop {
            self.skip(" \t\n;");
            match self.peek() {
                None if inside => return self.wrong("no closing brace"),
                None => return Ok(commands),
                Some('}') if inside => {
                    self.at += 1;
                    return Ok(commands);
                }
                Some('#') => {
                    while self.peek().is_some_and(|char| char != '\n') {
                        self.at += 1;
                    }
                }
                Some(_) => commands.push(self.command()?),
            }
        }
    }

    fn command(&mut self) -> Ran<Command> {
        let mut addresses = Vec::new();
        if let Some(address) = self.address()? {
            addresses.push(address);
            self.skip(" \t");
            if self.peek() == Some(',') {
                self.at += 1;
                self.skip(" \t");
                match self.address()? {
                    Some(address) => addresses.push(address),
                    None => return self.wrong("no second address"),
                }
            }
        }
        self.skip(" \t");
        let negated = self.peek() == Some('!');
        self.at += usize::from(negated);
        self.skip(" \t");
        let action = self.action()?;
        Ok(Command { addresses, negated, action })
    }

    fn address(&mut self) -> Ran<Option<Address>> {
        match self.peek() {
            Some('$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some(digit) if digit.is_ascii_digit() => Ok(Some(Address::Line(self.number()))),
            Some(start @ ('/' | '\\')) => {
                self.at += 1;
                let delimiter = if start == '\\' { self.next().unwrap_or('/') } else { '/' };
                let pattern = self.until(delimiter, true)?;
                let any_case = self.peek() == Some('I');
                self.at += usize::from(any_case);
                Ok(Some(Address::Matching(compile(&pattern, self.style, any_case)?)))
            }
            Some(_) | None => Ok(None),
        }
    }

    fn number(&mut self) -> usize {
        let mut number = 0_usize;
        while let Some(digit) = self.peek().and_then(|char| char.to_digit(10)) {
            number = number.saturating_mul(10).saturating_add(digit as usize);
            self.at += 1;
        }
        number
    }

    /// The text up to the delimiter, which is passed. In brackets of an expression it does not count.
    fn until(&mut self, delimiter: char, expression: bool) -> Ran<String> {
        let mut text = String::new();
        let mut bracket: Option<usize> = None;
        loop {
            let Some(char) = self.next() else { return self.wrong("no delimiter") };
            if char == delimiter && bracket.is_none() {
                return Ok(text);
            }
            if char == '\\' && bracket.is_none() {
                match self.next() {
                    Some(next) if next == delimiter => text.push(next),
                    Some(next) => {
                        text.push('\\');
                        text.push(next);
                    }
                    None => return self.wrong("a backslash at the end"),
                }
                continue;
            }
            if expression {
                bracket = match (bracket, char) {
                    (None, '[') => Some(text.len()),
                    (Some(open), ']') if closes(&text, open) => None,
                    (bracket, _) => bracket,
                };
            }
            text.push(char);
        }
    }

    fn action(&mut self) -> Ran<Action> {
        let action = match self.next() {
            Some('s') => Action::Substitute(self.substitute()?),
            Some('y') => self.translate()?,
            Some('d') => Action::Delete,
            Some('p') => Action::Print,
            Some('=') => Action::Number,
            Some('q') => Action::Quit,
            Some('n') => Action::Next,
            Some('a') => return Ok(Action::Append(self.line())),
            Some('i') => return Ok(Action::Insert(self.line())),
            Some('c') => return Ok(Action::Change(self.line())),
            Some('{') => return Ok(Action::Block(self.commands(true)?)),
            other => return self.wrong(&format!("the command {other:?}")),
        };
        self.skip(" \t");
        match self.peek() {
            None | Some('\n' | ';' | '}' | '#') => Ok(action),
            Some(char) => self.wrong(&format!("{char:?} after a command")),
        }
    }

    fn substitute(&mut self) -> Ran<Substitute> {
        let Some(delimiter) = self.next() else { return self.wrong("no delimiter") };
        let pattern = self.until(delimiter, true)?;
        let replacement = self.until(delimiter, false)?;
        let (mut every, mut nth, mut print, mut any_case) = (false, 1, false, false);
        loop {
            match self.peek() {
                Some('g') => every = true,
                Some('p') => print = true,
                Some('i' | 'I') => any_case = true,
                Some(digit) if digit.is_ascii_digit() => {
                    nth = self.number();
                    continue;
                }
                Some('w' | 'e' | 'm' | 'M') => return self.wrong("a flag"),
                Some(_) | None => break,
            }
            self.at += 1;
        }
        let regex = compile(&pattern, self.style, any_case)?;
        let with = self.replacement(&replacement)?;
        Ok(Substitute { regex, with, every, nth, print })
    }

    fn replacement(&self, text: &str) -> Ran<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            let group = match char {
                '&' => 0,
                '\\' => match chars.next() {
                    Some(digit) if digit.is_ascii_digit() => digit.to_digit(10).unwrap_or_default() as usize,
                    Some('n') => {
                        plain.push('\n');
                        continue;
                    }
                    Some('t') => {
                        plain.push('\t');
                        continue;
                    }
                    Some(letter) if letter.is_ascii_alphabetic() => return self.wrong(&format!("\\{letter}")),
                    other => {
                        plain.extend(other);
                        continue;
                    }
                },
                char => {
                    plain.push(char);
                    continue;
                }
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Group(group));
        }
        pieces.push(Piece::Text(plain));
        Ok(pieces)
    }

    fn translate(&mut self) -> Ran<Action> {
        let Some(delimiter) = self.next() else { return self.wrong("no delimiter") };
        let (from, to) = (self.until(delimiter, false)?, self.until(delimiter, false)?);
        if from.contains('\\') || to.contains('\\') || from.chars().count() != to.chars().count() {
            return self.wrong("these sets");
        }
        Ok(Action::Translate(from.chars().zip(to.chars()).collect()))
    }

    /// The text of `a`, `i` and `c`: the rest of the line, or the next after `\`.
    fn line(&mut self) -> String {
        self.skip(" \t");
        if self.peek() == Some('\\') {
            self.at += 1;
            self.skip("\n");
        }
        let mut text = String::new();
        while let Some(char) = self.next().filter(|char| *char != '\n') {
            text.push(char);
        }
        text.push('\n');
        text
    }
}

/// Whether a `]` closes the bracket expression that began at `open`.
fn closes(text: &str, open: usize) -> bool {
    let inside = text.get(open + 1..).unwrap_or_default();
    let inside = inside.strip_prefix('^').unwrap_or(inside);
    // The `]` of `[:space:]` closes the class alone.
    let class = inside.rfind("[:").filter(|class| !inside.get(class + 2..).unwrap_or_default().contains(']'));
    !inside.is_empty() && class.is_none()
}
