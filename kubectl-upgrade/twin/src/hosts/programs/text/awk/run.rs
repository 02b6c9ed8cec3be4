//! Runs a program of awk: records, rules and statements.

use std::collections::BTreeMap;

use super::value::Value;
use super::{Expression, Rule, Statement, When, compile, fits, unsupported};
use crate::hosts::programs::print::printf;
use crate::hosts::programs::text::regex::Style;
use crate::hosts::shell::{Flow, Ran};

/// How many turns all loops may take.
const TURNS: u32 = 1_000_000;

pub(super) struct Machine {
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) arrays: BTreeMap<String, BTreeMap<String, Value>>,
    pub(super) fields: Vec<String>,
    pub(super) record: String,
    printed: String,
    turns: u32,
}

enum Then {
    GoOn,
    Next,
    Break,
    Continue,
    Exit(i32),
}

/// What a program prints over texts, and its exit status.
pub(super) fn over(
    rules: &[Rule],
    texts: &[&str],
    variables: Vec<(String, String)>,
    environment: &BTreeMap<String, String>,
) -> Ran<(String, i32)> {
    let named = |(name, value): (String, String)| (name, Value::Read(value));
    let variables = variables.into_iter().map(named).collect();
    let environment = environment.iter().map(|(name, value)| (name.clone(), Value::Read(value.clone()))).collect();
    let arrays = BTreeMap::from([("ENVIRON".to_owned(), environment)]);
    let (fields, record, printed) = (Vec::new(), String::new(), String::new());
    let mut machine = Machine { variables, arrays, fields, record, printed, turns: 0 };
    machine.preset();
    let mut status = machine.rules(rules, |when| matches!(when, When::Begin))?;
    if status.is_none() && rules.iter().any(|rule| !matches!(rule.when, When::Begin)) {
        status = machine.records(rules, texts)?;
        let last = machine.rules(rules, |when| matches!(when, When::End))?;
        status = last.or(status);
    }
    Ok((machine.printed, status.unwrap_or_default()))
}

impl Machine {
    fn preset(&mut self) {
        for (name, value) in [("FS", " "), ("RS", "\n"), ("OFS", " "), ("ORS", "\n"), ("SUBSEP", "\u{1c}")] {
            self.variables.entry(name.to_owned()).or_insert_with(|| Value::Text(value.to_owned()));
        }
        self.variables.insert("NR".to_owned(), Value::Number(0.0));
        self.variables.insert("NF".to_owned(), Value::Number(0.0));
    }

    pub(super) fn named(&self, name: &str) -> String {
        self.variables.get(name).map(Value::text).unwrap_or_default()
    }

    fn records(&mut self, rules: &[Rule], texts: &[&str]) -> Ran<Option<i32>> {
        let (mut number, separator) = (0_u32, self.named("RS"));
        for text in texts {
            for record in split_records(text, &separator)? {
                number += 1;
                self.variables.insert("NR".to_owned(), Value::Number(f64::from(number)));
                self.load(record.to_owned())?;
                let status = self.rules(rules, |when| matches!(when, When::Always | When::Holds(_)))?;
                if status.is_some() {
                    return Ok(status);
                }
            }
        }
        Ok(None)
    }

    /// Takes a record and splits it.
    pub(super) fn load(&mut self, record: String) -> Ran<()> {
        let separator = self.named("FS");
        // Between paragraphs, a newline always separates fields too.
        let paragraphs = self.named("RS").is_empty();
        self.fields = match separator.as_str() {
            " " => record.split_whitespace().map(str::to_owned).collect(),
            "\n" if paragraphs => record.split('\n').map(str::to_owned).collect(),
            _ if paragraphs => return unsupported("fields of paragraphs"),
            separator if record.is_empty() => separator.chars().take(0).map(String::from).collect(),
            separator => split(&record, separator)?,
        };
        self.record = record;
        self.count();
        Ok(())
    }

    pub(super) fn count(&mut self) {
        let count = u32::try_from(self.fields.len()).unwrap_or(u32::MAX);
        self.variables.insert("NF".to_owned(), Value::Number(f64::from(count)));
    }

    fn rules(&mut self, rules: &[Rule], which: impl Fn(&When) -> bool) -> Ran<Option<i32>> {
        for rule in rules.iter().filter(|rule| which(&rule.when)) {
            if let When::Holds(condition) = &rule.when
                && !self.value(condition)?.truth()
            {
                continue;
            }
            match self.block(&rule.body)? {
                Then::GoOn | Then::Break | Then::Continue => {}
                Then::Next => return Ok(None),
                Then::Exit(status) => return Ok(Some(status)),
            }
        }
        Ok(None)
    }

    fn block(&mut self, statements: &[Statement]) -> Ran<Then> {
        for statement in statements {
            match self.statement(statement)? {
                Then::GoOn => {}
                then => return Ok(then),
            }
        }
        Ok(Then::GoOn)
    }

