//! A request and a reply in the terms of Azure.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::api;
use crate::clouds::wire::Answer;

/// A request.
pub(super) struct Call<'a> {
    of: &'a api::Call,
    /// The words of the path, decoded.
    pub(super) words: &'a [&'a str],
}

impl<'a> Call<'a> {
    pub(super) fn of(of: &'a api::Call, words: &'a [&'a str]) -> Self {
        Self { of, words }
    }

    pub(super) fn method(&self) -> &Method {
        &self.of.method
    }

    /// What it asks for.
    pub(super) fn what(&self) -> String {
        self.of.what()
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        Some(self.of.query(name)).filter(|value| !value.is_empty())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.of.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.of.token().filter(|token| !token.is_empty())
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.of.body).map_err(|error| {
            Refusal::bad("InvalidRequestContent", format!("The request content was invalid: {error}."))
        })
    }

    /// The scheme and authority under which the caller knows this server: links have to lead back to it.
    pub(super) fn base(&self) -> String {
        format!("https://{}", self.header("host").unwrap_or("management.azure.com"))
    }
}

/// A reply.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: Some(body) }
    }

    /// A page of a list.
    pub(super) fn list(items: Vec<Value>, next: Option<String>) -> Self {
        let mut body = json!({"value": items});
        if let (Some(map), Some(next)) = (body.as_object_mut(), next) {
            map.insert("nextLink".to_owned(), Value::String(next));
        }
        Self::ok(body)
    }

    pub(super) fn of(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    pub(super) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// With the place where the operation that began can be asked about.
    pub(super) fn begun(mut self, at: &str) -> Self {
        self.headers.push(("azure-asyncoperation", at.to_owned()));
        self.headers.push(("retry-after", "1".to_owned()));
        self
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn into_answer(self) -> Answer {
        let body = self.body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        Answer { status: self.status.as_u16(), headers: self.headers, body }
    }
}
