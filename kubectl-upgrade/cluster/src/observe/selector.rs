//! Which pods a label selector matches.

use std::collections::BTreeMap;

use crate::wire::Selector;

/// What an empty selector matches: policy/v1 changed that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmptySelector {
    /// Nothing, in policy/v1beta1.
    Nothing,
    /// Everything in the namespace, in policy/v1.
    Everything,
}

/// Whether the selector matches these labels. A missing selector matches nothing in either version.
pub(crate) fn matches(selector: Option<&Selector>, labels: &BTreeMap<String, String>, empty: EmptySelector) -> bool {
    let Some(selector) = selector else { return false };
    if selector.match_labels.is_empty() && selector.match_expressions.is_empty() {
        return empty == EmptySelector::Everything;
    }
    let labelled = selector.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value));
    labelled
        && selector.match_expressions.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let listed = value.is_some_and(|value| requirement.values.contains(value));
            match requirement.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                // The API server admits no other operator.
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matched(selector: serde_json::Value, empty: EmptySelector) -> bool {
        let selector: Selector = serde_json::from_value(selector).unwrap();
        let labels = [("app", "web"), ("tier", "front")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        matches(Some(&selector), &labels.into(), empty)
    }

    #[test]
    fn every_operator_is_known() {
        for (selector, expected) in [
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "zone": "a"}}), false),
            (json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["db", "web"]}]}), true),
            (json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}), false),
            (json!({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}), true),
            (json!({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}), true),
            (json!({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}), false),
            (
                json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "zone", "operator": "Exists"}]}),
                false,
            ),
        ] {
            assert_eq!(matched(selector.clone(), EmptySelector::Everything), expected, "{selector}");
        }
    }

    #[test]
    fn an_empty_selector_means_what_its_version_says() {
        assert!(matched(json!({}), EmptySelector::Everything));
        assert!(!matched(json!({}), EmptySelector::Nothing));
        assert!(!matches(None, &BTreeMap::new(), EmptySelector::Everything));
    }
}
