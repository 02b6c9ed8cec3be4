//! Answers, before they are HTTP.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WARNING};
use http::{HeaderValue, Response, StatusCode};

use super::body::ApiBody;

/// An answer that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) code: u16,
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// Its body.
    pub(crate) text: String,
    /// What the client is warned of.
    pub(crate) warnings: Vec<String>,
    /// When to try again, in seconds.
    pub(crate) retry_after: Option<u64>,
}

impl Reply {
    /// JSON.
    pub(crate) fn json(code: u16, text: String) -> Self {
        Self { code, media_type: "application/json", text, warnings: Vec::new(), retry_after: None }
    }

    /// Plain text.
    pub(crate) fn text(code: u16, text: impl Into<String>) -> Self {
        Self { media_type: "text/plain; charset=utf-8", ..Self::json(code, text.into()) }
    }

    /// It as HTTP.
    pub(crate) fn response(self) -> Response<ApiBody> {
        let mut response = Response::new(ApiBody::whole(self.text));
        *response.status_mut() = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        for warning in self.warnings {
            if let Ok(value) = HeaderValue::from_str(&format!("299 - {warning:?}")) {
                headers.append(WARNING, value);
            }
        }
        response
    }
}

/// An answer that is no text, as HTTP.
pub(crate) fn bytes(media_type: &'static str, bytes: Bytes) -> Response<ApiBody> {
    let mut response = Response::new(ApiBody::whole(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Adds an object's text, with `kind` and `apiVersion`, which the store does not keep.
pub(crate) fn typed_onto(text: &mut String, api_version: &str, kind: &str, body: &str) {
    for part in ["{\"kind\":\"", kind, "\",\"apiVersion\":\"", api_version, "\""] {
        text.push_str(part);
    }
    let rest = body.strip_prefix('{').unwrap_or(body);
    if !rest.starts_with('}') {
        text.push(',');
    }
    text.push_str(rest);
}
