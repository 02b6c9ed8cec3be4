//! Calls to Azure Resource Manager: resources as JSON, ETags, and where an operation that began can be asked about.

mod retry;

pub(crate) use retry::Pace;

use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request, StatusCode, Url};
use serde_json::Value;
use upgrade_provider::{ErrorKind, PortError};

use crate::error::{Fault, transport};

/// The stable version of Microsoft.ContainerService that everything here is written for.
pub(crate) const API: &str = "2026-06-01";

/// The version of Microsoft.Resources for subscriptions.
pub(crate) const SUBSCRIPTIONS_API: &str = "2022-12-01";

/// A list that claims to have more pages than this goes in circles.
const PAGES: usize = 1_000;

const OPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");
const LOCATION: HeaderName = HeaderName::from_static("location");
const ETAG: HeaderName = HeaderName::from_static("etag");
const RETRY_AFTER: HeaderName = HeaderName::from_static("retry-after");
const CLIENT_REQUEST: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// The way to Azure Resource Manager.
pub(crate) struct Arm {
    pipeline: Pipeline,
    endpoint: Url,
    pace: Pace,
}

/// What came back when all went well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    /// The resource, or null where there is none.
    pub(crate) body: Value,
    /// The resource's ETag.
    pub(crate) etag: Option<String>,
    /// Where the operation that began can be asked about: path and query, without the endpoint.
    pub(crate) operation: Option<String>,
}

/// A change to be made.
pub(crate) struct Change<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Option<&'a Value>,
    /// Only while the resource is as it was read.
    pub(crate) if_match: Option<&'a str>,
    /// Only while there is none, when it is `*`.
    pub(crate) if_none_match: Option<&'a str>,
    /// The name under which the call is found in the activity log.
    pub(crate) request_id: Option<&'a str>,
}

struct Answer {
    status: StatusCode,
    headers: Headers,
    body: Value,
}

impl Arm {
    pub(crate) fn new(pipeline: Pipeline, endpoint: Url, pace: Pace) -> Self {
        Self { pipeline, endpoint, pace }
    }

    /// Reads a resource, trying again for a little while when the other side is busy.
    pub(crate) async fn get(&self, doing: &str, path: &str, api: &str) -> Result<Reply, PortError> {
        let url = self.url(path, Some(api))?;
        self.read(doing, url).await
    }

    /// Reads all pages of a list.
    pub(crate) async fn list(&self, doing: &str, path: &str, api: &str) -> Result<Vec<Value>, PortError> {
        let mut url = self.url(path, Some(api))?;
        let mut items = Vec::new();
        for _ in 0..PAGES {
            let mut page = self.read(doing, url).await?.body;
            match page.get_mut("value").map(Value::take) {
                Some(Value::Array(values)) => items.extend(values),
                _ => return Err(malformed(doing, "a list under value")),
            }
            match page.get("nextLink").and_then(Value::as_str).filter(|link| !link.is_empty()) {
                Some(link) => url = self.own(doing, link)?,
                None => return Ok(items),
            }
        }
        Err(malformed(doing, "a list that ends"))
    }

    /// Reads what an operation has come to, by what [`Reply::operation`] gave.
    pub(crate) async fn operation(&self, doing: &str, at: &str) -> Result<Reply, PortError> {
        let url = self.url(at, None)?;
        self.read(doing, url).await
    }

    /// Makes a change, once: whether one whose answer was lost took effect, the resource tells.
    pub(crate) async fn change(&self, doing: &str, change: &Change<'_>) -> Result<Reply, PortError> {
        let mut request = Request::new(self.url(change.path, Some(API))?, change.method);
        if let Some(etag) = change.if_match {
            request.insert_header("if-match", etag.to_owned());
        }
        if let Some(etag) = change.if_none_match {
            request.insert_header("if-none-match", etag.to_owned());
        }
        if let Some(id) = change.request_id {
            request.insert_header(CLIENT_REQUEST, id.to_owned());
        }
        if let Some(body) = change.body {
            request.insert_header("content-type", "application/json");
            request.set_body(body.to_string());
        }
        let answer = self.send(doing, request).await?;
        self.settle(doing, answer)
    }

    async fn read(&self, doing: &str, url: Url) -> Result<Reply, PortError> {
        let mut waits = retry::Waits::at(self.pace);
        loop {
            let sent = self.send(doing, Request::new(url.clone(), Method::Get)).await;
            let wait = match &sent {
                Ok(answer) if retry::may_pass(answer.status) => waits.next(asked_wait(&answer.headers)),
                Err(error) if error.kind == ErrorKind::Away => waits.next(None),
                Ok(_) | Err(_) => None,
            };
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return self.settle(doing, sent?),
            }
        }
    }

    async fn send(&self, doing: &str, mut request: Request) -> Result<Answer, PortError> {
        request.insert_header("accept", "application/json");
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let sent = self.pipeline.send(&Context::new(), &mut request, Some(options)).await;
        let answer = sent.map_err(|error| transport(doing, error))?;
        let bytes: &[u8] = answer.body().as_ref();
        let body = serde_json::from_slice(bytes).unwrap_or_else(|_| text(bytes));
        Ok(Answer { status: answer.status(), headers: answer.headers().clone(), body })
    }

    fn settle(&self, doing: &str, answer: Answer) -> Result<Reply, PortError> {
        if !answer.status.is_success() {
            return Err(Fault::of_answer(u16::from(answer.status), &answer.body).port_error(doing));
        }
        let header = |name: &HeaderName| answer.headers.get_optional_str(name).map(str::to_owned);
        let operation = header(&OPERATION).or_else(|| header(&LOCATION));
        let operation = operation.map(|url| self.own(doing, &url)).transpose()?;
        let etag = header(&ETAG).or_else(|| etag_within(&answer.body));
        Ok(Reply { etag, operation: operation.map(|url| path_and_query(&url)), body: answer.body })
    }

    fn url(&self, path: &str, api: Option<&str>) -> Result<Url, PortError> {
        let mut url = self.endpoint.join(path).map_err(|error| {
            PortError::new(ErrorKind::Malformed, format!("expected a path of Azure, found {path}")).because(error)
        })?;
        if let Some(api) = api {
            url.query_pairs_mut().append_pair("api-version", api);
        }
        Ok(url)
    }

    /// A URL that Azure gave out. The token is for the endpoint alone, and goes nowhere else.
    fn own(&self, doing: &str, link: &str) -> Result<Url, PortError> {
        let url = self.endpoint.join(link).map_err(|_| malformed(doing, "a URL"))?;
        if url.origin() != self.endpoint.origin() {
            return Err(malformed(doing, &format!("a link of {}", self.endpoint)));
        }
        Ok(url)
    }
}

/// Pools have their ETag within their properties, clusters beside them; both may have it in the header alone.
fn etag_within(body: &Value) -> Option<String> {
    let etag = body.pointer("/eTag").or_else(|| body.pointer("/properties/eTag"))?;
    etag.as_str().map(str::to_owned)
}

fn asked_wait(headers: &Headers) -> Option<u64> {
    headers.get_optional_str(&RETRY_AFTER)?.trim().parse().ok()
}

fn path_and_query(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn text(bytes: &[u8]) -> Value {
    if bytes.is_empty() { Value::Null } else { Value::String(String::from_utf8_lossy(bytes).into_owned()) }
}

fn malformed(doing: &str, expected: &str) -> PortError {
    PortError::new(ErrorKind::Malformed, format!("failed to {doing}: expected {expected} from Azure"))
}
