//! Putting applied fields into an object, and taking given-up fields out of it.

use serde_json::{Map, Value};

use super::fields::{Path, id};
use super::schema::{self, Kind};

/// Puts what was applied over what is there.
pub(super) fn put(live: &mut Map<String, Value>, applied: &Map<String, Value>, within: &str) {
    for (name, value) in applied {
        match (live.get_mut(name), value) {
            (_, Value::Null) => {
                live.remove(name);
            }
            (Some(Value::Object(live)), Value::Object(applied)) if !schema::is_whole(name) => put(live, applied, name),
            (Some(Value::Array(live)), Value::Array(applied)) => put_list(live, applied, within, name),
            _ => {
                live.insert(name.clone(), value.clone());
            }
        }
    }
}

fn put_list(live: &mut Vec<Value>, applied: &[Value], within: &str, name: &str) {
    match schema::list(within, name) {
        Kind::Atomic => *live = applied.to_vec(),
        Kind::Set => {
            let new: Vec<Value> = applied.iter().filter(|value| !live.contains(value)).cloned().collect();
            live.extend(new);
        }
        Kind::Elements(keys) => {
            for element in applied {
                let of = id(element, keys);
                match (live.iter_mut().find(|other| id(other, keys) == of), element) {
                    (Some(Value::Object(live)), Value::Object(applied)) => put(live, applied, name),
                    _ => live.push(element.clone()),
                }
            }
        }
    }
}

/// Takes a field out, and the objects around it that are empty then.
pub(super) fn take(value: &mut Value, path: &[String]) {
    let Some((step, rest)) = path.split_first() else { return };
    match (step.split_once(':'), &mut *value) {
        (Some(("f", name)), Value::Object(map)) => {
            if let (Some(below), false) = (map.get_mut(name), rest.is_empty()) {
                take(below, rest);
                if is_empty(below) {
                    map.remove(name);
                }
            } else {
                map.remove(name);
            }
        }
        (Some(("k", of)), Value::Array(list)) => {
            let of: Value = serde_json::from_str(of).unwrap_or_default();
            let place = list.iter().position(|element| is(element, &of));
            match place.and_then(|place| list.get_mut(place).map(|element| (place, element))) {
                Some((place, _)) if rest.is_empty() => {
                    list.remove(place);
                }
                Some((_, element)) => take(element, rest),
                None => {}
            }
        }
        (Some(("v", gone)), Value::Array(list)) => {
            list.retain(|value| serde_json::to_string(value).is_ok_and(|text| text != *gone))
        }
        _ => {}
    }
}

/// Whether the path is that of an element of a list.
pub(super) fn is_element(path: &Path) -> bool {
    path.last().is_some_and(|step| step.starts_with("k:"))
}

fn is(element: &Value, of: &Value) -> bool {
    of.as_object().into_iter().flatten().all(|(key, value)| match element.get(key) {
        Some(found) => found == value,
        None => schema::default(key).is_some_and(|default| value == default),
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
