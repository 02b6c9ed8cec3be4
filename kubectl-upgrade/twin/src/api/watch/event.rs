//! The events of a watch, one line each.

use std::cell::Cell;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::catalogue::Entry;
use crate::api::form::Form;
use crate::api::read::render;
use crate::api::refusal::Refusal;
use crate::api::selector::Filter;
use crate::json;
use crate::store::{Change, Compacted, Object, Resource};

/// The first minor that writes nothing for times that are not set.
const TIMES_LEFT_OUT_SINCE: u16 = 34;

/// What is watched, and how it is told.
pub(super) struct Scope {
    pub(super) entry: &'static Entry,
    pub(super) namespace: Option<String>,
    pub(super) filter: Filter,
    form: Form,
    /// Whether a table's columns have been told: once is enough.
    columns: Cell<bool>,
    /// The minor of the server.
    minor: u16,
}

impl Scope {
    pub(super) fn new(
        entry: &'static Entry,
        namespace: Option<String>,
        filter: Filter,
        form: Form,
        minor: u16,
    ) -> Self {
        Self { entry, namespace, filter, form, columns: Cell::new(false), minor }
    }

    /// From now on at this time of day.
    pub(super) fn at(&mut self, now: Timestamp) {
        self.form = self.form.at(now);
    }

    /// Tells a change, where it is of what is watched. What comes into the filter's sight is added, what leaves it deleted.
    pub(super) fn tell(&self, text: &mut String, change: &Change) {
        let key = &change.object.key;
        let inside = key.resource == self.entry.resource
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace);
        if !inside {
            return;
        }
        let before = change.before.as_ref().filter(|before| self.filter.matches(before));
        let seen = !change.deleted && self.filter.matches(&change.object);
        match (before, seen) {
            (None, false) => {}
            (None, true) => text.push_str(&self.event("ADDED", &change.object)),
            (Some(_), true) => text.push_str(&self.event("MODIFIED", &change.object)),
            (Some(_), false) if change.deleted => text.push_str(&self.event("DELETED", &change.object)),
            (Some(before), false) => text.push_str(&self.event("DELETED", &last_seen(before, change.version()))),
        }
    }

    pub(super) fn event(&self, what: &str, object: &Object) -> String {
        let object = match self.form {
            Form::Whole | Form::Metadata(_) => render::one_text(self.form, self.entry, object),
            Form::Table(tables) => {
                let first = !self.columns.replace(true);
                tables.event(self.entry.resource, render::whole(self.entry, object), first).to_string()
            }
        };
        format!("{{\"type\":\"{what}\",\"object\":{object}}}\n")
    }

    /// A bookmark; `end` says that what was there has been told.
    pub(super) fn bookmark(&self, version: u64, end: bool) -> String {
        let (kind, api_version) = match self.form {
            Form::Whole | Form::Table(_) => (self.entry.kind, self.entry.api_version()),
            Form::Metadata(version) => ("PartialObjectMetadata", version.to_owned()),
        };
        let mut metadata = json!({"resourceVersion": version.to_string()});
        if end {
            json::set(&mut metadata, &["annotations", "k8s.io/initial-events-end"], "true");
        }
        if self.minor < TIMES_LEFT_OUT_SINCE {
            json::set(&mut metadata, &["creationTimestamp"], Value::Null);
        }
        let mut object = json!({"kind": kind, "apiVersion": api_version, "metadata": metadata});
        // An empty object of these kinds is written with its parts.
        for (part, kinds) in [("spec", ["Lease", "Node", "Pod"].as_slice()), ("status", &["Node", "Pod"])] {
            if kinds.contains(&kind) {
                json::set(&mut object, &[part], json!({}));
            }
        }
        let object = match self.form {
            Form::Whole | Form::Metadata(_) => object,
            Form::Table(tables) => tables.bookmark(&object),
        };
        format!("{{\"type\":\"BOOKMARK\",\"object\":{object}}}\n")
    }
}

/// The end of a watch that begins before what is remembered.
pub(super) fn too_old(resource: Resource, compacted: Compacted) -> String {
    let Compacted { asked, oldest } = compacted;
    // Servers keep no events in memory: what they say of them is what etcd says.
    let status = Refusal::expired(match resource {
        Resource::EVENTS => "The resourceVersion for the provided watch is too old.".to_owned(),
        _ => format!("too old resource version: {asked} ({oldest})"),
    });
    let status = status.status();
    format!("{{\"type\":\"ERROR\",\"object\":{status}}}\n")
}

/// An object as it was last seen, at the version at which it went out of sight.
fn last_seen(before: &Object, version: u64) -> Object {
    let mut value = before.value();
    json::set(&mut value, &["metadata", "resourceVersion"], version.to_string());
    Object { version, body: value.to_string().into(), ..before.clone() }
}
