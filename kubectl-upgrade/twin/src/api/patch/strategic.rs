//! Strategic merge patches, as `kubectl` sends them for built-in kinds.
//!
//! Pure: from an object and a patch to the patched object. What follows from the change is not decided here.

use serde_json::{Map, Value};

use super::lists::{self, Lists};

/// Why a patch cannot be applied; with the status code that API servers answer then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StrategicError {
    /// 400
    #[error("{0}")]
    Malformed(String),
    /// 500: an element of a merged list does not say which it is.
    #[error("map: {element} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The element as JSON.
        element: String,
        /// The field that is missing.
        key: &'static str,
    },
}

/// The object after the patch.
///
/// # Errors
/// When the patch is no object, or has an element without its merge key or a directive that there is not.
pub(crate) fn apply(object: &Value, patch: &Value) -> Result<Value, StrategicError> {
    let Value::Object(patch) = patch else {
        return Err(StrategicError::Malformed("unable to find a JSON object in the patch".to_owned()));
    };
    let mut patched = object.as_object().cloned().unwrap_or_default();
    merge_map(&mut patched, patch, "")?;
    Ok(Value::Object(patched))
}

fn merge_map(target: &mut Map<String, Value>, patch: &Map<String, Value>, within: &str) -> Result<(), StrategicError> {
    match directive(patch)? {
        Directive::Merge => {}
        Directive::Replace => target.clear(),
        Directive::Delete => {
            target.clear();
            return Ok(());
        }
    }
    if let Some(Value::Array(kept)) = patch.get("$retainKeys") {
        target.retain(|key, _| kept.iter().any(|name| name == key));
    }
    for (name, value) in patch {
        match name.split_once('/') {
            Some(("$deleteFromPrimitiveList", field)) => delete_values(target, field, value),
            Some(("$setElementOrder", field)) if !patch.contains_key(field) => reorder(target, field, value, within),
            _ if name.starts_with('$') => {}
            _ => merge_field(target, name, value, patch.get(&format!("$setElementOrder/{name}")), within)?,
        }
    }
    Ok(())
}

enum Directive {
    Merge,
    Replace,
    Delete,
}

fn directive(patch: &Map<String, Value>) -> Result<Directive, StrategicError> {
    match patch.get("$patch").map(|word| word.as_str().unwrap_or_default()) {
        None | Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        Some(other) => Err(StrategicError::Malformed(format!("unknown patch type found: {other}"))),
    }
}

fn merge_field(
    target: &mut Map<String, Value>,
    name: &str,
    value: &Value,
    order: Option<&Value>,
    within: &str,
) -> Result<(), StrategicError> {
    match value {
        Value::Null => {
            target.remove(name);
        }
        Value::Object(patch) => {
            let mut inner = match target.remove(name) {
                Some(Value::Object(inner)) => inner,
                _ => Map::new(),
            };
            merge_map(&mut inner, patch, name)?;
            target.insert(name.to_owned(), Value::Object(inner));
        }
        Value::Array(patch) => {
            let present = match target.remove(name) {
                Some(Value::Array(present)) => present,
                _ => Vec::new(),
            };
            let order = order.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            target.insert(name.to_owned(), Value::Array(merge_list(present, patch, order, within, name)?));
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            target.insert(name.to_owned(), value.clone());
        }
    }
    Ok(())
}

fn merge_list(
    present: Vec<Value>,
    patch: &[Value],
    order: &[Value],
    within: &str,
    name: &str,
) -> Result<Vec<Value>, StrategicError> {
    match lists::of(within, name) {
        Lists::Atomic => Ok(patch.to_vec()),
        Lists::Set => {
            let mut merged = present;
            for value in patch {
                if !merged.contains(value) {
                    merged.push(value.clone());
                }
            }
            Ok(ordered(merged, order, |value| value))
        }
        Lists::ByKey(key) => merge_elements(present, patch, order, key, name),
    }
}

fn merge_elements(
    present: Vec<Value>,
    patch: &[Value],
    order: &[Value],
    key: &'static str,
    name: &str,
) -> Result<Vec<Value>, StrategicError> {
    let replaces = patch.iter().any(|element| element.get("$patch").is_some_and(|word| word == "replace"));
    let mut merged = if replaces { Vec::new() } else { present };
    for element in patch.iter().filter_map(Value::as_object) {
        let id = element.get(key);
        if id.is_none() && element.get("$patch").is_some_and(|word| word == "replace") {
            continue;
        }
        let Some(id) = id else {
            return Err(StrategicError::NoMergeKey { element: Value::Object(element.clone()).to_string(), key });
        };
        let place = merged.iter().position(|other| other.get(key) == Some(id));
        if matches!(directive(element)?, Directive::Delete) {
            if let Some(place) = place {
                merged.remove(place);
            }
            continue;
        }
        let mut inner = Map::new();
        if let Some(Value::Object(found)) = place.and_then(|place| merged.get(place)) {
            inner.clone_from(found);
        }
        merge_map(&mut inner, element, name)?;
        match place.and_then(|place| merged.get_mut(place)) {
            Some(found) => *found = Value::Object(inner),
            None => merged.push(Value::Object(inner)),
        }
    }
    Ok(ordered(merged, order, |element| element.get(key).unwrap_or(&Value::Null)))
}

