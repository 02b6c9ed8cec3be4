//! Words: quotes and what stands for something else.

use std::sync::Arc;

use super::super::syntax::{Form, Instead, Parameter, Part, Word};
use super::{Parsed, Parser, is_name, is_name_start};

impl Parser {
    pub(super) fn word(&mut self) -> Parsed<Word> {
        let parts = self.parts(&|char| " \t\n;&|()<>".contains(char))?;
        if parts.is_empty() {
            let found = self.peek().map_or_else(|| "the end".to_owned(), |char| format!("{char:?}"));
            return Err(self.wrong(format!("{found} where a word should be")));
        }
        Ok(Word(parts))
    }

    /// Parts outside of double quotes, up to a character that ends them.
    fn parts(&mut self, ends: &dyn Fn(char) -> bool) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        while let Some(char) = self.peek().filter(|char| !ends(*char)) {
            let special = match char {
                '\'' => Some(Part::Quoted(self.single()?)),
                '"' => {
                    self.at += 1;
                    Some(Part::Double(self.double(Some('"'))?))
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => continue,
                        Some(char) => Some(Part::Quoted(char.to_string())),
                        None => Some(Part::Quoted("\\".to_owned())),
                    }
                }
                '$' => self.dollar(false)?,
                '`' => Some(self.backticks(false)?),
                _ => None,
            };
            match special {
                Some(part) => {
                    flush(&mut plain, &mut parts);
                    parts.push(part);
                }
                None => plain.extend(self.next()),
            }
        }
        flush(&mut plain, &mut parts);
        Ok(parts)
    }

    fn single(&mut self) -> Parsed<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\'') => return Ok(text),
                Some(char) => text.push(char),
                None => return Err(self.wrong("the end in single quotes")),
            }
        }
    }

    /// Parts inside of double quotes up to `end`, which is passed; up to the end of the text without one.
    pub(super) fn double(&mut self, end: Option<char>) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        let mut text = String::new();
        loop {
            let Some(char) = self.peek() else {
                if end.is_some() {
                    return Err(self.wrong("the end in double quotes"));
                }
                flush_quoted(&mut text, &mut parts);
                return Ok(parts);
            };
            if Some(char) == end {
                self.at += 1;
                flush_quoted(&mut text, &mut parts);
                return Ok(parts);
            }
            let special = match char {
                '\\' => {
                    self.escaped(end, &mut text);
                    continue;
                }
                '$' => self.dollar(true)?,
                '`' => Some(self.backticks(true)?),
                '"' if end == Some('}') => {
                    self.at += 1;
                    Some(Part::Double(self.double(Some('"'))?))
                }
                _ => None,
            };
            match special {
                Some(part) => {
                    flush_quoted(&mut text, &mut parts);
                    parts.push(part);
                }
                None => text.extend(self.next()),
            }
        }
    }

    /// A backslash in double quotes takes only some characters' meaning away.
    fn escaped(&mut self, end: Option<char>, text: &mut String) {
        self.at += 1;
        match self.peek() {
            Some('\n') => self.at += 1,
            Some(char @ ('$' | '`' | '\\')) => {
                text.push(char);
                self.at += 1;
            }
            Some(char) if (char == '"' && end.is_some()) || Some(char) == end => {
                text.push(char);
                self.at += 1;
            }
            Some(_) | None => text.push('\\'),
        }
    }

    /// What begins with a dollar; nothing where it stands for itself.
    fn dollar(&mut self, quoted: bool) -> Parsed<Option<Part>> {
        let Some(next) = self.ahead(1) else { return Ok(None) };
        if self.take("$((") {
            return self.arithmetic().map(Some);
        }
        if self.take("$(") {
            let list = self.list()?;
            self.expect(")")?;
            return Ok(Some(Part::Command(Arc::new(list))));
        }
        if self.take("${") {
            return self.braces(quoted).map(Some);
        }
        let name = if is_name_start(next) {
            self.at += 1;
            self.name().unwrap_or_default()
        } else if next.is_ascii_digit() || "@*#?-$!".contains(next) {
            self.at += 2;
            next.to_string()
        } else {
            return Ok(None);
        };
        Ok(Some(Part::Parameter(Parameter { name, form: Form::Plain })))
    }

    fn arithmetic(&mut self) -> Parsed<Part> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut open = 0_usize;
        loop {
            match self.peek() {
                Some(')') if open == 0 => {
                    self.expect("))")?;
                    flush_quoted(&mut text, &mut parts);
                    return Ok(Part::Arithmetic(parts));
                }
                Some('$') => match self.dollar(true)? {
                    Some(part) => {
                        flush_quoted(&mut text, &mut parts);
                        parts.push(part);
                    }
                    None => text.extend(self.next()),
                },
                Some('`') => {
                    flush_quoted(&mut text, &mut parts);
                    parts.push(self.backticks(true)?);
                }
                Some(char) => {
                    open = match char {
                        '(' => open + 1,
                        ')' => open - 1,
                        _ => open,
                    };
                    text.extend(self.next());
                }
                None => return Err(self.wrong("the end in an arithmetic expression")),
            }
        }
    }

    fn braces(&mut self, quoted: bool) -> Parsed<Part> {
        if self.peek() == Some('#') && self.ahead(1).is_some_and(|char| char != '}') {
            self.at += 1;
            let name = self.parameter_name()?;
            self.expect("}")?;
            return Ok(Part::Parameter(Parameter { name, form: Form::Length }));
        }
        let name = self.parameter_name()?;
        let form = self.form(quoted)?;
        self.expect("}")?;
        Ok(Part::Parameter(Parameter { name, form }))
    }

    fn parameter_name(&mut self) -> Parsed<String> {
        if let Some(name) = self.name() {
            return Ok(name);
        }
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            digits.push(digit);
            self.at += 1;
        }
        if !digits.is_empty() {
            return Ok(digits);
        }
        match self.peek() {
            Some(char @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                self.at += 1;
                Ok(char.to_string())
            }
            found => Err(self.wrong(format!("{found:?} where the name of a parameter should be"))),
        }
    }

    fn form(&mut self, quoted: bool) -> Parsed<Form> {
        if self.peek() == Some('}') {
            return Ok(Form::Plain);
        }
        for (text, end, longest) in [("##", false, true), ("#", false, false), ("%%", true, true), ("%", true, false)] {
            if self.take(text) {
                return Ok(Form::Strip { end, longest, pattern: self.operand(false)? });
            }
        }
        let colon = self.take(":");
        let how = match self.next() {
            Some('-') => Instead::Default,
            Some('=') => Instead::Assign,
            Some('?') => Instead::Fail,
            Some('+') => Instead::Other,
            found => return Err(self.wrong(format!("{found:?} after the name of a parameter"))),
        };
        Ok(Form::Instead { colon, how, word: self.operand(quoted)? })
    }

    /// The word inside of braces, without the brace that ends it.
    fn operand(&mut self, quoted: bool) -> Parsed<Word> {
        if !quoted {
            return Ok(Word(self.parts(&|char| char == '}')?));
        }
        let parts = self.double(Some('}'))?;
        self.at -= 1;
        Ok(Word(vec![Part::Double(parts)]))
    }

    fn backticks(&mut self, quoted: bool) -> Parsed<Part> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('`') => break,
                Some('\\') => match self.peek() {
                    Some(char) if "$`\\".contains(char) || (quoted && char == '"') => {
                        text.push(char);
                        self.at += 1;
                    }
                    Some(_) | None => text.push('\\'),
                },
                Some(char) => text.push(char),
                None => return Err(self.wrong("the end in backticks")),
            }
        }
        let list = super::parse(&text).map_err(|error| self.wrong(error.what))?;
        Ok(Part::Command(Arc::new(list)))
    }

    /// The word that ends a here-document, and whether it is quoted.
    pub(super) fn here_end(&mut self) -> Parsed<(String, bool)> {
        let word = self.word()?;
        let mut end = String::new();
        let mut literal = false;
        for part in word.0 {
            match part {
                Part::Plain(text) => end.push_str(&text),
                Part::Quoted(text) => {
                    end.push_str(&text);
                    literal = true;
                }
                Part::Double(parts) => {
                    literal = true;
                    for part in parts {
                        match part {
                            Part::Quoted(text) | Part::Plain(text) => end.push_str(&text),
                            _ => return Err(self.wrong("an expansion in the end of a here-document")),
                        }
                    }
                }
                _ => return Err(self.wrong("an expansion in the end of a here-document")),
            }
        }
        Ok((end, literal))
    }
}

fn flush(plain: &mut String, parts: &mut Vec<Part>) {
    if !plain.is_empty() {
        parts.push(Part::Plain(std::mem::take(plain)));
    }
}

fn flush_quoted(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Quoted(std::mem::take(text)));
    }
}

/// Whether the text is a name that a variable can have.
pub(crate) fn is_variable(text: &str) -> bool {
    text.chars().next().is_some_and(is_name_start) && text.chars().all(is_name)
}
