//! Label selectors, as objects carry them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::json::{at, entries, items, text};

/// Labels of an object.
pub(crate) type Labels = BTreeMap<String, String>;

/// A label selector, or the expressions of a node selector's term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt,
    Lt,
    /// Not known: matches nothing.
    Other,
}

impl Selector {
    /// Reads `matchLabels` and `matchExpressions`; none of null, which selects nothing.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        value.as_object()?;
        let labels = entries(value, "/matchLabels").map(|(key, label)| Requirement {
            key: key.clone(),
            operator: Operator::In,
            values: vec![label.as_str().unwrap_or_default().to_owned()],
        });
        let requirements = labels.chain(items(value, "/matchExpressions").map(Requirement::read)).collect();
        Some(Self { requirements })
    }

    /// A selector of these labels.
    pub(crate) fn of_labels<'a>(labels: impl Iterator<Item = (&'a String, &'a Value)>) -> Self {
        let requirements = labels.map(|(key, label)| Requirement {
            key: key.clone(),
            operator: Operator::In,
            values: vec![label.as_str().unwrap_or_default().to_owned()],
        });
        Self { requirements: requirements.collect() }
    }

    /// Whether it has no requirement at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether labels meet every requirement.
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels.get(&requirement.key)))
    }
}

impl Requirement {
    fn read(value: &Value) -> Self {
        let operator = match text(value, "/operator") {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::Gt,
            "Lt" => Operator::Lt,
            _ => Operator::Other,
        };
        let values = at(value, "/values").as_array().into_iter().flatten();
        let values = values.map(|value| value.as_str().unwrap_or_default().to_owned()).collect();
        Self { key: text(value, "/key").to_owned(), operator, values }
    }

    fn matches(&self, label: Option<&String>) -> bool {
        let listed = || label.is_some_and(|label| self.values.contains(label));
        let number = |text: Option<&String>| text.and_then(|text| text.parse::<i64>().ok());
        let compared = || number(label).zip(number(self.values.first()));
        match self.operator {
            Operator::In => listed(),
            Operator::NotIn => !listed(),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::Gt => compared().is_some_and(|(label, limit)| label > limit),
            Operator::Lt => compared().is_some_and(|(label, limit)| label < limit),
            Operator::Other => false,
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
        ] {
            let value = json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] });
            assert_eq!(Selector::read(&value).unwrap().matches(&labels), expected, "{value}");
        }
        assert!(Selector::read(&json!({})).unwrap().matches(&labels));
        assert_eq!(Selector::read(&Value::Null), None);
    }
}
