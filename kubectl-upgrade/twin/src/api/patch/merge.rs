//! Merge patches (RFC 7386).

use serde_json::{Map, Value};

/// The value after the patch.
pub(super) fn apply(old: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut new = match old {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    for (key, change) in patch {
        if change.is_null() {
            new.remove(key);
        } else {
            let before = new.remove(key).unwrap_or_default();
            new.insert(key.clone(), apply(before, change));
        }
    }
    Value::Object(new)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_takes_away_and_lists_are_replaced() {
        let old = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]});
        let new = apply(old, &json!({"a": {"b": null, "d": {"e": null, "f": 1}}, "l": [3]}));
        assert_eq!(new, json!({"a": {"c": 2, "d": {"f": 1}}, "l": [3]}));
    }
}
