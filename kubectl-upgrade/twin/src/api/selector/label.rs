//! Label selectors, as text in queries and as objects in specs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::parse;
use crate::json;

/// What labels must be like: all of its terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) key: String,
    pub(super) test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
}

impl Labels {
    /// Reads the text of a query; empty text selects everything.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        parse::terms(text).map(Self)
    }

    /// Reads a `LabelSelector`. An empty one selects everything; whether none does so too is for the caller to know.
    pub(crate) fn of_object(selector: &Value) -> Self {
        let equal = json::entries(selector, "/matchLabels").map(|(key, value)| Term {
            key: key.clone(),
            test: Test::In(vec![value.as_str().unwrap_or_default().to_owned()]),
        });
        let expressions = json::items(selector, "/matchExpressions").filter_map(|expression| {
            let values =
                json::items(expression, "/values").filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
            let test = match json::text(expression, "/operator") {
                "In" => Test::In(values),
                "NotIn" => Test::NotIn(values),
                "Exists" => Test::Exists,
                "DoesNotExist" => Test::Absent,
                _ => return None,
            };
            Some(Term { key: json::text(expression, "/key").to_owned(), test })
        });
        Self(equal.chain(expressions).collect())
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it lets an object with these labels through.
    pub(crate) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|term| term.matches(labels))
    }
}

impl Term {
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.test {
            Test::In(values) => value.is_some_and(|value| values.contains(value)),
            Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::Above(limit) => number().is_some_and(|number| number > *limit),
            Test::Below(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Labels::parse(selector).unwrap().matches(&labels)
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
            assert!(Labels::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn objects_say_the_same() {
        let selector = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["2"]}, {"key": "x", "operator": "DoesNotExist"}]});
        assert_eq!(Labels::of_object(&selector), Labels::parse("app=web,tier notin (2),!x").unwrap());
    }
}
