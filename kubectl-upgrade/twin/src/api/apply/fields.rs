//! Sets of fields, as `managedFields` writes them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::schema::{self, Kind};

/// The way to a field: each step as it is written in `fieldsV1` (`f:spec`, `k:{"name":"web"}`, `v:"a"`).
pub(super) type Path = Vec<String>;

/// Fields.
pub(super) type Fields = BTreeSet<Path>;

/// What the server itself minds, and no client owns.
const OF_THE_SERVER: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
];

/// An element of a list does not say which it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: element {index}: associative list with keys has an element that omits key field {key:?}")]
pub(crate) struct NoKey {
    path: String,
    index: usize,
    key: &'static str,
}

/// The fields of an object that clients can own, with what is there; an element of a list has null beside its own fields.
pub(super) fn of(object: &Value) -> Result<BTreeMap<Path, Value>, NoKey> {
    let mut found = BTreeMap::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        match name.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => {
                let mut metadata = value.as_object().cloned().unwrap_or_default();
                metadata.retain(|key, _| !OF_THE_SERVER.contains(&key.as_str()));
                if !metadata.is_empty() {
                    walk(&mut found, &mut vec!["f:metadata".to_owned()], &Value::Object(metadata), "", "metadata")?;
                }
            }
            _ => walk(&mut found, &mut vec![format!("f:{name}")], value, "", name)?,
        }
    }
    Ok(found)
}

fn walk(
    found: &mut BTreeMap<Path, Value>,
    path: &mut Path,
    value: &Value,
    within: &str,
    field: &str,
) -> Result<(), NoKey> {
    match value {
        Value::Null => {}
        Value::Object(map) if !map.is_empty() && !schema::is_whole(field) => {
            for (name, value) in map {
                path.push(format!("f:{name}"));
                walk(found, path, value, field, name)?;
                path.pop();
            }
        }
        Value::Array(list) => walk_list(found, path, list, within, field)?,
        Value::Object(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.insert(path.clone(), value.clone());
        }
    }
    Ok(())
}

fn walk_list(
    found: &mut BTreeMap<Path, Value>,
    path: &mut Path,
    list: &[Value],
    within: &str,
    field: &str,
) -> Result<(), NoKey> {
    match schema::list(within, field) {
        Kind::Atomic => {
            found.insert(path.clone(), list.into());
        }
        Kind::Set => {
            for value in list {
                path.push(format!("v:{value}"));
                found.insert(path.clone(), Value::Null);
                path.pop();
            }
        }
        Kind::Elements(keys) => {
            for (index, element) in list.iter().enumerate() {
                let id = id(element, keys).map_err(|key| NoKey { path: written(path), index, key })?;
                path.push(format!("k:{id}"));
                found.insert(path.clone(), Value::Null);
                for (name, value) in element.as_object().into_iter().flatten() {
                    path.push(format!("f:{name}"));
                    walk(found, path, value, field, name)?;
                    path.pop();
                }
                path.pop();
            }
        }
    }
    Ok(())
}

/// What tells an element of a list from the others; the field that is missing where nothing does.
pub(super) fn id(element: &Value, keys: &'static [&'static str]) -> Result<Value, &'static str> {
    let mut id = Map::new();
    for key in keys {
        let default = || schema::default(key).map(Value::from);
        let value = element.get(*key).cloned().or_else(default).ok_or(*key)?;
        id.insert((*key).to_owned(), value);
    }
    Ok(Value::Object(id))
}

/// The fields that `fieldsV1` lists.
pub(super) fn read(fields: &Value) -> Fields {
    let mut found = Fields::new();
    read_below(&mut found, &mut Path::new(), fields);
    found
}

fn read_below(found: &mut Fields, path: &mut Path, node: &Value) {
    let Some(map) = node.as_object() else { return };
    if (map.is_empty() || map.contains_key(".")) && !path.is_empty() {
        found.insert(path.clone());
    }
    for (step, below) in map.iter().filter(|(step, _)| *step != ".") {
        path.push(step.clone());
        read_below(found, path, below);
        path.pop();
    }
}

/// The fields as `fieldsV1` lists them.
pub(super) fn write(fields: &Fields) -> Value {
    let mut root = Map::new();
    for path in fields {
        let mut node = &mut root;
        for step in path {
            node = match node.entry(step.clone()).or_insert_with(|| Map::new().into()) {
                Value::Object(below) => below,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    return Value::Null;
                }
            };
        }
        let deeper = fields.range(path.clone()..).nth(1).is_some_and(|next| next.starts_with(path));
        if deeper {
            node.insert(".".to_owned(), Map::new().into());
        }
    }
    Value::Object(root)
}

/// A path as messages show it: `.spec.containers[name="web"].image`
pub(super) fn written(path: &[String]) -> String {
    let mut text = String::new();
    for step in path {
        match step.split_once(':') {
            Some(("k", id)) => {
                let id: Map<String, Value> = serde_json::from_str(id).unwrap_or_default();
                let pairs: Vec<String> = id.iter().map(|(key, value)| format!("{key}={value}")).collect();
                text.push_str(&format!("[{}]", pairs.join(",")));
            }
            Some(("v", value)) => text.push_str(&format!("[={value}]")),
            Some((_, name)) => text.push_str(&format!(".{name}")),
            None => text.push_str(step),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_written_and_read_back() {
        let object = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "labels": {"app": "web"}, "finalizers": ["a"]},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"spec": {"containers": [{"name": "web", "args": ["x"], "ports": [{"containerPort": 80}]}]}}
            }
        });
        let fields: Fields = of(&object).unwrap().into_keys().collect();
        let container = json!({
            ".": {}, "f:name": {}, "f:args": {},
            "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}
        });
        let expected = json!({
            "f:metadata": {"f:labels": {"f:app": {}}, "f:finalizers": {"v:\"a\"": {}}},
            "f:spec": {
                "f:selector": {},
                "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": container}}}
            }
        });
        assert_eq!(write(&fields), expected);
        assert_eq!(read(&expected), fields);
    }

    #[test]
    fn paths_are_shown_as_messages_have_them() {
        let path = ["f:spec", "f:containers", "k:{\"name\":\"web\"}", "f:image"].map(str::to_owned);
        assert_eq!(written(&path), ".spec.containers[name=\"web\"].image");
        assert!(of(&json!({"spec": {"containers": [{"image": "a"}]}})).is_err());
    }
}
