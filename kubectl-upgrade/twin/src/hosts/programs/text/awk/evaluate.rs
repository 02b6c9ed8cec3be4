//! Expressions of awk.

use super::run::{Machine, matches, split};
use super::value::Value;
use super::{Expression, compile, unsupported};
use crate::hosts::programs::print::printf;
use crate::hosts::programs::text::regex::Style;
use crate::hosts::shell::{Flow, Ran};

impl Machine {
    pub(super) fn value(&mut self, expression: &Expression) -> Ran<Value> {
        Ok(match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Regex(pattern) => truth(matches(pattern, &self.record)?),
            Expression::Variable(name) => self.variables.get(name).cloned().unwrap_or(Value::Unset),
            Expression::Field(number) => {
                let number = self.value(number)?.number();
                self.field(number)?
            }
            Expression::Element(name, index) => {
                let key = self.subscript(index)?;
                self.arrays.entry(name.clone()).or_default().entry(key).or_insert(Value::Unset).clone()
            }
            Expression::In(index, array) => {
                let key = self.subscript(index)?;
                truth(self.arrays.get(array).is_some_and(|array| array.contains_key(&key)))
            }
            Expression::Assign(operator, place, right) => {
                let right = self.value(right)?;
                let value = match operator {
                    None => right,
                    Some(operator) => Value::Number(calculated(operator, self.value(place)?.number(), right.number())?),
                };
                self.assign(place, value.clone())?;
                value
            }
            Expression::Step(place, by, before) => {
                let old = self.value(place)?.number();
                self.assign(place, Value::Number(old + by))?;
                Value::Number(if *before { old } else { old + by })
            }
            Expression::Unary(operator, operand) => {
                let operand = self.value(operand)?;
                match *operator {
                    "!" => truth(!operand.truth()),
                    "-" => Value::Number(-operand.number()),
                    _ => Value::Number(operand.number()),
                }
            }
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                binary(operator, &left, &right)?
            }
            Expression::Match(text, pattern, wanted) => {
                let text = self.value(text)?.text();
                let pattern = self.pattern(pattern)?;
                truth(matches(&pattern, &text)? == *wanted)
            }
            Expression::And(left, right) => truth(self.value(left)?.truth() && self.value(right)?.truth()),
            Expression::Or(left, right) => truth(self.value(left)?.truth() || self.value(right)?.truth()),
            Expression::Choice(test, first, second) => {
                let chosen = if self.value(test)?.truth() { first } else { second };
                self.value(chosen)?
            }
            Expression::Call(name, arguments) => self.call(name, arguments)?,
        })
    }

    fn pattern(&mut self, expression: &Expression) -> Ran<String> {
        match expression {
            Expression::Regex(pattern) => Ok(pattern.clone()),
            other => Ok(self.value(other)?.text()),
        }
    }

    pub(super) fn subscript(&mut self, index: &[Expression]) -> Ran<String> {
        let parts: Ran<Vec<String>> = index.iter().map(|part| Ok(self.value(part)?.text())).collect();
        Ok(parts?.join(&self.named("SUBSEP")))
    }

    fn field(&self, number: f64) -> Ran<Value> {
        let number = position(number)?;
        Ok(match number.checked_sub(1) {
            None => Value::Read(self.record.clone()),
            Some(at) => self.fields.get(at).cloned().map_or(Value::Unset, Value::Read),
        })
    }

    fn assign(&mut self, place: &Expression, value: Value) -> Ran<()> {
        match place {
            Expression::Variable(name) if name == "NF" => unsupported("a new NF"),
            Expression::Variable(name) => {
                self.variables.insert(name.clone(), value);
                Ok(())
            }
            Expression::Element(name, index) => {
                let key = self.subscript(index)?;
                self.arrays.entry(name.clone()).or_default().insert(key, value);
                Ok(())
            }
            Expression::Field(number) => {
                let number = position(self.value(number)?.number())?;
                let Some(at) = number.checked_sub(1) else { return self.load(value.text()) };
                if at >= self.fields.len() {
                    self.fields.resize(at + 1, String::new());
                }
                if let Some(field) = self.fields.get_mut(at) {
                    *field = value.text();
                }
                self.record = self.fields.join(&self.named("OFS"));
                self.count();
                Ok(())
            }
            _ => unsupported("an assignment to this"),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expression]) -> Ran<Value> {
        match (name, arguments) {
            ("length", []) => return Ok(whole(self.record.chars().count())),
            ("length", [Expression::Variable(array)]) if self.arrays.contains_key(array) => {
                return Ok(whole(self.arrays.get(array).map_or(0, |array| array.len())));
            }
            ("split", [text, Expression::Variable(array), rest @ ..]) => return self.split(text, array, rest),
            ("sub" | "gsub", [pattern, with, rest @ ..]) => {
                let place = rest.first().cloned().unwrap_or(Expression::Field(Box::new(Expression::Number(0.0))));
                return self.substitute(pattern, with, &place, name == "gsub");
            }
            ("match", [text, pattern]) => return self.find(text, pattern),
            _ => {}
        }
        let values: Ran<Vec<Value>> = arguments.iter().map(|argument| self.value(argument)).collect();
        let values = values?;
        Ok(match (name, values.as_slice()) {
            ("length", [text]) => whole(text.text().chars().count()),
            ("substr", [text, from]) => Value::Text(part(&text.text(), from.number(), f64::MAX)),
            ("substr", [text, from, length]) => Value::Text(part(&text.text(), from.number(), length.number())),
            ("index", [text, piece]) => {
                let text = text.text();
                let at = text.find(&piece.text());
                whole(at.map_or(0, |at| text.get(..at).unwrap_or_default().chars().count() + 1))
            }
            ("toupper", [text]) => Value::Text(text.text().to_ascii_uppercase()),
            ("tolower", [text]) => Value::Text(text.text().to_ascii_lowercase()),
            ("int", [number]) => Value::Number(number.number().trunc()),
            ("sprintf", words) => {
                let mut words: Vec<String> = words.iter().map(Value::text).collect();
                if let Some(format) = words.first_mut() {
                    *format = format.replace('\\', "\\\\");
                }
                Value::Text(printf(&words).map_err(Flow::Unsupported)?.0)
            }
            _ => return unsupported(&format!("the function {name}")),
        })
    }

    fn split(&mut self, text: &Expression, array: &str, rest: &[Expression]) -> Ran<Value> {
        let text = self.value(text)?.text();
        let separator = match rest.first() {
            Some(separator) => self.pattern(separator)?,
            None => self.named("FS"),
        };
        let parts = if text.is_empty() { Vec::new() } else { split(&text, &separator)? };
        let count = parts.len();
        let numbered = parts.into_iter().enumerate().map(|(at, part)| ((at + 1).to_string(), Value::Read(part)));
        self.arrays.insert(array.to_owned(), numbered.collect());
        Ok(whole(count))
    }

    fn substitute(&mut self, pattern: &Expression, with: &Expression, place: &Expression, every: bool) -> Ran<Value> {
        let pattern = self.pattern(pattern)?;
        let with = self.value(with)?.text();
        let text = self.value(place)?.text();
        let regex = compile(&pattern, Style::Extended, false)?;
        let (mut changed, mut last, mut count) = (String::new(), 0, 0);
        for found in regex.find_iter(&text) {
            changed.push_str(text.get(last..found.start()).unwrap_or_default());
            changed.push_str(&replacement(&with, found.as_str()));
            last = found.end();
            count += 1;
            if !every {
                break;
            }
        }
        if count > 0 {
            changed.push_str(text.get(last..).unwrap_or_default());
            self.assign(place, Value::Text(changed))?;
        }
        Ok(whole(count))
    }

    fn find(&mut self, text: &Expression, pattern: &Expression) -> Ran<Value> {
        let text = self.value(text)?.text();
        let pattern = self.pattern(pattern)?;
        let found = compile(&pattern, Style::Extended, false)?.find(&text).map(|found| (found.start(), found.as_str()));
        let count = |text: &str| whole(text.chars().count());
        let (start, length) = match found {
            Some((start, piece)) => (whole(text.get(..start).unwrap_or_default().chars().count() + 1), count(piece)),
            None => (Value::Number(0.0), Value::Number(-1.0)),
        };
        self.variables.insert("RSTART".to_owned(), start.clone());
        self.variables.insert("RLENGTH".to_owned(), length);
        Ok(start)
    }
}

