//! The server under test, reached by plain HTTP requests: no retries, no interpretation of errors.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use kube::client::Body;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use serde::Deserialize;
use serde_json::Value;

use super::exchange::{Answer, HEADERS};

/// Who asks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    #[default]
    Admin,
    Anonymous,
    /// A user without any rights, impersonated by the administrator.
    Alice,
    /// Nobody: the token is not one of the server's.
    BadToken,
}

/// How long a watch may stay silent where an event is expected.
const SILENCE: Duration = Duration::from_secs(20);

/// A server and how to reach it.
#[derive(Clone)]
pub struct Server {
    admin: kube::Client,
    anonymous: kube::Client,
    /// The administrator's, where it is not the client that knows who asks.
    token: Option<String>,
}

/// One request, all of its text final.
pub(super) struct Question<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) body: Option<Vec<u8>>,
    pub(super) content_type: &'a str,
    pub(super) accept: &'a str,
    pub(super) identity: Identity,
}

impl Server {
    /// The server of the kubeconfig's current context.
    ///
    /// # Panics
    /// When the file is not a whole kubeconfig.
    pub async fn of_kubeconfig(file: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let read = Kubeconfig::read_from(file).expect("a kubeconfig");
        let options = KubeConfigOptions::default();
        let mut config = kube::Config::from_custom_kubeconfig(read, &options).await.expect("a whole kubeconfig");
        config.default_retry = false;
        config.disable_compression = true;
        config.connect_timeout = Some(Duration::from_secs(5));
        let mut stranger = config.clone();
        stranger.auth_info = AuthInfo::default();
        let client = |config| kube::Client::try_from(config).expect("a client");
        Self { admin: client(config), anonymous: client(stranger), token: None }
    }

    /// The server behind a client without credentials, and its administrator's token.
    #[must_use]
    pub fn of_client(client: &kube::Client, token: &str) -> Self {
        Self { admin: client.clone(), anonymous: client.clone(), token: Some(token.to_owned()) }
    }

    pub(super) async fn ask(&self, question: Question<'_>) -> Answer {
        let response = self.send(question).await;
        let (status, headers) = head(&response);
        let bytes = response.into_body().collect().await.expect("a whole body").to_bytes();
        Answer { status, headers, body: json_or_text(&String::from_utf8_lossy(&bytes)) }
    }

    /// Opens a watch; the answer's body is read by [`Watch::finish`].
    pub(super) async fn watch(&self, question: Question<'_>) -> Watch {
        Watch { response: self.send(question).await }
    }

    async fn send(&self, question: Question<'_>) -> Response<Body> {
        let mut request = Request::builder().method(question.method).uri(question.path);
        request = request.header("accept", question.accept);
        if question.body.is_some() {
            request = request.header("content-type", question.content_type);
        }
        let (client, token) = match question.identity {
            Identity::Admin | Identity::Alice => (&self.admin, self.token.as_deref()),
            Identity::Anonymous => (&self.anonymous, None),
            Identity::BadToken => (&self.anonymous, Some("no-token-of-this-server")),
        };
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if question.identity == Identity::Alice {
            request = request.header("impersonate-user", "alice").header("impersonate-group", "system:authenticated");
        }
        let request = request.body(Body::from(question.body.unwrap_or_default())).expect("a valid request");
        client.send(request).await.unwrap_or_else(|error| panic!("{} {}: {error}", question.method, question.path))
    }
}

/// An open watch.
pub(super) struct Watch {
    response: Response<Body>,
}

impl Watch {
    /// The answer with its first `count` events, or with all until the server ends the watch when `count` is 0.
    pub(super) async fn finish(self, count: usize) -> Answer {
        let (status, headers) = head(&self.response);
        let mut data = self.response.into_body().into_data_stream();
        let mut text = Vec::new();
        while count == 0 || lines(&text) < count {
            match tokio::time::timeout(SILENCE, data.next()).await {
                Ok(Some(chunk)) => text.extend_from_slice(&chunk.expect("a readable stream")),
                Ok(None) => break,
                // Becomes a difference: the other server did send it.
                Err(_) => {
                    text.extend_from_slice(b"\"SILENCE\"\n");
                    break;
                }
            }
        }
        let mut events: Vec<Value> = events(&text).collect();
        if count > 0 {
            events.truncate(count);
        }
        Answer { status, headers, body: events.into() }
    }
}

fn lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// A refusal is one document over several lines, a stream of events has a line for each.
pub(super) fn events(text: &[u8]) -> impl Iterator<Item = Value> {
    serde_json::Deserializer::from_slice(text).into_iter::<Value>().map_while(Result::ok)
}

/// Text without the line's end that some servers' answers have.
pub(super) fn json_or_text(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.trim_end_matches('\n').to_owned()))
}

fn head(response: &Response<Body>) -> (u16, std::collections::BTreeMap<String, String>) {
    let headers = HEADERS.iter().filter_map(|name| {
        let values: Vec<_> = response.headers().get_all(*name).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| ((*name).to_owned(), values.join(", ")))
    });
    (response.status().as_u16(), headers.collect())
}
