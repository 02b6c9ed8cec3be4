//! One request, as far as its answer depends on it.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::protobuf;
use super::refusal::Refusal;

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its method.
    pub(crate) method: Method,
    /// Path and query as they came.
    pub(crate) uri: Uri,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
    query: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn new(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Self {
        let query = pairs(uri.query().unwrap_or_default());
        Self { method, uri, headers, body, query }
    }

    /// What it is for: the method, and path and query as they came.
    pub(crate) fn what(&self) -> String {
        format!("{} {}", self.method, self.uri)
    }

    /// The path as it came.
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The first value of a query parameter; empty where there is none.
    pub(crate) fn query(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Every value of a query parameter.
    pub(crate) fn queries<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a query parameter says yes.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query.iter().any(|(key, value)| key == name && !matches!(value.as_str(), "false" | "0"))
    }

    /// A header as text; empty where there is none.
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type of the body, without parameters.
    pub(crate) fn content_type(&self) -> &str {
        self.header(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim()
    }

    /// The token of the bearer.
    pub(crate) fn token(&self) -> Option<&str> {
        self.header(header::AUTHORIZATION).strip_prefix("Bearer ")
    }

    /// Whether it asks to change something.
    pub(crate) fn is_change(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        match self.content_type() {
            protobuf::MEDIA_TYPE => {
                return protobuf::object(&self.body).map_err(|error| Refusal::bad_request(error.to_string()));
            }
            "" | "application/json" | "application/yaml" | "application/apply-patch+yaml" => {}
            other if other.ends_with("+json") => {}
            _ => return Err(Refusal::unknown_media_type()),
        }
        serde_json::from_slice(&self.body).map_err(|error| Refusal::bad_request(error.to_string()))
    }

    /// The options in the body, where it may be empty.
    pub(crate) fn options(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() { Ok(Value::Null) } else { self.json() }
    }
}

/// A segment of a path, decoded.
pub(crate) fn decoded(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

/// What a query or a form says, decoded.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let plain = |text: &str| decoded(&text.replace('+', " ")).into_owned();
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (plain(key), plain(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}
