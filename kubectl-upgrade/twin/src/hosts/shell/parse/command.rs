//! Commands of every kind.

use std::sync::{Arc, OnceLock};

use super::super::syntax::{AndOr, Command, Compound, Join, List, Pipeline, Redirect, Simple, Target, Word};
use super::{Here, Parsed, Parser, is_name, is_name_start};

/// Words that end a list where a command could begin.
const CLOSING: [&str; 7] = ["then", "else", "elif", "fi", "do", "done", "esac"];

impl Parser {
    pub(super) fn list(&mut self) -> Parsed<List> {
        let mut list = Vec::new();
        loop {
            self.lines()?;
            if self.at_closing() {
                break;
            }
            list.push(self.and_or()?);
            self.blanks();
            match self.peek() {
                Some(';') if self.ahead(1) != Some(';') => self.at += 1,
                Some('\n') => {}
                Some('&') => return Err(self.wrong("a command in the background")),
                Some(_) | None => break,
            }
        }
        Ok(List(list))
    }

    /// A list that may not be empty, up to the word that closes it.
    fn list_until(&mut self, close: &str) -> Parsed<List> {
        let list = self.list()?;
        if list.0.is_empty() {
            return Err(self.wrong(format!("nothing before {close:?}")));
        }
        self.keyword(close)?;
        Ok(list)
    }

    fn at_closing(&self) -> bool {
        match self.peek() {
            None | Some(')') => true,
            Some(';') => self.ahead(1) == Some(';'),
            Some('}') => self.ahead(1).is_none_or(|char| " \t\n;)|&".contains(char)),
            Some(_) => self.bare().is_some_and(|word| CLOSING.contains(&word.as_str())),
        }
    }

    /// The word of small letters that comes next, if it is a word of its own.
    fn bare(&self) -> Option<String> {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let word: String = rest.iter().take_while(|char| char.is_ascii_lowercase()).collect();
        let end = rest.get(word.len()).copied();
        let ends = end.is_none_or(|char| " \t\n;&|()<>".contains(char)) || end == Some('\\');
        (ends && !word.is_empty()).then_some(word)
    }

    fn at_keyword(&self, keyword: &str) -> bool {
        self.bare().is_some_and(|word| word == keyword)
    }

    fn keyword(&mut self, keyword: &str) -> Parsed<()> {
        self.lines()?;
        if self.at_keyword(keyword) || (keyword == "}" && self.peek() == Some('}')) {
            return self.expect(keyword);
        }
        Err(self.wrong(format!("something else where {keyword:?} should be")))
    }

