//! `awk`: patterns, fields, variables, arrays and the functions that scripts use.

mod evaluate;
mod parse;
mod run;
mod value;

use super::regex::{Style, compile};
use crate::hosts::programs::Call;
use crate::hosts::shell::{Flow, Ran};

/// A pattern and what is done where it holds.
#[derive(Debug)]
struct Rule {
    when: When,
    body: Vec<Statement>,
}

#[derive(Debug)]
enum When {
    Begin,
    End,
    Always,
    Holds(Expression),
}

#[derive(Debug)]
enum Statement {
    Print(Vec<Expression>),
    Printf(Vec<Expression>),
    Expression(Expression),
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    While(Expression, Box<Statement>),
    For(Option<Box<Statement>>, Option<Expression>, Option<Box<Statement>>, Box<Statement>),
    Each(String, String, Box<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit(Option<Expression>),
    Break,
    Continue,
    Delete(String, Vec<Expression>),
}

#[derive(Clone, Debug)]
enum Expression {
    Number(f64),
    Text(String),
    Regex(String),
    Variable(String),
    Field(Box<Expression>),
    Element(String, Vec<Expression>),
    In(Vec<Expression>, String),
    Assign(Option<&'static str>, Box<Expression>, Box<Expression>),
    /// How much is added, and whether the value is that before.
    Step(Box<Expression>, f64, bool),
    Unary(&'static str, Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Match(Box<Expression>, Box<Expression>, bool),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
}

pub(super) fn awk(call: &Call) -> Ran {
    let options = call.leading_options(&["F:", "v:"])?;
    let Some((program, operands)) = options.operands.split_first() else { return call.unsupported("no program") };
    let rules = parse::program(program)?;
    let (texts, all) = call.inputs(operands)?;
    let texts: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    let mut variables: Vec<(String, String)> = Vec::new();
    if let Some(separator) = options.value("F") {
        variables.push(("FS".to_owned(), if separator == "t" { "\t".to_owned() } else { separator.to_owned() }));
    }
    for assignment in options.values("v") {
        let (name, value) = assignment.split_once('=').unwrap_or((assignment, ""));
        variables.push((name.to_owned(), value.to_owned()));
    }
    let (printed, status) = run::over(&rules, &texts, variables, &call.environment)?;
    Ok(call.print(&printed)?.max(status).max(if all { 0 } else { 2 }))
}

fn unsupported<T>(what: &str) -> Ran<T> {
    Err(Flow::Unsupported(format!("{what} in an awk program")))
}

fn fits(pattern: &str, text: &str) -> Ran<bool> {
    Ok(compile(pattern, Style::Extended, false)?.is_match(text))
}
