//! Which objects of a resource are asked for: label and field selectors.

mod field;
mod parse;

use super::call::Call;
use super::catalogue::Entry;
use super::refusal::Refusal;
use crate::selector::Selector;
use crate::store::Object;
use field::FieldTerm;

/// What an object must be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    labels: Selector,
    fields: Vec<FieldTerm>,
}

impl Filter {
    /// The filter in a request's query.
    pub(crate) fn read(call: &Call, entry: &Entry) -> Result<Self, Refusal> {
        let (labels, fields) = (call.query("labelSelector"), call.query("fieldSelector"));
        Ok(Self {
            labels: parse::selector(labels).map_err(Refusal::bad_request)?,
            fields: field::parse(fields, entry)?,
        })
    }

    /// Exactly the object of that name, whatever else is asked for.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.fields.push(FieldTerm::name(name));
        self
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether it lets an object through.
    pub(crate) fn matches(&self, object: &Object) -> bool {
        self.fields.iter().all(|field| field.matches(object)) && self.labels.matches(&object.summary.labels)
    }
}
