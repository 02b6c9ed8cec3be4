//! Objects as answers, in the form that was asked for.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::catalogue::Entry;
use crate::api::form::Form;
use crate::api::reply::{Reply, typed_onto};
use crate::api::table::Tables;
use crate::store::Object;

/// A part of a list.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The objects of this part.
    pub(crate) objects: Vec<Arc<Object>>,
    /// The version of the list as a whole.
    pub(crate) version: u64,
    /// The token to go on with; none at the end.
    pub(crate) next: Option<String>,
    /// How many objects follow, where that is known.
    pub(crate) remaining: Option<usize>,
}

/// An answer that is one object.
pub(crate) fn one(code: u16, form: Form, entry: &Entry, object: &Object) -> Reply {
    Reply::json(code, format!("{}\n", one_text(form, entry, object)))
}

/// An object parsed, with `apiVersion` and `kind`.
pub(crate) fn whole(entry: &Entry, object: &Object) -> Value {
    let mut value = object.value();
    crate::json::set(&mut value, &["apiVersion"], entry.api_version());
    crate::json::set(&mut value, &["kind"], entry.kind);
    value
}

/// One object, alone or in an event.
pub(crate) fn one_text(form: Form, entry: &Entry, object: &Object) -> String {
    let mut text = String::with_capacity(object.body.len() + 64);
    match form {
        Form::Whole => typed_onto(&mut text, &entry.api_version(), entry.kind, &object.body),
        Form::Metadata(version) => metadata_onto(&mut text, Some(version), object),
        Form::Table(tables) => text = tables.one(entry.resource, whole(entry, object)).to_string(),
    }
    text
}

/// An answer that is a list.
pub(crate) fn list(form: Form, entry: &Entry, page: &Page) -> Reply {
    let (kind, version) = match form {
        Form::Whole => (format!("{}List", entry.kind), entry.api_version()),
        Form::Metadata(version) => ("PartialObjectMetadataList".to_owned(), version.to_owned()),
        Form::Table(tables) => return table(tables, entry, page),
    };
    let size: usize = page.objects.iter().map(|object| object.body.len() + 1).sum();
    let mut text = String::with_capacity(size + 256);
    text.push_str(&format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{version}\",\"metadata\":"));
    push_list_metadata(&mut text, page);
    text.push_str(",\"items\":[");
    for (index, object) in page.objects.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        match form {
            Form::Metadata(version) => metadata_onto(&mut text, Some(version), object),
            Form::Whole | Form::Table(_) => text.push_str(&object.body),
        }
    }
    text.push_str("]}\n");
    Reply::json(200, text)
}

fn table(tables: Tables, entry: &Entry, page: &Page) -> Reply {
    let mut metadata = String::new();
    push_list_metadata(&mut metadata, page);
    let metadata = serde_json::from_str(&metadata).unwrap_or_default();
    let objects = page.objects.iter().map(|object| whole(entry, object));
    Reply::json(200, format!("{}\n", tables.list(entry.resource, objects, &metadata)))
}

/// The metadata of a list.
pub(crate) fn push_list_metadata(text: &mut String, page: &Page) {
    text.push_str(&format!("{{\"resourceVersion\":\"{}\"", page.version));
    if let Some(next) = &page.next {
        text.push_str(&format!(",\"continue\":\"{next}\""));
    }
    if let Some(remaining) = page.remaining {
        text.push_str(&format!(",\"remainingItemCount\":{remaining}"));
    }
    text.push('}');
}

fn metadata_onto(text: &mut String, version: Option<&str>, object: &Object) {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        metadata: &'a RawValue,
    }
    let metadata = serde_json::from_str::<Head<'_>>(&object.body).map_or("{}", |head| head.metadata.get());
    let body = format!("{{\"metadata\":{metadata}}}");
    match version {
        Some(version) => typed_onto(text, version, "PartialObjectMetadata", &body),
        None => text.push_str(&body),
    }
}
