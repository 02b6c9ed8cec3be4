//! The few requests everything here is made of: one place for paths and time limits. Paging is in `paging`.

use std::time::Duration;

use futures::{AsyncBufReadExt, AsyncReadExt};
use http::{Method, Request};
use kube::Client;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::wire::List;

/// Asks for the metadata of objects alone; servers that cannot (before 1.15) send them whole.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// How long a request may take when nothing was said. Reads hang for up to 74 s while etcd is replaced: better to call
/// the API away and look again than to wait with nothing on the screen. A large page takes about a second.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// How much of an answer was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// As much as was asked for; there is more.
    Cut,
}

/// The way to the API server.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    /// How long a request may take; none for as long as it likes.
    limit: Option<Duration>,
}

impl Api {
    pub(crate) fn new(client: Client, limit: Option<Duration>) -> Self {
        Self { client, limit }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// One object.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        parse(&self.text(request(Method::GET, path, None)?).await?)
    }

    /// One object, or none where it does not exist.
    pub(crate) async fn get_if_there<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Failure> {
        match self.get(path).await {
            Ok(object) => Ok(Some(object)),
            Err(failure) if failure.is_absent_object() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// An answer as text.
    pub(crate) async fn get_text(&self, path: &str) -> Result<String, Failure> {
        self.text(request(Method::GET, path, None)?).await
    }

    /// Hands over a long text line by line and keeps none of it; stops after `at_most` bytes, before the line cut there.
    /// What is not UTF-8 is replaced.
    pub(crate) async fn lines(&self, path: &str, at_most: u64, mut each: impl FnMut(&str)) -> Result<Extent, Failure> {
        let mut request = request(Method::GET, path, None)?;
        request.headers_mut().insert(http::header::ACCEPT, http::HeaderValue::from_static("text/plain"));
        let reading = async {
            let mut text = self.client.request_stream(request).await?.take(at_most);
            let mut line = Vec::new();
            while text.read_until(b'\n', &mut line).await.map_err(kube::Error::ReadEvents)? > 0 {
                if text.limit() == 0 && line.last() != Some(&b'\n') {
                    return Ok(Extent::Cut);
                }
                each(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
            Ok(if text.limit() == 0 { Extent::Cut } else { Extent::Whole })
        };
        self.within(reading).await
    }

    /// The metadata of a list's objects, without their content.
    pub(crate) async fn list_metadata<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let mut request = request(Method::GET, path, None)?;
        request.headers_mut().insert(http::header::ACCEPT, http::HeaderValue::from_static(METADATA_ONLY));
        let list: List<T> = parse(&self.text(request).await?)?;
        Ok(list.items.unwrap_or_default())
    }

    /// Creates an object, or posts to a subresource.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parse(&self.text(request(Method::POST, path, Some(("application/json", body)))?).await?)
    }

    /// Replaces an object.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parse(&self.text(request(Method::PUT, path, Some(("application/json", body)))?).await?)
    }

    /// Changes an object by a merge patch.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parse(&self.text(request(Method::PATCH, path, Some(("application/merge-patch+json", body)))?).await?)
    }

    /// Changes an object by a patch that knows how the lists of its kind are merged.
    pub(crate) async fn merge(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let content = "application/strategic-merge-patch+json";
        parse(&self.text(request(Method::PATCH, path, Some((content, body)))?).await?)
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parse(&self.text(request(Method::DELETE, path, Some(("application/json", body)))?).await?)
    }

    /// Sends and waits for the whole answer. Giving up drops the connection, so the next request gets a fresh one.
    pub(crate) async fn text(&self, request: Request<Vec<u8>>) -> Result<String, Failure> {
        self.within(self.client.request_text(request)).await
    }

    /// The answer within the time that a request may take.
    async fn within<T>(&self, answer: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Failure> {
        self.limit().keep(answer).await
    }

    /// The time that a request made now may take.
    pub(crate) fn limit(&self) -> Limit {
        Limit(self.limit.map(|limit| (limit, Instant::now() + limit)))
    }
}

/// The time that a request may take, and when that is up; none where it may take as long as it likes.
#[derive(Clone, Copy)]
pub(crate) struct Limit(Option<(Duration, Instant)>);

impl Limit {
    /// The answer, or a part of it, unless the time is up before.
    pub(crate) async fn keep<T>(self, answer: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Failure> {
        let answer = match self.0 {
            Some((limit, end)) => tokio::time::timeout_at(end, answer).await.map_err(|_| Failure::Timeout(limit))?,
            None => answer.await,
        };
        answer.map_err(|error| match error {
            kube::Error::Api(status) => Failure::Status(status),
            other => Failure::Transport(other),
        })
    }
}

/// A request to a path below the server's URL.
pub(crate) fn request(method: Method, path: &str, body: Option<(&str, &Value)>) -> Result<Request<Vec<u8>>, Failure> {
    let builder = Request::builder().method(method).uri(path).header(http::header::ACCEPT, "application/json");
    match body {
        Some((kind, body)) => builder.header(http::header::CONTENT_TYPE, kind).body(body.to_string().into_bytes()),
        None => builder.body(Vec::new()),
    }
    .map_err(Failure::Request)
}

/// What an answer says.
pub(crate) fn parse<T: DeserializeOwned>(answer: &(impl AsRef<[u8]> + ?Sized)) -> Result<T, Failure> {
    serde_json::from_slice(answer.as_ref()).map_err(Failure::Malformed)
}

/// Percent-encodes a query value or path segment.
pub(crate) fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
