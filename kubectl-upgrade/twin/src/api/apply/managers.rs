//! Who manages which fields: the entries of `metadata.managedFields`.

use serde_json::{Value, json};

use super::fields::{self, Fields};
use crate::json::{at, items, set, text};

/// How a manager sets fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other way.
    Update,
}

/// Who changes an object, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manager<'a> {
    /// What it calls itself.
    pub(crate) name: &'a str,
    /// The group of the kind; empty for the core group.
    pub(crate) group: &'a str,
    /// The version of the kind that it speaks.
    pub(crate) version: &'a str,
    /// The subresource that it changes; empty for the object itself.
    pub(crate) subresource: &'a str,
    /// The time of day, as objects have it.
    pub(crate) now: &'a str,
}

impl<'a> Manager<'a> {
    fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// What a client is called that does not say: the first word of its user agent.
    pub(crate) fn of_agent(agent: &'a str) -> &'a str {
        match agent.split('/').next() {
            None | Some("") => "unknown",
            Some(name) => name,
        }
    }
}

/// One manager with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Managed {
    pub(super) name: String,
    pub(super) operation: Operation,
    api_version: String,
    subresource: String,
    time: String,
    pub(super) fields: Fields,
}

impl Managed {
    pub(super) fn new(manager: &Manager<'_>, operation: Operation, fields: Fields) -> Self {
        Self {
            name: manager.name.to_owned(),
            operation,
            api_version: manager.api_version(),
            subresource: manager.subresource.to_owned(),
            time: manager.now.to_owned(),
            fields,
        }
    }

    fn read(entry: &Value) -> Self {
        let operation = if text(entry, "/operation") == "Apply" { Operation::Apply } else { Operation::Update };
        Self {
            name: text(entry, "/manager").to_owned(),
            operation,
            api_version: text(entry, "/apiVersion").to_owned(),
            subresource: text(entry, "/subresource").to_owned(),
            time: text(entry, "/time").to_owned(),
            fields: fields::read(at(entry, "/fieldsV1")),
        }
    }

    fn write(&self) -> Value {
        let operation = match self.operation {
            Operation::Apply => "Apply",
            Operation::Update => "Update",
        };
        let mut entry = json!({
            "manager": self.name,
            "operation": operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields::write(&self.fields),
        });
        if !self.subresource.is_empty() {
            set(&mut entry, &["subresource"], self.subresource.clone());
        }
        entry
    }

    /// Whether it is this manager.
    pub(super) fn is(&self, manager: &Manager<'_>, operation: Operation) -> bool {
        // One that applies is known by its name alone, whatever version it speaks.
        let version = operation == Operation::Apply || self.api_version == manager.api_version();
        self.name == manager.name && self.operation == operation && self.subresource == manager.subresource && version
    }

    /// It as messages name it.
    pub(super) fn shown(&self) -> String {
        let name = match self.subresource.as_str() {
            "" => format!("{:?}", self.name),
            subresource => format!("{:?} with subresource {subresource:?}", self.name),
        };
        match self.operation {
            Operation::Apply => name,
            Operation::Update => format!("{name} using {}", self.api_version),
        }
    }

    /// Gives it these fields; its time changes only if they do.
    pub(super) fn take(&mut self, fields: Fields, manager: &Manager<'_>) {
        if self.fields != fields {
            self.fields = fields;
            manager.now.clone_into(&mut self.time);
        }
    }
}

/// The managers of an object.
pub(super) fn read(object: &Value) -> Vec<Managed> {
    items(object, "/metadata/managedFields").map(Managed::read).collect()
}

/// Writes the managers of an object that have any fields.
pub(super) fn write(object: &mut Value, managers: &[Managed]) {
    let entries: Vec<Value> =
        managers.iter().filter(|managed| !managed.fields.is_empty()).map(Managed::write).collect();
    if entries.is_empty() {
        crate::json::remove(object, &["metadata", "managedFields"]);
    } else {
        set(object, &["metadata", "managedFields"], entries);
    }
}
