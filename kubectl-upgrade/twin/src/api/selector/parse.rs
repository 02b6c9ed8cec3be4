//! The text form of label selectors, read as real servers read it, with their words for what they cannot read.

use crate::selector::{Requirement, Selector, Test};

/// A word of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Sign(&'a str),
    End,
}

impl<'a> Token<'a> {
    fn text(&self) -> &'a str {
        match self {
            Self::Word(text) | Self::Sign(text) => text,
            Self::End => "",
        }
    }
}

/// Reads the text of a query; empty text selects everything.
pub(super) fn selector(text: &str) -> Result<Selector, String> {
    terms(text).map(Selector::of)
}

fn terms(text: &str) -> Result<Vec<Requirement>, String> {
    let mut reader = Reader { tokens: tokens(text), at: 0 };
    let mut terms = Vec::new();
    if reader.peek() == Token::End {
        return Ok(terms);
    }
    loop {
        match reader.peek() {
            Token::Word(_) | Token::Sign("!") => {
                terms.push(reader.term().map_err(|why| format!("unable to parse requirement: {why}"))?);
            }
            other => return Err(format!("found '{}', expected: !, identifier, or 'end of string'", other.text())),
        }
        match reader.next() {
            Token::End => return Ok(terms),
            Token::Sign(",") => match reader.peek() {
                Token::Word(_) | Token::Sign("!") => {}
                other => return Err(format!("found '{}', expected: identifier after ','", other.text())),
            },
            other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
        }
    }
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn term(&mut self) -> Result<Requirement, String> {
        let absent = self.peek() == Token::Sign("!");
        if absent {
            self.next();
        }
        let key = match self.next() {
            Token::Word(key) => key,
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        check_key(key)?;
        let test = if absent { Test::Absent } else { self.test()? };
        Ok(Requirement { key: key.to_owned(), test })
    }

    fn test(&mut self) -> Result<Test, String> {
        if matches!(self.peek(), Token::End | Token::Sign(",")) {
            return Ok(Test::Exists);
        }
        let operator = self.next();
        match operator {
            Token::Word("in") => Ok(Test::In(self.values()?)),
            Token::Word("notin") => Ok(Test::NotIn(self.values()?)),
            Token::Sign("=" | "==") => Ok(Test::In(vec![self.value()?])),
            Token::Sign("!=") => Ok(Test::NotIn(vec![self.value()?])),
            Token::Sign(sign @ (">" | "<")) => {
                let value = self.value()?;
                let number = value.parse().map_err(|_| "for 'Gt', 'Lt' operators, the value must be an integer")?;
                Ok(if sign == ">" { Test::Above(number) } else { Test::Below(number) })
            }
            other => Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", other.text())),
        }
    }

    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::End | Token::Sign(",") => Ok(String::new()),
            Token::Word(value) => {
                self.next();
                check_value(value)?;
                Ok(value.to_owned())
            }
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        match self.next() {
            Token::Sign("(") => {}
            other => return Err(format!("found '{}' expected: '('", other.text())),
        }
        let mut values = vec![String::new()];
        loop {
            match self.next() {
                Token::Word(value) => {
                    check_value(value)?;
                    if let Some(last) = values.last_mut() {
                        value.clone_into(last);
                    }
                }
                Token::Sign(",") => values.push(String::new()),
                Token::Sign(")") => return Ok(values),
                other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
            }
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let sign = |c: char| "=!(),><".contains(c);
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if sign(first) {
            ["==", "!="].iter().find(|two| rest.starts_with(**two)).map_or(1, |two| two.len())
        } else {
            rest.find(|c: char| sign(c) || c.is_whitespace()).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(length);
        tokens.push(if sign(first) { Token::Sign(token) } else { Token::Word(token) });
        rest = after.trim_start();
    }
    tokens
}

fn check_key(key: &str) -> Result<(), String> {
    let bare = key.rsplit_once('/').map_or(key, |(_, bare)| bare);
    if is_word(bare) {
        return Ok(());
    }
    Err(format!(
        "invalid label key {key:?}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and \
         end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
         '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    ))
}

fn check_value(value: &str) -> Result<(), String> {
    if is_word(value) {
        return Ok(());
    }
    Err(format!(
        "invalid label value: {value:?}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' \
         or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex \
         used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    ))
}

fn is_word(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().last())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        super::selector(selector).unwrap().matches(&labels)
    }

    #[test]
    fn every_form_selects() {
        let web = &[("app", "web"), ("tier", "1")];
        for yes in [
            "",
            "app=web",
            "app == web",
            "app!=db",
            "other!=x",
            "app in (db, web)",
            "app notin (db)",
            "other notin (x)",
            "app",
            "!other",
            "tier>0",
            "tier<2,app=web",
        ] {
            assert!(selects(yes, web), "{yes}");
        }
        for no in [
            "app=db",
            "app!=web",
            "app in (db)",
            "other in (x)",
            "app notin (web,db)",
            "other",
            "!app",
            "tier>1",
            "app=web,tier=2",
        ] {
            assert!(!selects(no, web), "{no}");
        }
        for bad in ["app=a b", "=x", "app in web", "a,,b", "a~b"] {
            assert!(super::selector(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn objects_say_the_same() {
        let object = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["2"]}, {"key": "x", "operator": "DoesNotExist"}]});
        assert_eq!(Selector::read(&object), selector("app=web,tier notin (2),!x").ok());
    }

    #[test]
    fn what_cannot_be_read_is_said_as_real_servers_say_it() {
        for (text, why) in [
            ("==", "found '==', expected: !, identifier, or 'end of string'"),
            ("app in web", "unable to parse requirement: found 'web' expected: '('"),
            ("a,,b", "found ',', expected: identifier after ','"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ] {
            assert_eq!(terms(text).unwrap_err(), why);
        }
    }
}