    fn and_or(&mut self) -> Parsed<AndOr> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let join = if self.take("&&") {
                Join::And
            } else if self.take("||") {
                Join::Or
            } else {
                return Ok(AndOr { first, rest });
            };
            self.lines()?;
            rest.push((join, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        self.blanks();
        let negated = self.peek() == Some('!') && self.ahead(1).is_some_and(|char| char == ' ' || char == '\t');
        self.at += usize::from(negated);
        let mut commands = vec![self.command()?];
        loop {
            self.blanks();
            if self.peek() != Some('|') || self.ahead(1) == Some('|') {
                return Ok(Pipeline { negated, commands });
            }
            self.at += 1;
            self.lines()?;
            commands.push(self.command()?);
        }
    }

    fn command(&mut self) -> Parsed<Command> {
        self.blanks();
        if let Some(compound) = self.compound()? {
            return Ok(Command::Compound(compound, self.redirects()?));
        }
        if let Some(name) = self.function_head() {
            self.lines()?;
            let body = self.compound()?.ok_or_else(|| self.wrong("a function without a body in braces"))?;
            return Ok(Command::Function(name, Arc::new(Command::Compound(body, self.redirects()?))));
        }
        self.simple()
    }

    fn compound(&mut self) -> Parsed<Option<Compound>> {
        if self.take("(") {
            let list = self.list()?;
            self.expect(")")?;
            return Ok(Some(Compound::Subshell(list)));
        }
        if self.peek() == Some('{') && self.ahead(1).is_some_and(|char| " \t\n".contains(char)) {
            self.at += 1;
            return Ok(Some(Compound::Braces(self.list_until("}")?)));
        }
        let Some(word) = self.bare() else { return Ok(None) };
        let length = word.len();
        let compound = match word.as_str() {
            "if" => {
                self.at += length;
                self.if_rest()?
            }
            "while" | "until" => {
                self.at += length;
                let test = self.list_until("do")?;
                Compound::Loop { until: word == "until", test, body: self.list_until("done")? }
            }
            "for" => {
                self.at += length;
                self.for_rest()?
            }
            "case" => {
                self.at += length;
                self.case_rest()?
            }
            _ => return Ok(None),
        };
        Ok(Some(compound))
    }

    fn if_rest(&mut self) -> Parsed<Compound> {
        let mut arms = Vec::new();
        loop {
            let test = self.list_until("then")?;
            let body = self.list()?;
            arms.push((test, body));
            if self.at_keyword("elif") {
                self.at += 4;
                continue;
            }
            let otherwise = if self.at_keyword("else") {
                self.at += 4;
                Some(self.list()?)
            } else {
                None
            };
            self.keyword("fi")?;
            return Ok(Compound::If { arms, otherwise });
        }
    }

    fn for_rest(&mut self) -> Parsed<Compound> {
        self.blanks();
        let name = self.name().ok_or_else(|| self.wrong("no name after for"))?;
        self.lines()?;
        let words = if self.at_keyword("in") {
            self.at += 2;
            let mut words = Vec::new();
            loop {
                self.blanks();
                match self.peek() {
                    Some(';' | '\n') | None => break,
                    Some(_) => words.push(self.word()?),
                }
            }
            Some(words)
        } else {
            None
        };
        self.blanks();
        if self.peek() == Some(';') {
            self.at += 1;
        }
        self.keyword("do")?;
        Ok(Compound::For { name, words, body: self.list_until("done")? })
    }

    fn case_rest(&mut self) -> Parsed<Compound> {
        self.blanks();
        let word = self.word()?;
        self.keyword("in")?;
        let mut arms = Vec::new();
        loop {
            self.lines()?;
            if self.at_keyword("esac") {
                self.at += 4;
                return Ok(Compound::Case { word, arms });
            }
            self.take("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?);
                self.blanks();
                if !self.take("|") {
                    break;
                }
            }
            self.expect(")")?;
            let body = self.list()?;
            arms.push((patterns, body));
            self.lines()?;
            if !self.take(";;") && !self.at_keyword("esac") {
                return Err(self.wrong("an arm of case without an end"));
            }
        }
    }

    fn function_head(&mut self) -> Option<String> {
        let start = self.at;
        let name = self.name();
        self.blanks();
        if name.is_some() && self.take("(") {
            self.blanks();
            if self.take(")") {
                return name;
            }
        }
        self.at = start;
        None
    }

    pub(super) fn name(&mut self) -> Option<String> {
        if !self.peek().is_some_and(is_name_start) {
            return None;
        }
        let mut name = String::new();
        while let Some(char) = self.peek().filter(|char| is_name(*char)) {
            name.push(char);
            self.at += 1;
        }
        Some(name)
    }

    fn simple(&mut self) -> Parsed<Command> {
        let mut simple = Simple::default();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            if self.peek().is_none_or(|char| "\n;&|()".contains(char)) {
                break;
            }
            let assigned = if simple.words.is_empty() { self.assigned_name() } else { None };
            match assigned {
                Some(name) => {
                    let value = self.value()?;
                    simple.assignments.push((name, value));
                }
                None => simple.words.push(self.word()?),
            }
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && simple.redirects.is_empty() {
            let found = self.peek().map_or_else(|| "the end".to_owned(), |char| format!("{char:?}"));
            return Err(self.wrong(format!("{found} where a command should be")));
        }
        Ok(Command::Simple(simple))
    }

    /// Goes past `NAME=`.
    fn assigned_name(&mut self) -> Option<String> {
        let start = self.at;
        let name = self.name();
        if name.is_some() && self.take("=") {
            return name;
        }
        self.at = start;
        None
    }

    fn value(&mut self) -> Parsed<Word> {
        match self.peek() {
            None | Some(' ' | '\t' | '\n' | ';' | '&' | '|' | ')' | '<' | '>') => Ok(Word::default()),
            Some(_) => self.word(),
        }
    }

    fn redirects(&mut self) -> Parsed<Vec<Redirect>> {
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => return Ok(redirects),
            }
        }
    }

    fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let start = self.at;
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            digits.push(digit);
            self.at += 1;
        }
        let fd = digits.parse::<u32>().ok();
        let operator = ["<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"].into_iter().find(|text| self.take(text));
        let Some(operator) = operator else {
            self.at = start;
            return Ok(None);
        };
        self.blanks();
        let fd = fd.unwrap_or(u32::from(operator.starts_with('>')));
        let to = match operator {
            "<<" | "<<-" => self.here_document(operator == "<<-")?,
            "<" => Target::Read(self.word()?),
            ">" | ">|" => Target::Write(self.word()?),
            ">>" => Target::Append(self.word()?),
            "<&" | ">&" => Target::Copy(self.word()?),
            _ => return Err(self.wrong(format!("the redirection {operator}"))),
        };
        Ok(Some(Redirect { fd, to }))
    }

    fn here_document(&mut self, strip_tabs: bool) -> Parsed<Target> {
        let (end, literal) = self.here_end()?;
        let text = Arc::new(OnceLock::new());
        self.here.push(Here { end, strip_tabs, literal, text: Arc::clone(&text) });
        Ok(Target::Here(text))
    }
}
