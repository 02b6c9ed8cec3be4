//! Two recordings of one case, field by field.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::Recording;

/// One place where the answers differ.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    pub case: String,
    /// A JSON pointer from the case's list of exchanges: `/2/answer/body/metadata/name`.
    pub path: String,
    /// The request of the exchange.
    pub request: String,
    pub expected: Option<Value>,
    pub found: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        writeln!(f, "{} {}  ({})", self.case, self.path, self.request)?;
        writeln!(f, "    expected {}", shown(&self.expected))?;
        write!(f, "    found    {}", shown(&self.found))
    }
}

/// Where `found` differs from `expected`.
#[must_use]
pub fn compare(expected: &Recording, found: &Recording) -> Vec<Difference> {
    let mut differences = Vec::new();
    for number in 0..expected.exchanges.len().max(found.exchanges.len()) {
        let (one, other) = (expected.exchanges.get(number), found.exchanges.get(number));
        let request = one.or(other).map(|exchange| exchange.request.clone()).unwrap_or_default();
        let value = |exchange| serde_json::to_value(exchange).expect("an exchange is JSON");
        let mut walk = Walk { case: &expected.case, request: &request, differences: &mut differences };
        walk.values(&format!("/{number}"), one.map(value).as_ref(), other.map(value).as_ref());
    }
    differences
}

struct Walk<'a> {
    case: &'a str,
    request: &'a str,
    differences: &'a mut Vec<Difference>,
}

impl Walk<'_> {
    fn values(&mut self, path: &str, expected: Option<&Value>, found: Option<&Value>) {
        match (expected, found) {
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                for key in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                    let step = key.replace('~', "~0").replace('/', "~1");
                    self.values(&format!("{path}/{step}"), one.get(key), other.get(key));
                }
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                for index in 0..one.len().max(other.len()) {
                    self.values(&format!("{path}/{index}"), one.get(index), other.get(index));
                }
            }
            (one, other) if one == other => {}
            (one, other) => self.differences.push(Difference {
                case: self.case.to_owned(),
                path: path.to_owned(),
                request: self.request.to_owned(),
                expected: one.cloned(),
                found: other.cloned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::compare;
    use crate::conformance::{Answer, Exchange, Recording};

    fn recording(body: Value) -> Recording {
        let answer = Answer { status: 200, headers: [].into(), body };
        Recording { case: "a-case".to_owned(), exchanges: vec![Exchange { request: "GET /x".to_owned(), answer }] }
    }

    #[test]
    fn every_field_that_differs_is_named() {
        let one = recording(json!({"a": {"b/c": 1}, "same": [1, 2], "list": [1]}));
        let other = recording(json!({"a": {"b/c": 2}, "same": [1, 2], "list": [1, 2], "more": null}));
        let paths: Vec<_> = compare(&one, &other).into_iter().map(|difference| difference.path).collect();
        assert_eq!(paths, ["/0/answer/body/a/b~1c", "/0/answer/body/list/1", "/0/answer/body/more"]);
        assert_eq!(compare(&one, &one), []);
    }

    #[test]
    fn an_exchange_too_few_is_a_difference() {
        let one = recording(json!({}));
        let none = Recording { exchanges: Vec::new(), ..one.clone() };
        assert_eq!(compare(&one, &none).len(), 1);
        assert_eq!(compare(&none, &one).len(), 1);
    }
}
