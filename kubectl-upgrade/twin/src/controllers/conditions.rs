//! Conditions in the status of objects.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::json::{self, text};
use crate::time;

/// A condition to be set.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    kind: &'static str,
    status: &'static str,
    reason: String,
    message: String,
}

impl Condition {
    /// One that is true.
    pub(crate) fn is(kind: &'static str) -> Self {
        Self { kind, status: "True", reason: String::new(), message: String::new() }
    }

    /// One that is false.
    pub(crate) fn not(kind: &'static str) -> Self {
        Self { status: "False", ..Self::is(kind) }
    }

    /// One of which nothing is known.
    pub(crate) fn unknown(kind: &'static str) -> Self {
        Self { status: "Unknown", ..Self::is(kind) }
    }

    /// True or false.
    pub(crate) fn whether(kind: &'static str, holds: bool) -> Self {
        if holds { Self::is(kind) } else { Self::not(kind) }
    }

    /// With a reason.
    pub(crate) fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..self }
    }

    /// With a message.
    pub(crate) fn saying(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// Its JSON, changed at `now`.
    pub(crate) fn value(&self, now: Timestamp) -> Value {
        let mut value = json!({ "type": self.kind, "status": self.status, "lastTransitionTime": time::seconds(now) });
        for (field, text) in [("reason", &self.reason), ("message", &self.message)] {
            if !text.is_empty() {
                json::set(&mut value, &[field], text.clone());
            }
        }
        value
    }
}

/// Sets a condition of an object. The time of its transition stays where its status does; other fields of it stay.
pub(crate) fn set(object: &mut Value, condition: Condition, now: Timestamp) {
    let status = json::object(object, &["status"]);
    let conditions = status.entry("conditions").or_insert_with(|| json!([]));
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let Value::Array(conditions) = conditions else { return };
    let mut value = condition.value(now);
    match conditions.iter_mut().find(|one| text(one, "/type") == condition.kind) {
        None => conditions.push(value),
        Some(old) => {
            if text(old, "/status") == condition.status {
                let since = json::at(old, "/lastTransitionTime").clone();
                json::set(&mut value, &["lastTransitionTime"], since);
            }
            for field in ["lastHeartbeatTime", "lastUpdateTime", "lastProbeTime", "observedGeneration"] {
                let kept = json::at(old, &format!("/{field}")).clone();
                if !kept.is_null() {
                    json::set(&mut value, &[field], kept);
                }
            }
            *old = value;
        }
    }
}

/// Since when a condition has been true; none where it is not.
pub(crate) fn true_since(object: &Value, kind: &str) -> Option<Timestamp> {
    let mut conditions = json::items(object, "/status/conditions");
    let found = conditions.find(|one| text(one, "/type") == kind && text(one, "/status") == "True")?;
    time::read(text(found, "/lastTransitionTime"))
}
