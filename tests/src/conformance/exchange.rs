//! What was asked and what was answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer, as far as clients look at it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Answer {
    pub status: u16,
    /// The headers that mean something to clients, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// JSON, or text as a string; the list of events for a watch.
    pub body: Value,
}

/// One request and its answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Exchange {
    /// Method, a space, and path with query, as the case has it.
    pub request: String,
    pub answer: Answer,
}

/// The headers that are compared. The others are about caching, auditing and transport.
pub(super) const HEADERS: [&str; 4] = ["content-type", "location", "retry-after", "warning"];