fn reorder(target: &mut Map<String, Value>, field: &str, order: &Value, within: &str) {
    let (Some(Value::Array(list)), Some(order)) = (target.get_mut(field), order.as_array()) else { return };
    let present = std::mem::take(list);
    *list = match lists::of(within, field) {
        Lists::Atomic => present,
        Lists::Set => ordered(present, order, |value| value),
        Lists::ByKey(key) => ordered(present, order, |element| element.get(key).unwrap_or(&Value::Null)),
    };
}

/// The elements in the order asked for. Those that it does not name keep their place behind the one they followed.
fn ordered(elements: Vec<Value>, order: &[Value], id: impl Fn(&Value) -> &Value) -> Vec<Value> {
    let mut rank = None;
    let mut ranked: Vec<(Option<usize>, Value)> = Vec::with_capacity(elements.len());
    for element in elements {
        rank = order.iter().position(|entry| id(entry) == id(&element)).or(rank);
        ranked.push((rank, element));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, element)| element).collect()
}

fn delete_values(target: &mut Map<String, Value>, field: &str, values: &Value) {
    if let (Some(Value::Array(list)), Some(values)) = (target.get_mut(field), values.as_array()) {
        list.retain(|value| !values.contains(value));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(object: Value, patch: Value) -> Value {
        apply(&object, &patch).unwrap()
    }

    fn pod_with(containers: Value) -> Value {
        json!({"spec": {"containers": containers}})
    }

    #[test]
    fn elements_are_merged_by_their_key_and_new_ones_come_last() {
        let object = pod_with(json!([{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]));
        let patch = pod_with(json!([{"name": "c", "image": "c:1"}, {"name": "b", "image": "b:2"}]));
        let expected = pod_with(
            json!([{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:2"}, {"name": "c", "image": "c:1"}]),
        );
        assert_eq!(patched(object, patch), expected);
    }

    #[test]
    fn the_order_asked_for_is_kept_and_others_stay_behind_their_neighbour() {
        let object = pod_with(json!([{"name": "a"}, {"name": "sidecar"}, {"name": "b"}]));
        let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}});
        assert_eq!(patched(object, patch), pod_with(json!([{"name": "b"}, {"name": "a"}, {"name": "sidecar"}])));
    }

    #[test]
    fn directives_delete_and_replace() {
        let object = pod_with(json!([{"name": "a"}, {"name": "b"}]));
        let delete = pod_with(json!([{"name": "a", "$patch": "delete"}]));
        assert_eq!(patched(object.clone(), delete), pod_with(json!([{"name": "b"}])));
        let replace = pod_with(json!([{"name": "z"}, {"$patch": "replace"}]));
        assert_eq!(patched(object, replace), pod_with(json!([{"name": "z"}])));
        let selector = json!({"spec": {"nodeSelector": {"$patch": "replace", "zone": "b"}}});
        let object = json!({"spec": {"nodeSelector": {"disk": "ssd"}}});
        assert_eq!(patched(object, selector), json!({"spec": {"nodeSelector": {"zone": "b"}}}));
    }

    #[test]
    fn values_leave_and_join_sets() {
        let object = json!({"metadata": {"finalizers": ["a", "b"]}});
        let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}});
        assert_eq!(patched(object, patch), json!({"metadata": {"finalizers": ["b", "c"]}}));
    }

    #[test]
    fn keys_that_are_not_retained_go() {
        let object = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        assert_eq!(patched(object, patch), json!({"spec": {"strategy": {"type": "Recreate"}}}));
    }

    #[test]
    fn taints_and_tolerations_are_replaced_and_null_removes() {
        let object = json!({"spec": {"taints": [{"key": "a"}], "tolerations": [{"key": "a"}], "unschedulable": true}});
        let patch = json!({"spec": {"taints": [{"key": "b"}], "tolerations": [], "unschedulable": null}});
        assert_eq!(patched(object, patch), json!({"spec": {"taints": [{"key": "b"}], "tolerations": []}}));
    }

    #[test]
    fn ports_of_containers_and_services_have_different_keys() {
        let container = pod_with(json!([{"name": "a", "ports": [{"containerPort": 80, "name": "http"}]}]));
        let patch = pod_with(json!([{"name": "a", "ports": [{"containerPort": 443}]}]));
        let ports = json!([{"containerPort": 80, "name": "http"}, {"containerPort": 443}]);
        assert_eq!(patched(container, patch), pod_with(json!([{"name": "a", "ports": ports}])));
        let service = json!({"spec": {"ports": [{"port": 80, "nodePort": 30080}]}});
        let patch = json!({"spec": {"ports": [{"port": 80, "name": "http"}]}});
        assert_eq!(
            patched(service, patch),
            json!({"spec": {"ports": [{"port": 80, "nodePort": 30080, "name": "http"}]}})
        );
    }

    #[test]
    fn what_cannot_be_merged_is_refused() {
        let missing = apply(&json!({}), &pod_with(json!([{"image": "a"}]))).unwrap_err();
        assert_eq!(missing.to_string(), "map: {\"image\":\"a\"} does not contain declared merge key: name");
        assert!(matches!(apply(&json!({}), &json!([])), Err(StrategicError::Malformed(_))));
        assert!(matches!(apply(&json!({}), &json!({"$patch": "x"})), Err(StrategicError::Malformed(_))));
    }
}