    fn statement(&mut self, statement: &Statement) -> Ran<Then> {
        match statement {
            Statement::Print(values) => self.print(values)?,
            Statement::Printf(values) => {
                let words: Ran<Vec<String>> = values.iter().map(|value| Ok(self.value(value)?.text())).collect();
                // The format's escapes were read with the program.
                let words: Vec<String> = words?.into_iter().enumerate().map(|(at, word)| escaped(at, word)).collect();
                let (text, _) = printf(&words).map_err(Flow::Unsupported)?;
                self.printed.push_str(&text);
            }
            Statement::Expression(expression) => {
                self.value(expression)?;
            }
            Statement::If(test, then, otherwise) => {
                if self.value(test)?.truth() {
                    return self.statement(then);
                }
                if let Some(otherwise) = otherwise {
                    return self.statement(otherwise);
                }
            }
            Statement::While(..) | Statement::For(..) | Statement::Each(..) => return self.looping(statement),
            Statement::Block(statements) => return self.block(statements),
            Statement::Next => return Ok(Then::Next),
            Statement::Break => return Ok(Then::Break),
            Statement::Continue => return Ok(Then::Continue),
            Statement::Exit(status) => {
                let status = status.as_ref().map(|status| self.value(status)).transpose()?;
                #[expect(clippy::cast_possible_truncation, reason = "an exit status is small")]
                return Ok(Then::Exit(status.map_or(0, |status| status.number() as i32)));
            }
            Statement::Delete(name, index) => {
                let key = if index.is_empty() { None } else { Some(self.subscript(index)?) };
                let array = self.arrays.entry(name.clone()).or_default();
                match key {
                    Some(key) => {
                        array.remove(&key);
                    }
                    None => array.clear(),
                }
            }
        }
        Ok(Then::GoOn)
    }

    fn looping(&mut self, statement: &Statement) -> Ran<Then> {
        match statement {
            Statement::While(test, body) => self.turns(Some(test), None, body),
            Statement::For(first, test, step, body) => {
                if let Some(first) = first {
                    self.statement(first)?;
                }
                self.turns(test.as_ref(), step.as_deref(), body)
            }
            Statement::Each(name, array, body) => {
                let keys: Vec<String> = self.arrays.get(array).into_iter().flat_map(BTreeMap::keys).cloned().collect();
                for key in keys {
                    self.variables.insert(name.clone(), Value::Read(key));
                    match self.statement(body)? {
                        Then::GoOn | Then::Continue => {}
                        Then::Break => break,
                        then @ (Then::Next | Then::Exit(_)) => return Ok(then),
                    }
                }
                Ok(Then::GoOn)
            }
            _ => unsupported("a loop"),
        }
    }

    fn turns(&mut self, test: Option<&Expression>, step: Option<&Statement>, body: &Statement) -> Ran<Then> {
        loop {
            self.turns += 1;
            if self.turns > TURNS {
                return unsupported("a loop without an end");
            }
            if let Some(test) = test
                && !self.value(test)?.truth()
            {
                return Ok(Then::GoOn);
            }
            match self.statement(body)? {
                Then::GoOn | Then::Continue => {}
                Then::Break => return Ok(Then::GoOn),
                then @ (Then::Next | Then::Exit(_)) => return Ok(then),
            }
            if let Some(step) = step {
                self.statement(step)?;
            }
        }
    }

    fn print(&mut self, values: &[Expression]) -> Ran<()> {
        let text = if values.is_empty() {
            self.record.clone()
        } else {
            let texts: Ran<Vec<String>> = values.iter().map(|value| Ok(self.value(value)?.text())).collect();
            texts?.join(&self.named("OFS"))
        };
        self.printed.push_str(&text);
        self.printed.push_str(&self.named("ORS"));
        Ok(())
    }
}

/// Keeps backslashes of a format that was read already.
fn escaped(at: usize, word: String) -> String {
    if at == 0 { word.replace('\\', "\\\\") } else { word }
}

/// Splits a text at a separator: one character, or an expression.
pub(super) fn split(text: &str, separator: &str) -> Ran<Vec<String>> {
    if separator == " " {
        return Ok(text.split_whitespace().map(str::to_owned).collect());
    }
    if separator.chars().count() == 1 && separator != "\\" {
        return Ok(text.split(separator).map(str::to_owned).collect());
    }
    Ok(compile(separator, Style::Extended, false)?.split(text).map(str::to_owned).collect())
}

fn split_records<'a>(text: &'a str, separator: &str) -> Ran<Vec<&'a str>> {
    if separator.is_empty() {
        let text = text.trim_matches('\n');
        let paragraphs = compile("\n\n+", Style::Extended, false)?;
        let records: Vec<&str> = paragraphs.find_iter(text).map(|found| (found.start(), found.end())).fold(
            vec![text],
            |mut records, (start, end)| {
                let last = records.pop().unwrap_or_default();
                let offset = text.len() - last.len();
                records.push(last.get(..start - offset).unwrap_or_default());
                records.push(last.get(end - offset..).unwrap_or_default());
                records
            },
        );
        return Ok(if text.is_empty() { Vec::new() } else { records });
    }
    if separator.chars().count() > 1 {
        return unsupported("a record separator of more than one character");
    }
    let text = text.strip_suffix(separator).unwrap_or(text);
    Ok(if text.is_empty() { Vec::new() } else { text.split(separator).collect() })
}

/// Whether a record fits an expression.
pub(super) fn matches(pattern: &str, record: &str) -> Ran<bool> {
    fits(pattern, record)
}