fn replacement(with: &str, found: &str) -> String {
    let mut text = String::new();
    let mut chars = with.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, chars.peek()) {
            ('\\', Some('&')) => text.extend(chars.next()),
            ('&', _) => text.push_str(found),
            (char, _) => text.push(char),
        }
    }
    text
}

fn truth(holds: bool) -> Value {
    Value::Number(if holds { 1.0 } else { 0.0 })
}

fn whole(number: usize) -> Value {
    Value::Number(f64::from(u32::try_from(number).unwrap_or(u32::MAX)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the test before")]
fn position(number: f64) -> Ran<usize> {
    if (0.0..100_000.0).contains(&number) { Ok(number as usize) } else { unsupported("a field of this number") }
}

fn part(text: &str, from: f64, length: f64) -> String {
    let (from, end) = (from.round(), from.round() + length.round());
    let numbered = text.chars().zip(1_u32..);
    numbered.filter(|(_, at)| f64::from(*at) >= from && f64::from(*at) < end).map(|(char, _)| char).collect()
}

fn binary(operator: &str, left: &Value, right: &Value) -> Ran<Value> {
    let order = || left.compare(right);
    Ok(match operator {
        " " => Value::Text(format!("{}{}", left.text(), right.text())),
        "==" => truth(order().is_eq()),
        "!=" => truth(order().is_ne()),
        "<" => truth(order().is_lt()),
        "<=" => truth(order().is_le()),
        ">" => truth(order().is_gt()),
        ">=" => truth(order().is_ge()),
        operator => Value::Number(calculated(operator, left.number(), right.number())?),
    })
}

fn calculated(operator: &str, left: f64, right: f64) -> Ran<f64> {
    Ok(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" | "%" if right == 0.0 => return unsupported("a division by zero"),
        "/" => left / right,
        "%" => left % right,
        "^" => left.powf(right),
        operator => return unsupported(operator),
    })
}
