//! Everything an API server says no with: status codes, reasons and texts as real servers write them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::catalogue::Entry;
use super::reply::Reply;

/// A refusal: a `Status` object and its code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) code: u16,
    /// The reason in one word; empty where real servers give none.
    pub(crate) reason: &'static str,
    /// The text.
    pub(crate) message: String,
    /// What it is about; none where real servers say nothing.
    pub(crate) details: Option<Map<String, Value>>,
    /// A token to go on with.
    pub(crate) next: Option<String>,
    /// How long the server takes to refuse.
    pub(crate) after: Duration,
}

/// One cause of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The reason in one word.
    pub(crate) reason: &'static str,
    /// The text.
    pub(crate) message: String,
    /// The field it is about; empty for none.
    pub(crate) field: String,
}

impl Cause {
    /// A field with a value that cannot be.
    pub(crate) fn invalid(field: &str, value: &Value, why: &str) -> Self {
        let message = format!("Invalid value: {value}: {why}");
        Self { reason: "FieldValueInvalid", message, field: field.to_owned() }
    }

    /// A field that must be there.
    pub(crate) fn required(field: &str, why: &str) -> Self {
        let colon = if why.is_empty() { "" } else { ": " };
        let message = format!("Required value{colon}{why}");
        Self { reason: "FieldValueRequired", message, field: field.to_owned() }
    }

    /// A field that must not be there, or not change.
    pub(crate) fn forbidden(field: &str, why: &str) -> Self {
        Self { reason: "FieldValueForbidden", message: format!("Forbidden: {why}"), field: field.to_owned() }
    }

    /// A field with a value out of the list.
    pub(crate) fn not_supported(field: &str, value: &str, supported: &[&str]) -> Self {
        let list: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
        let message = format!("Unsupported value: {value:?}: supported values: {}", list.join(", "));
        Self { reason: "FieldValueNotSupported", message, field: field.to_owned() }
    }

    fn json(&self) -> Value {
        let mut json = json!({"reason": self.reason, "message": self.message});
        if let (Some(json), false) = (json.as_object_mut(), self.field.is_empty()) {
            json.insert("field".to_owned(), self.field.clone().into());
        }
        json
    }
}

impl Refusal {
    /// A refusal without details.
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, next: None, after: Duration::ZERO }
    }

    /// It, about an object; with no name, about the resource.
    pub(crate) fn about(self, entry: &Entry, name: &str) -> Self {
        self.detail("name", name).detail("group", entry.group).detail("kind", entry.resource.plural())
    }

    fn detail(mut self, key: &str, value: &str) -> Self {
        let details = self.details.get_or_insert_default();
        if !value.is_empty() {
            details.insert(key.to_owned(), value.into());
        }
        self
    }

    /// It, with details in which nothing stands.
    pub(crate) fn in_detail(mut self) -> Self {
        self.details.get_or_insert_default();
        self
    }

    /// It, with its causes.
    pub(crate) fn because(mut self, causes: &[Cause]) -> Self {
        let causes: Vec<Value> = causes.iter().map(Cause::json).collect();
        self.details.get_or_insert_default().insert("causes".to_owned(), causes.into());
        self
    }

    /// It, to be tried again after so many seconds.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.details.get_or_insert_default().insert("retryAfterSeconds".to_owned(), seconds.into());
        self
    }

    /// The request makes no sense.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// There is no such object.
    pub(crate) fn not_found(entry: &Entry, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} {name:?} not found", entry.qualified())).about(entry, name)
    }

    /// Nothing is served there.
    pub(crate) fn nothing_there() -> Self {
        Self {
            details: Some(Map::new()),
            ..Self::new(404, "NotFound", "the server could not find the requested resource")
        }
    }

    /// That is not done there.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message).in_detail()
    }

    /// There is one of that name already.
    pub(crate) fn exists(entry: &Entry, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} {name:?} already exists", entry.qualified())).about(entry, name)
    }

    /// The object is not as the request expects it.
    pub(crate) fn conflict(entry: &Entry, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", entry.qualified());
        Self::new(409, "Conflict", message).about(entry, name)
    }

    /// As [`Self::conflict`], where servers name the kind for the resource.
    pub(crate) fn conflict_of_kind(entry: &Entry, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", entry.qualified_kind());
        let refusal = Self::new(409, "Conflict", message);
        refusal.detail("name", name).detail("group", entry.group).detail("kind", entry.kind)
    }

    /// The object changed since it was read.
    pub(crate) fn modified(entry: &Entry, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(entry, name, why)
    }

    /// It is not allowed to.
    pub(crate) fn forbidden(entry: &Entry, name: &str, why: &str) -> Self {
        Self::new(403, "Forbidden", format!("{} {name:?} is forbidden: {why}", entry.qualified())).about(entry, name)
    }

    /// The object breaks rules of its kind; `kind` as [`Entry::qualified_kind`].
    pub(crate) fn invalid(kind: &str, name: &str, causes: &[Cause]) -> Self {
        let line = |cause: &Cause| format!("{}: {}", cause.field, cause.message);
        let mut lines: Vec<String> = causes.iter().map(line).collect();
        lines.dedup();
        let text = match lines.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let (bare, group) = kind.split_once('.').unwrap_or((kind, ""));
        Self::new(422, "Invalid", format!("{kind} {name:?} is invalid: {text}"))
            .detail("name", name)
            .detail("group", group)
            .detail("kind", bare)
            .because(causes)
    }

    /// No version that is asked for is remembered any more.
    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// A version that is not there yet was asked for.
    pub(crate) fn too_large_version(asked: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        let cause = Cause {
            reason: "ResourceVersionTooLarge",
            message: "Too large resource version".to_owned(),
            field: String::new(),
        };
        // Servers wait so long for the version to come.
        Self { after: Duration::from_secs(3), ..Self::new(504, "Timeout", message).because(&[cause]).retry_after(1) }
    }

    /// None of the forms asked for can be written.
    pub(crate) fn not_acceptable() -> Self {
        let message = "only the following media types are accepted: application/json, application/yaml, \
                       application/vnd.kubernetes.protobuf";
        Self::new(406, "NotAcceptable", message)
    }

    /// None of the media types asked for is ever written there.
    pub(crate) fn not_acceptable_at_all() -> Self {
        Self::new(406, "NotAcceptable", "406: Not Acceptable").in_detail()
    }

    /// The body is in a form that is not read.
    pub(crate) fn unknown_media_type() -> Self {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json, application/yaml, application/vnd.kubernetes.protobuf";
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// The body is in a form that nothing there reads.
    pub(crate) fn unsupported_media_type() -> Self {
        let message = "415: Unsupported Media Type";
        Self::new(415, "UnsupportedMediaType", message).in_detail()
    }

    /// Nobody knows who asks.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// Its `Status` object.
    pub(crate) fn status(&self) -> Value {
        let mut metadata = Map::new();
        if let Some(next) = &self.next {
            metadata.insert("continue".to_owned(), next.clone().into());
        }
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        if let Some(status) = status.as_object_mut() {
            if !self.reason.is_empty() {
                status.insert("reason".to_owned(), self.reason.into());
            }
            if let Some(details) = &self.details {
                status.insert("details".to_owned(), details.clone().into());
            }
        }
        status
    }

    /// The answer it makes.
    pub(crate) fn reply(&self) -> Reply {
        let retry = self.details.as_ref().and_then(|details| details.get("retryAfterSeconds")).and_then(Value::as_u64);
        Reply { retry_after: retry, ..Reply::json(self.code, format!("{}\n", self.status())) }
    }
}
