//! What a table's printer is made of, and the words that printers share.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::age;
use crate::json::{at, entries, text};

/// What cells may depend on beside their object.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) minor: u16,
    pub(super) now: Timestamp,
}

/// One column.
pub(super) struct Column {
    name: &'static str,
    kind: &'static str,
    /// Shown by `-o wide` alone.
    wide: bool,
    /// The minor it came with.
    since: u16,
    pub(super) cell: fn(&Value, Context) -> Value,
}

impl Column {
    /// A column of text.
    pub(super) const fn text(name: &'static str, cell: fn(&Value, Context) -> Value) -> Self {
        Self { name, kind: "string", wide: false, since: 0, cell }
    }

    /// A column of numbers.
    pub(super) const fn number(name: &'static str, cell: fn(&Value, Context) -> Value) -> Self {
        Self { kind: "integer", ..Self::text(name, cell) }
    }

    /// It, for `-o wide` alone.
    pub(super) const fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// It, from a minor on.
    pub(super) const fn since(self, minor: u16) -> Self {
        Self { since: minor, ..self }
    }

    pub(super) fn known(&self, minor: u16) -> bool {
        minor >= self.since
    }

    /// The column as tables define it.
    pub(super) fn definition(&self) -> Value {
        let format = if self.name == "Name" { "name" } else { "" };
        json!({
            "name": self.name,
            "type": self.kind,
            "format": format,
            "description": "",
            "priority": u8::from(self.wide),
        })
    }
}

/// The column `Name`.
pub(super) const NAME: Column = Column::text("Name", |object, _| at(object, "/metadata/name").clone());

/// The column `Age`.
pub(super) const AGE: Column =
    Column::text("Age", |object, context| since(at(object, "/metadata/creationTimestamp"), context).into());

/// How long ago a time was; `<unknown>` without one.
pub(super) fn since(time: &Value, context: Context) -> String {
    let time: Option<Timestamp> = time.as_str().and_then(|time| time.parse().ok());
    time.map_or_else(|| "<unknown>".to_owned(), |time| age::human(context.now.duration_since(time)))
}

/// The text at a pointer, or another.
pub(super) fn or<'a>(object: &'a Value, pointer: &str, otherwise: &'a str) -> &'a str {
    Some(text(object, pointer)).filter(|text| !text.is_empty()).unwrap_or(otherwise)
}

/// The whole number at a pointer; 0 without one.
pub(super) fn number(object: &Value, pointer: &str) -> i64 {
    at(object, pointer).as_i64().unwrap_or_default()
}

/// How many entries or elements are at a pointer.
pub(super) fn count(object: &Value, pointer: &str) -> usize {
    match at(object, pointer) {
        Value::Object(map) => map.len(),
        Value::Array(list) => list.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Labels as selectors are written; `<none>` without any.
pub(super) fn labels(object: &Value, pointer: &str) -> String {
    let written: Vec<String> =
        entries(object, pointer).map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if written.is_empty() { "<none>".to_owned() } else { written.join(",") }
}

/// A label selector; `<none>` without one.
pub(super) fn selector(object: &Value, pointer: &str) -> String {
    let selector = at(object, pointer);
    let mut parts: Vec<String> = entries(selector, "/matchLabels")
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    for expression in crate::json::items(selector, "/matchExpressions") {
        let key = text(expression, "/key");
        let values: Vec<&str> = crate::json::items(expression, "/values").filter_map(Value::as_str).collect();
        parts.push(match text(expression, "/operator") {
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            _ => format!("{key} in ({})", values.join(",")),
        });
    }
    if parts.is_empty() { "<none>".to_owned() } else { parts.join(",") }
}

/// That, of each container of a pod template.
pub(super) fn of_containers(object: &Value, pointer: &str) -> String {
    let containers = crate::json::items(object, "/spec/template/spec/containers");
    let values: Vec<&str> = containers.map(|container| text(container, pointer)).collect();
    values.join(",")
}

/// The names of a pod template's containers.
pub(super) const CONTAINERS: Column =
    Column::text("Containers", |object, _| of_containers(object, "/name").into()).wide();

/// The images of a pod template's containers.
pub(super) const IMAGES: Column = Column::text("Images", |object, _| of_containers(object, "/image").into()).wide();

/// The label selector of a workload.
pub(super) const SELECTOR: Column =
    Column::text("Selector", |object, _| selector(object, "/spec/selector").into()).wide();
