//! What an object must be like to be kept. Schemas are not checked; what clients and tests run into is.

mod kinds;
mod names;
mod pod;
mod time;

use serde_json::Value;

use super::catalogue::Entry;
use super::refusal::{Cause, Refusal};
use super::write::Part;
use crate::json::{at, text};
use crate::store::Resource;

pub(crate) use kinds::readable;

/// Checks a new object.
pub(crate) fn new(entry: &Entry, minor: u16, value: &Value) -> Result<(), Refusal> {
    kinds::readable(entry, minor, value)?;
    let mut causes = names::metadata(entry, value);
    causes.extend(kinds::content(entry, value));
    refuse(entry, value, &causes)
}

/// Checks an object that replaces another.
pub(crate) fn changed(entry: &Entry, minor: u16, part: Part, old: &Value, new: &Value) -> Result<(), Refusal> {
    kinds::readable(entry, minor, new)?;
    let mut causes = names::labels(new);
    if text(old, "/metadata/uid") != text(new, "/metadata/uid") {
        // Real servers find it twice.
        let cause = Cause::invalid("metadata.uid", at(new, "/metadata/uid"), "field is immutable");
        causes.extend([cause.clone(), cause]);
    }
    if part == Part::Main {
        causes.extend(kinds::content(entry, new));
        causes.extend(kinds::immutable(entry, old, new));
        if entry.resource == Resource::PODS {
            causes.extend(pod::changed(minor, old, new));
        }
    }
    refuse(entry, new, &causes)
}

fn refuse(entry: &Entry, value: &Value, causes: &[Cause]) -> Result<(), Refusal> {
    if causes.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(&entry.qualified_kind(), text(value, "/metadata/name"), causes))
}
