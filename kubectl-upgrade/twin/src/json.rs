//! Reading and changing JSON by path, without ever panicking over what is missing or of another type.

use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// What is at a JSON pointer (`/metadata/name`); null where there is nothing.
#[must_use]
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    // As `Value::pointer`, which makes two copies of every key on the way: this is asked millions of times.
    let step = |here: &'a Value, key: &str| match here {
        Value::Object(map) if key.contains('~') => map.get(&key.replace("~1", "/").replace("~0", "~")),
        Value::Object(map) => map.get(key),
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    pointer.split('/').skip(1).try_fold(value, step).unwrap_or(&NULL)
}

/// The text at a pointer; empty where there is none.
#[must_use]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_default()
}

/// The elements of the array at a pointer; none where there is none.
pub fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    at(value, pointer).as_array().into_iter().flatten()
}

/// The entries of the object at a pointer; none where there is none.
pub fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    at(value, pointer).as_object().into_iter().flatten()
}

/// The object under these keys, made where it is missing or something else.
pub fn object<'a>(value: &'a mut Value, keys: &[&str]) -> &'a mut Map<String, Value> {
    let mut map = as_object(value);
    for key in keys {
        map = as_object(map.entry(*key).or_insert(Value::Null));
    }
    map
}

/// Sets what is under these keys; objects on the way are made where they are missing.
pub fn set(value: &mut Value, keys: &[&str], to: impl Into<Value>) {
    if let Some((last, way)) = keys.split_last() {
        object(value, way).insert((*last).to_owned(), to.into());
    }
}

/// Takes away what is under these keys and returns it.
pub fn remove(value: &mut Value, keys: &[&str]) -> Option<Value> {
    let (last, way) = keys.split_last()?;
    let mut place = value;
    for key in way {
        place = place.get_mut(*key)?;
    }
    place.as_object_mut()?.remove(*last)
}

fn as_object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            unreachable!("it was just made an object")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pointers_are_followed() {
        let value = json!({"a": {"x/y": {"~": [1, {"z": 2}]}}});
        for pointer in ["", "/a", "/a/x~1y/~0/1/z", "/a/x~1y/~0/0", "/a/x~1y/~0/2", "/a/x~1y/~0/z", "/a/b/c"] {
            assert_eq!(at(&value, pointer), value.pointer(pointer).unwrap_or(&Value::Null), "{pointer}");
        }
    }

    #[test]
    fn nothing_panics_over_foreign_shapes() {
        let mut value = json!({"metadata": "text", "list": [1]});
        assert_eq!(text(&value, "/metadata/name"), "");
        assert_eq!(items(&value, "/metadata").count(), 0);
        set(&mut value, &["metadata", "name"], "x");
        assert_eq!(text(&value, "/metadata/name"), "x");
        assert_eq!(remove(&mut value, &["list", "x"]), None);
        assert_eq!(remove(&mut value, &["metadata", "name"]), Some(json!("x")));
    }
}
