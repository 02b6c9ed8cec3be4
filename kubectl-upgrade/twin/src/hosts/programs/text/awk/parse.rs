//! Reads a program of awk.

use super::{Expression, Rule, Statement, When};
use crate::hosts::shell::{Flow, Ran};

/// Functions that can be called.
const FUNCTIONS: [&str; 11] =
    ["length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "toupper", "tolower", "int"];

/// Words that no variable may have.
const RESERVED: [&str; 18] = [
    "BEGIN", "END", "if", "else", "while", "for", "in", "print", "printf", "next", "exit", "break", "continue",
    "delete", "function", "getline", "do", "return",
];

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    /// `>` would be a redirection here.
    printing: bool,
}

/// Reads a program.
pub(super) fn program(text: &str) -> Ran<Vec<Rule>> {
    let mut reader = Reader { text, rest: text, printing: false };
    let mut rules = Vec::new();
    loop {
        reader.space(true);
        if reader.rest.is_empty() {
            return Ok(rules);
        }
        let when = if reader.word("BEGIN") {
            When::Begin
        } else if reader.word("END") {
            When::End
        } else if reader.rest.starts_with('{') {
            When::Always
        } else {
            When::Holds(reader.expression()?)
        };
        reader.space(false);
        let body = if reader.take("{") { reader.statements()? } else { vec![Statement::Print(Vec::new())] };
        rules.push(Rule { when, body });
        reader.space(true);
    }
}

impl<'a> Reader<'a> {
    fn wrong<T>(&self, what: &str) -> Ran<T> {
        let at = self.rest.get(..self.rest.floor_char_boundary(20)).unwrap_or_default();
        Err(Flow::Unsupported(format!("{what} at {at:?} in the awk program {}", self.text)))
    }

    /// Skips blanks and comments; newlines and semicolons too where they mean nothing.
    fn space(&mut self, lines: bool) {
        loop {
            let before = self.rest.len();
            self.rest = self.rest.trim_start_matches(|char| " \t".contains(char) || (lines && "\n;".contains(char)));
            if let Some(rest) = self.rest.strip_prefix("\\\n") {
                self.rest = rest;
            }
            if self.rest.starts_with('#') {
                self.rest = self.rest.find('\n').and_then(|at| self.rest.get(at..)).unwrap_or_default();
            }
            if self.rest.len() == before {
                return;
            }
        }
    }

