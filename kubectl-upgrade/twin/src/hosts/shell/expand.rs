//! What words stand for.

use std::future::Future;
use std::pin::Pin;

use super::fields::Piece;
use super::syntax::{Form, Instead, List, Parameter, Part, Word};
use super::{Flow, Ran, Shell, arithmetic, pattern};
use crate::hosts::shell::io::Sink;

type Pieces<'a> = Pin<Box<dyn Future<Output = Ran<()>> + Send + 'a>>;

impl Shell {
    /// The fields of some words.
    pub(super) async fn words(&mut self, words: &[Word]) -> Ran<Vec<String>> {
        let mut fields = Vec::new();
        for word in words {
            // Most words are what they are.
            match word.0.as_slice() {
                [Part::Plain(text)] if !text.starts_with('~') && !pattern::is_pattern(text) => {
                    fields.push(text.clone())
                }
                parts => {
                    let mut pieces = Vec::new();
                    self.parts(parts, false, &mut pieces).await?;
                    fields.extend(self.fields(pieces)?);
                }
            }
        }
        Ok(fields)
    }

    /// A word as one text: of an assignment, a redirection, `case`.
    pub(super) async fn text(&mut self, word: &Word) -> Ran<String> {
        let mut pieces = Vec::new();
        self.parts(&word.0, false, &mut pieces).await?;
        Ok(joined(&pieces))
    }

    /// A word as a pattern.
    pub(super) async fn pattern(&mut self, word: &Word) -> Ran<String> {
        let mut pieces = Vec::new();
        self.parts(&word.0, false, &mut pieces).await?;
        let text = |piece: &Piece| match piece {
            Piece::Text { text, quoted: true, .. } => pattern::escape(text),
            Piece::Text { text, .. } => text.clone(),
            Piece::Break => " ".to_owned(),
        };
        Ok(pieces.iter().map(text).collect())
    }

