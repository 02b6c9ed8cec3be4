//! Label selectors. How they are written in queries is in `api::selector`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::json::{entries, items, text};

/// Labels of an object.
pub(crate) type Labels = BTreeMap<String, String>;

/// What labels must be like, in all of its requirements: a label selector, or the expressions of a node selector's term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Requirement>);

/// What one label must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) key: String,
    pub(crate) test: Test,
}

/// How a label is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
    /// By an operator that is not known, or a number that is none: no label passes.
    Never,
}

impl Selector {
    /// All of these requirements.
    pub(crate) fn of(requirements: Vec<Requirement>) -> Self {
        Self(requirements)
    }

    /// Reads `matchLabels` and `matchExpressions`; none of null, which selects nothing.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        value.as_object()?;
        let labels = entries(value, "/matchLabels").map(Requirement::equal);
        Some(Self(labels.chain(items(value, "/matchExpressions").map(Requirement::read)).collect()))
    }

    /// A selector of these labels.
    pub(crate) fn of_labels<'a>(labels: impl Iterator<Item = (&'a String, &'a Value)>) -> Self {
        Self(labels.map(Requirement::equal).collect())
    }

    /// Whether it has no requirement at all, and so lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether labels meet every requirement.
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.test.passes(labels.get(&requirement.key)))
    }
}

impl Requirement {
    fn equal((key, label): (&String, &Value)) -> Self {
        Self { key: key.clone(), test: Test::In(vec![label.as_str().unwrap_or_default().to_owned()]) }
    }

    fn read(value: &Value) -> Self {
        let values = || items(value, "/values").map(|value| value.as_str().unwrap_or_default().to_owned()).collect();
        let number = || items(value, "/values").next().and_then(Value::as_str).and_then(|text| text.parse().ok());
        let test = match text(value, "/operator") {
            "In" => Test::In(values()),
            "NotIn" => Test::NotIn(values()),
            "Exists" => Test::Exists,
            "DoesNotExist" => Test::Absent,
            "Gt" => number().map_or(Test::Never, Test::Above),
            "Lt" => number().map_or(Test::Never, Test::Below),
            _ => Test::Never,
        };
        Self { key: text(value, "/key").to_owned(), test }
    }
}

impl Test {
    fn passes(&self, label: Option<&String>) -> bool {
        let number = || label.and_then(|label| label.parse::<i64>().ok());
        match self {
            Self::In(values) => label.is_some_and(|label| values.contains(label)),
            Self::NotIn(values) => label.is_none_or(|label| !values.contains(label)),
            Self::Exists => label.is_some(),
            Self::Absent => label.is_none(),
            Self::Above(limit) => number().is_some_and(|number| number > *limit),
            Self::Below(limit) => number().is_some_and(|number| number < *limit),
            Self::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_operator_is_known() {
        let labels: Labels = [("app", "web"), ("cores", "8")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        for (key, operator, values, expected) in [
            ("app", "In", vec!["web", "db"], true),
            ("app", "NotIn", vec!["web"], false),
            ("zone", "NotIn", vec!["a"], true),
            ("app", "Exists", vec![], true),
            ("app", "DoesNotExist", vec![], false),
            ("cores", "Gt", vec!["4"], true),
            ("cores", "Lt", vec!["4"], false),
            ("app", "Like", vec!["w"], false),
            ("cores", "Gt", vec!["many"], false),
        ] {
            let value = json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] });
            assert_eq!(Selector::read(&value).unwrap().matches(&labels), expected, "{value}");
        }
        assert!(Selector::read(&json!({})).unwrap().matches(&labels));
        assert_eq!(Selector::read(&Value::Null), None);
    }
}