    fn newlines(&mut self) {
        self.space(false);
        while self.rest.starts_with('\n') {
            self.rest = self.rest.get(1..).unwrap_or_default();
            self.space(false);
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.space(false);
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Ran<()> {
        if self.take(token) { Ok(()) } else { self.wrong(&format!("no {token}")) }
    }

    fn name(&self) -> &'a str {
        let end = self.rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(self.rest.len());
        let name = self.rest.get(..end).unwrap_or_default();
        if name.starts_with(|char: char| char.is_ascii_digit()) { "" } else { name }
    }

    fn word(&mut self, word: &str) -> bool {
        self.space(false);
        self.name() == word && self.take(word)
    }

    fn statements(&mut self) -> Ran<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.space(true);
            if self.take("}") {
                return Ok(statements);
            }
            statements.push(self.statement()?);
        }
    }

    fn statement(&mut self) -> Ran<Statement> {
        self.space(false);
        if self.take("{") {
            return Ok(Statement::Block(self.statements()?));
        }
        if self.word("if") {
            return self.condition();
        }
        if self.word("while") {
            self.expect("(")?;
            let test = self.expression()?;
            self.expect(")")?;
            return Ok(Statement::While(test, self.body()?));
        }
        if self.word("for") {
            return self.loops();
        }
        let statement = self.plain()?;
        self.space(false);
        if self.rest.is_empty() || self.rest.starts_with(['\n', ';', '}']) {
            return Ok(statement);
        }
        self.wrong("something after a statement")
    }

    fn body(&mut self) -> Ran<Box<Statement>> {
        self.newlines();
        if self.take(";") {
            return Ok(Box::new(Statement::Block(Vec::new())));
        }
        Ok(Box::new(self.statement()?))
    }

    fn condition(&mut self) -> Ran<Statement> {
        self.expect("(")?;
        let test = self.expression()?;
        self.expect(")")?;
        let then = self.body()?;
        let before = self.rest;
        self.space(true);
        if self.word("else") {
            return Ok(Statement::If(test, then, Some(self.body()?)));
        }
        self.rest = before;
        Ok(Statement::If(test, then, None))
    }

    fn loops(&mut self) -> Ran<Statement> {
        self.expect("(")?;
        self.space(false);
        let before = self.rest;
        let name = self.name();
        self.rest = self.rest.get(name.len()..).unwrap_or_default();
        if !name.is_empty() && self.word("in") {
            self.space(false);
            let array = self.name();
            self.rest = self.rest.get(array.len()..).unwrap_or_default();
            self.expect(")")?;
            return Ok(Statement::Each(name.to_owned(), array.to_owned(), self.body()?));
        }
        self.rest = before;
        let first = if self.take(";") { None } else { Some(Box::new(self.part(";")?)) };
        self.space(false);
        let test = if self.rest.starts_with(';') { None } else { Some(self.expression()?) };
        self.expect(";")?;
        let step = if self.take(")") { None } else { Some(Box::new(self.part(")")?)) };
        Ok(Statement::For(first, test, step, self.body()?))
    }

    fn part(&mut self, end: &str) -> Ran<Statement> {
        let part = self.plain()?;
        self.expect(end)?;
        Ok(part)
    }

    fn plain(&mut self) -> Ran<Statement> {
        if self.word("print") {
            return Ok(Statement::Print(self.values()?));
        }
        if self.word("printf") {
            return Ok(Statement::Printf(self.values()?));
        }
        if self.word("next") {
            return Ok(Statement::Next);
        }
        if self.word("break") {
            return Ok(Statement::Break);
        }
        if self.word("continue") {
            return Ok(Statement::Continue);
        }
        if self.word("exit") {
            self.space(false);
            let ends = self.rest.is_empty() || self.rest.starts_with(['\n', ';', '}']);
            return Ok(Statement::Exit(if ends { None } else { Some(self.expression()?) }));
        }
        if self.word("delete") {
            return match self.primary()? {
                Expression::Element(name, index) => Ok(Statement::Delete(name, index)),
                Expression::Variable(name) => Ok(Statement::Delete(name, Vec::new())),
                _ => self.wrong("delete of this"),
            };
        }
        Ok(Statement::Expression(self.expression()?))
    }

    /// What `print` prints.
    fn values(&mut self) -> Ran<Vec<Expression>> {
        self.space(false);
        if self.rest.is_empty() || self.rest.starts_with(['\n', ';', '}']) {
            return Ok(Vec::new());
        }
        let before = std::mem::replace(&mut self.printing, true);
        let values = self.listed();
        self.printing = before;
        self.space(false);
        if self.rest.starts_with(['>', '|']) {
            return self.wrong("a redirection");
        }
        values
    }

    fn listed(&mut self) -> Ran<Vec<Expression>> {
        let mut values = vec![self.expression()?];
        while self.take(",") {
            self.newlines();
            values.push(self.expression()?);
        }
        Ok(values)
    }

    fn expression(&mut self) -> Ran<Expression> {
        let left = self.choice()?;
        self.space(false);
        let place = matches!(left, Expression::Variable(_) | Expression::Field(_) | Expression::Element(..));
        if !place {
            return Ok(left);
        }
        for (token, operator) in [("+=", "+"), ("-=", "-"), ("*=", "*"), ("/=", "/"), ("%=", "%"), ("^=", "^")] {
            if self.take(token) {
                return Ok(Expression::Assign(Some(operator), Box::new(left), Box::new(self.expression()?)));
            }
        }
        if self.rest.starts_with('=') && !self.rest.starts_with("==") {
            self.take("=");
            return Ok(Expression::Assign(None, Box::new(left), Box::new(self.expression()?)));
        }
        Ok(left)
    }

    fn choice(&mut self) -> Ran<Expression> {
        let test = self.or()?;
        if !self.take("?") {
            return Ok(test);
        }
        let first = self.expression()?;
        self.expect(":")?;
        Ok(Expression::Choice(Box::new(test), Box::new(first), Box::new(self.expression()?)))
    }

    fn or(&mut self) -> Ran<Expression> {
        let mut left = self.and()?;
        while self.take("||") {
            self.newlines();
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Ran<Expression> {
        let mut left = self.member()?;
        while self.take("&&") {
            self.newlines();
            left = Expression::And(Box::new(left), Box::new(self.member()?));
        }
        Ok(left)
    }

    fn member(&mut self) -> Ran<Expression> {
        let left = self.matching()?;
        if self.word("in") {
            self.space(false);
            let array = self.name();
            self.rest = self.rest.get(array.len()..).unwrap_or_default();
            return Ok(Expression::In(vec![left], array.to_owned()));
        }
        Ok(left)
    }

    fn matching(&mut self) -> Ran<Expression> {
        let mut left = self.comparison()?;
        loop {
            let wanted = if self.take("!~") {
                false
            } else if self.take("~") {
                true
            } else {
                return Ok(left);
            };
            left = Expression::Match(Box::new(left), Box::new(self.comparison()?), wanted);
        }
    }

    fn comparison(&mut self) -> Ran<Expression> {
        let left = self.joined()?;
        self.space(false);
        for operator in ["<=", ">=", "==", "!=", "<", ">"] {
            if self.rest.starts_with(operator) && !(self.printing && operator == ">") {
                self.take(operator);
                return Ok(Expression::Binary(operator, Box::new(left), Box::new(self.joined()?)));
            }
        }
        Ok(left)
    }

    /// Values side by side are one text.
    fn joined(&mut self) -> Ran<Expression> {
        let mut left = self.sum()?;
        loop {
            self.space(false);
            let name = self.name();
            let begins = self.rest.starts_with(|char: char| char.is_ascii_digit() || "\"$(.".contains(char));
            let word = !name.is_empty() && !RESERVED.contains(&name);
            if !(word || begins) {
                return Ok(left);
            }
            left = Expression::Binary(" ", Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Ran<Expression> {
        let mut left = self.product()?;
        loop {
            self.space(false);
            let Some(operator) = ["+", "-"].into_iter().find(|operator| self.operator(operator)) else {
                return Ok(left);
            };
            self.take(operator);
            left = Expression::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Ran<Expression> {
        let mut left = self.unary()?;
        loop {
            self.space(false);
            let found = ["*", "/", "%"].into_iter().find(|operator| self.operator(operator));
            let Some(operator) = found else { return Ok(left) };
            self.take(operator);
            left = Expression::Binary(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    /// Whether the operator comes, and not an assignment or a step that begins like it.
    fn operator(&self, operator: &str) -> bool {
        let after = self.rest.strip_prefix(operator);
        let longer = |after: &str| after.starts_with('=') || (after.starts_with(operator) && "+-".contains(operator));
        after.is_some_and(|after| !longer(after))
    }

    fn unary(&mut self) -> Ran<Expression> {
        self.space(false);
        for operator in ["!", "-", "+"] {
            let step = self.rest.starts_with("--") || self.rest.starts_with("++");
            if self.rest.starts_with(operator) && !step {
                self.take(operator);
                return Ok(Expression::Unary(operator, Box::new(self.unary()?)));
            }
        }
        let base = self.stepped()?;
        self.space(false);
        if self.operator("^") && self.take("^") {
            return Ok(Expression::Binary("^", Box::new(base), Box::new(self.unary()?)));
        }
        Ok(base)
    }

    fn stepped(&mut self) -> Ran<Expression> {
        for (token, by) in [("++", 1.0), ("--", -1.0)] {
            if self.take(token) {
                return Ok(Expression::Step(Box::new(self.primary()?), by, false));
            }
        }
        let place = self.primary()?;
        if matches!(place, Expression::Variable(_) | Expression::Field(_) | Expression::Element(..)) {
            for (token, by) in [("++", 1.0), ("--", -1.0)] {
                if self.rest.starts_with(token) {
                    self.take(token);
                    return Ok(Expression::Step(Box::new(place), by, true));
                }
            }
        }
        Ok(place)
    }

    fn primary(&mut self) -> Ran<Expression> {
        self.space(false);
        let first = self.rest.chars().next();
        match first {
            Some('$') => {
                self.take("$");
                Ok(Expression::Field(Box::new(self.stepped()?)))
            }
            Some('(') => self.grouped(),
            Some('"') => self.text().map(Expression::Text),
            Some('/') => self.regex().map(Expression::Regex),
            Some(digit) if digit.is_ascii_digit() || digit == '.' => self.number(),
            Some(_) | None => self.named(),
        }
    }

    fn grouped(&mut self) -> Ran<Expression> {
        self.take("(");
        let before = std::mem::replace(&mut self.printing, false);
        let mut values = self.listed()?;
        self.printing = before;
        self.expect(")")?;
        match (values.pop(), values.is_empty()) {
            (Some(value), true) => Ok(value),
            (last, _) if self.word("in") => {
                self.space(false);
                let array = self.name();
                self.rest = self.rest.get(array.len()..).unwrap_or_default();
                values.extend(last);
                Ok(Expression::In(values, array.to_owned()))
            }
            _ => self.wrong("a list in parentheses"),
        }
    }

    fn named(&mut self) -> Ran<Expression> {
        let name = self.name();
        if name.is_empty() || RESERVED.contains(&name) {
            return self.wrong("no value");
        }
        self.rest = self.rest.get(name.len()..).unwrap_or_default();
        if FUNCTIONS.contains(&name) {
            if !self.rest.starts_with('(') {
                return if name == "length" {
                    Ok(Expression::Call(name.to_owned(), Vec::new()))
                } else {
                    self.wrong(name)
                };
            }
            self.take("(");
            let before = std::mem::replace(&mut self.printing, false);
            let arguments = if self.take(")") { Vec::new() } else { self.arguments(")")? };
            self.printing = before;
            return Ok(Expression::Call(name.to_owned(), arguments));
        }
        if self.rest.starts_with('(') {
            return self.wrong("a function");
        }
        if self.rest.starts_with('[') {
            self.take("[");
            let index = self.arguments("]")?;
            return Ok(Expression::Element(name.to_owned(), index));
        }
        Ok(Expression::Variable(name.to_owned()))
    }

    fn arguments(&mut self, end: &str) -> Ran<Vec<Expression>> {
        let arguments = self.listed()?;
        self.expect(end)?;
        Ok(arguments)
    }

    fn number(&mut self) -> Ran<Expression> {
        let end = self.rest.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        if rest.starts_with(|char: char| char.is_ascii_alphabetic()) {
            return self.wrong("a number with letters");
        }
        self.rest = rest;
        match digits.parse() {
            Ok(number) => Ok(Expression::Number(number)),
            Err(_) => self.wrong("a number"),
        }
    }

    fn text(&mut self) -> Ran<String> {
        self.take("\"");
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, other @ ('"' | '\\' | '/'))) => text.push(other),
                    Some((_, other)) => {
                        text.push('\\');
                        text.push(other);
                    }
                    None => {}
                },
                char => text.push(char),
            }
        }
        self.wrong("no end of a text")
    }

    fn regex(&mut self) -> Ran<String> {
        self.take("/");
        let mut pattern = String::new();
        let mut chars = self.rest.char_indices();
        let mut bracket = false;
        while let Some((at, char)) = chars.next() {
            match char {
                '/' if !bracket => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(pattern);
                }
                '\\' => match chars.next() {
                    Some((_, '/')) => pattern.push('/'),
                    Some((_, other)) => {
                        pattern.push('\\');
                        pattern.push(other);
                    }
                    None => {}
                },
                char => {
                    bracket = (bracket || char == '[') && char != ']';
                    pattern.push(char);
                }
            }
        }
        self.wrong("no end of an expression")
    }
}