    fn parts<'a>(&'a mut self, parts: &'a [Part], quoted: bool, into: &'a mut Vec<Piece>) -> Pieces<'a> {
        Box::pin(async move {
            for (at, part) in parts.iter().enumerate() {
                match part {
                    Part::Plain(text) if at == 0 && !quoted && (text == "~" || text.starts_with("~/")) => {
                        let home = self.variable("HOME").unwrap_or("~").to_owned();
                        into.push(Piece::Text { text: home, quoted: true, splits: false });
                        let rest = text.get(1..).unwrap_or_default().to_owned();
                        into.push(Piece::Text { text: rest, quoted: false, splits: false });
                    }
                    Part::Plain(text) => into.push(Piece::Text { text: text.clone(), quoted, splits: false }),
                    Part::Quoted(text) => into.push(Piece::Text { text: text.clone(), quoted: true, splits: false }),
                    Part::Double(parts) => self.double(parts, into).await?,
                    Part::Parameter(parameter) => self.parameter_in(parameter, quoted, into).await?,
                    Part::Command(list) => {
                        let text = self.substitute(list).await?;
                        into.push(Piece::Text { text, quoted, splits: true });
                    }
                    Part::Arithmetic(parts) => {
                        let mut pieces = Vec::new();
                        self.parts(parts, true, &mut pieces).await?;
                        let text = self.calculate(&joined(&pieces))?;
                        into.push(Piece::Text { text, quoted, splits: true });
                    }
                }
            }
            Ok(())
        })
    }

    async fn double(&mut self, parts: &[Part], into: &mut Vec<Piece>) -> Ran<()> {
        let mut pieces = Vec::new();
        self.parts(parts, true, &mut pieces).await?;
        let all = |part: &Part| matches!(part, Part::Parameter(Parameter { name, form: Form::Plain }) if name == "@");
        // `"$@"` without parameters is nothing; every other pair of quotes is at least an empty field.
        if !(self.positional.is_empty() && parts.iter().any(all) && joined(&pieces).is_empty()) {
            into.push(Piece::Text { text: String::new(), quoted: true, splits: false });
        }
        into.append(&mut pieces);
        Ok(())
    }

    async fn parameter_in(&mut self, parameter: &Parameter, quoted: bool, into: &mut Vec<Piece>) -> Ran<()> {
        let value = self.parameter(&parameter.name)?;
        let text = match &parameter.form {
            Form::Plain if parameter.name == "@" || (parameter.name == "*" && !quoted) => {
                for (at, text) in self.positional.iter().enumerate() {
                    if at > 0 {
                        into.push(Piece::Break);
                    }
                    into.push(Piece::Text { text: text.clone(), quoted, splits: true });
                }
                return Ok(());
            }
            Form::Plain => self.required(&parameter.name, value)?,
            Form::Length => self.required(&parameter.name, value)?.chars().count().to_string(),
            Form::Instead { colon, how, word } => {
                let present = value.as_ref().is_some_and(|value| !(*colon && value.is_empty()));
                return self.instead(parameter, present, value, *how, word, quoted, into).await;
            }
            Form::Strip { end, longest, pattern: word } => {
                let value = self.required(&parameter.name, value)?;
                let pattern = self.pattern(word).await?;
                pattern::strip(&value, &pattern, *end, *longest).to_owned()
            }
        };
        into.push(Piece::Text { text, quoted, splits: true });
        Ok(())
    }

    fn required(&self, name: &str, value: Option<String>) -> Ran<String> {
        match value {
            Some(value) => Ok(value),
            None if self.nounset && name != "@" && name != "*" => {
                self.complain(&format!("{name}: parameter not set"))?;
                Err(Flow::Exit(2))
            }
            None => Ok(String::new()),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one form of expansion")]
    async fn instead(
        &mut self,
        parameter: &Parameter,
        present: bool,
        value: Option<String>,
        how: Instead,
        word: &Word,
        quoted: bool,
        into: &mut Vec<Piece>,
    ) -> Ran<()> {
        let own = value.unwrap_or_default();
        match (how, present) {
            (Instead::Default | Instead::Assign | Instead::Fail, true) => {
                into.push(Piece::Text { text: own, quoted, splits: true });
            }
            (Instead::Default, false) | (Instead::Other, true) => self.operand(word, quoted, into).await?,
            (Instead::Other, false) => {}
            (Instead::Assign, false) => {
                let text = self.text(word).await?;
                self.set(&parameter.name, text.clone());
                into.push(Piece::Text { text, quoted, splits: true });
            }
            (Instead::Fail, false) => {
                let text = self.text(word).await?;
                let text = if text.is_empty() { "parameter not set".to_owned() } else { text };
                self.complain(&format!("{}: {text}", parameter.name))?;
                return Err(Flow::Exit(2));
            }
        }
        Ok(())
    }

    /// The word in braces: what is plain in it is split as what was found would be.
    async fn operand(&mut self, word: &Word, quoted: bool, into: &mut Vec<Piece>) -> Ran<()> {
        let mut pieces = Vec::new();
        self.parts(&word.0, quoted, &mut pieces).await?;
        for piece in &mut pieces {
            if let Piece::Text { quoted: false, splits, .. } = piece {
                *splits = true;
            }
        }
        into.append(&mut pieces);
        Ok(())
    }

    /// Runs commands in a shell of their own and returns what they print, without the newlines at its end.
    async fn substitute(&mut self, list: &List) -> Ran<String> {
        let sink = Sink::buffer();
        let mut inner = self.clone();
        inner.io.stdout = sink.clone();
        inner.tested = 0;
        inner.at_exit = None;
        inner.depth += 1;
        self.substituted = inner.apart(list).await?;
        Ok(sink.take().trim_end_matches('\n').to_owned())
    }

    /// Calculates an expression.
    pub(super) fn calculate(&mut self, expression: &str) -> Ran<String> {
        let (value, assigned) = match arithmetic::calculate(expression, &|name| self.variable(name).map(str::to_owned))
        {
            Ok(found) => found,
            Err(wrong) => {
                self.complain(&format!("arithmetic expression: {wrong}: \"{expression}\""))?;
                return Err(Flow::Exit(2));
            }
        };
        for (name, value) in assigned {
            self.set(&name, value.to_string());
        }
        Ok(value.to_string())
    }
}

fn joined(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text { text, .. } => text.clone(),
        Piece::Break => " ".to_owned(),
    };
    pieces.iter().map(text).collect()
}
