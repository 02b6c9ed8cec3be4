//! JSON patches (RFC 6902).

use serde_json::Value;

use crate::api::refusal::Refusal;
use crate::json::text;

/// The value after the operations, all of them or none.
pub(super) fn apply(old: &Value, operations: &Value) -> Result<Value, Refusal> {
    let mut new = old.clone();
    let operations = operations
        .as_array()
        .ok_or_else(|| Refusal::bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch"))?;
    for operation in operations {
        perform(&mut new, operation).ok_or_else(refused)?;
    }
    Ok(new)
}

fn refused() -> Refusal {
    let message = "the server rejected our request due to an error in our request";
    Refusal { details: Some(serde_json::Map::new()), ..Refusal::new(422, "Invalid", message) }
}

fn perform(document: &mut Value, operation: &Value) -> Option<()> {
    let path = text(operation, "/path");
    let value = || operation.get("value").cloned();
    match text(operation, "/op") {
        "add" => add(document, path, value()?),
        "remove" => remove(document, path).map(drop),
        "replace" => {
            *document.pointer_mut(path)? = value()?;
            Some(())
        }
        "move" => {
            let moved = remove(document, text(operation, "/from"))?;
            add(document, path, moved)
        }
        "copy" => {
            let copied = document.pointer(text(operation, "/from"))?.clone();
            add(document, path, copied)
        }
        "test" => (document.pointer(path).unwrap_or(&Value::Null) == &value()?).then_some(()),
        _ => None,
    }
}

/// The parent of a place, and the last part of its path.
fn parent<'d>(document: &'d mut Value, path: &str) -> Option<(&'d mut Value, String)> {
    let (way, last) = path.rsplit_once('/')?;
    Some((document.pointer_mut(way)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *document = value;
        return Some(());
    }
    match parent(document, path)? {
        (Value::Object(map), key) => {
            map.insert(key, value);
        }
        (Value::Array(list), last) if last == "-" => list.push(value),
        (Value::Array(list), index) => {
            let index = index.parse().ok().filter(|index| *index <= list.len())?;
            list.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<Value> {
    match parent(document, path)? {
        (Value::Object(map), key) => map.remove(&key),
        (Value::Array(list), index) => {
            let index = index.parse().ok().filter(|index| *index < list.len())?;
            Some(list.remove(index))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations_are_performed_in_order() {
        let old = json!({"a": {"x/y": 1}, "l": [1, 3]});
        let patch = json!([
            {"op": "test", "path": "/a/x~1y", "value": 1},
            {"op": "add", "path": "/l/1", "value": 2},
            {"op": "add", "path": "/l/-", "value": 4},
            {"op": "move", "from": "/a/x~1y", "path": "/b"},
            {"op": "copy", "from": "/b", "path": "/c"},
            {"op": "replace", "path": "/b", "value": 5},
            {"op": "remove", "path": "/l/0"},
        ]);
        assert_eq!(apply(&old, &patch).unwrap(), json!({"a": {}, "l": [2, 3, 4], "b": 5, "c": 1}));
    }

    #[test]
    fn what_cannot_be_done_refuses_all() {
        for patch in [
            json!([{"op": "test", "path": "/a", "value": 2}]),
            json!([{"op": "remove", "path": "/none"}]),
            json!([{"op": "replace", "path": "/none", "value": 1}]),
            json!([{"op": "add", "path": "/a/b/c", "value": 1}]),
        ] {
            assert_eq!(apply(&json!({"a": 1}), &patch).unwrap_err().code, 422, "{patch}");
        }
    }
}
