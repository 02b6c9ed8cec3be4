//! Objects of which there are thousands that differ in a few texts: written down once, and then only filled in.

use serde_json::Value;

use super::object::{Object, ObjectKey, Summary, uid};
use super::resource::Resource;
use crate::json::{set, text};

/// Stands on both sides of the number of a blank. It is a character for private use, which API objects have no use for.
const MARK: char = '\u{e000}';

const UID: usize = 0;
const VERSION: usize = 1;
const NAME: usize = 2;
const OWN: usize = 3;

/// An object with blanks for what differs.
pub(crate) struct Mould {
    resource: Resource,
    namespace: String,
    pieces: Vec<Piece>,
    summary: Summary,
}

enum Piece {
    Text(String),
    Blank(usize),
}

/// What differs from one to the next besides its name, UID and version.
pub(crate) struct Fill<'a> {
    /// The node of a pod; nothing but its index is set by it.
    pub(crate) node: &'a str,
    /// What goes into the blanks, in order of their numbers. Nothing that JSON would have to escape.
    pub(crate) blanks: &'a [String],
}

/// What stands in an object where each of them has a text of its own.
pub(crate) fn blank(number: usize) -> String {
    format!("{MARK}{}{MARK}", OWN + number)
}

impl Mould {
    /// From an object that is whole but for its name, UID and version, with the blanks of the caller in it.
    pub(crate) fn of(resource: Resource, mut value: Value) -> Self {
        let own = |number: usize| format!("{MARK}{number}{MARK}");
        let namespace = text(&value, "/metadata/namespace").to_owned();
        for (field, number) in [("uid", UID), ("resourceVersion", VERSION), ("name", NAME)] {
            set(&mut value, &["metadata", field], own(number));
        }
        let body = value.to_string();
        // Every other part is the number of a blank.
        let piece = |(at, part): (usize, &str)| match part.parse() {
            Ok(number) if at % 2 == 1 => Piece::Blank(number),
            Ok(_) | Err(_) => Piece::Text(part.to_owned()),
        };
        let pieces = body.split(MARK).enumerate().map(piece).collect();
        Self { resource, namespace, pieces, summary: Summary::of(resource, &value) }
    }

    pub(super) fn key(&self, name: &str) -> ObjectKey {
        ObjectKey::new(self.resource, &self.namespace, name)
    }

    /// One more of them. `number` is what its UID is made of.
    pub(super) fn cast(&self, key: ObjectKey, number: u64, version: u64, fill: &Fill<'_>) -> Object {
        let (uid, number) = (uid(number), version.to_string());
        let mut body = String::with_capacity(2048);
        for piece in &self.pieces {
            body.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Blank(UID) => &uid,
                Piece::Blank(VERSION) => &number,
                Piece::Blank(NAME) => &key.name,
                Piece::Blank(own) => fill.blanks.get(own - OWN).map(String::as_str).unwrap_or_default(),
            });
        }
        let summary = Summary { uid, node: Some(fill.node.to_owned()), ..self.summary.clone() };
        Object { key, version, body: body.into(), summary }
    }
}
