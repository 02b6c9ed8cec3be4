//! HTTP to and from the fronts: requests read whole, answered by the front of the cluster's cloud, and written down where
//! that is asked for. Every front is `answer(&mut World, &Call, &[&str]) -> Answer`, given the decoded segments of the path.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use super::{Cloud, aks, eks, gke, of};
use crate::api::{Call, decoded, read_call};
use crate::twin::Twin;
use crate::world::World;

/// What a front answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers beside the content's length, by lower-case names; without a type it is JSON.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub(crate) body: Bytes,
}

impl Answer {
    /// JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::from(body.to_string()) }
    }

    /// XML.
    pub(crate) fn xml(status: u16, body: String) -> Self {
        Self { status, headers: vec![("content-type", "text/xml;charset=UTF-8".to_owned())], body: Bytes::from(body) }
    }

    fn response(self) -> Response<Full<Bytes>> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::builder().status(status);
        if !self.headers.iter().any(|(name, _)| *name == "content-type") {
            response = response.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        response.body(Full::new(self.body)).unwrap_or_default()
    }
}

/// A request to a cloud and what it answered, for those who compare both with the vendor's published model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// When.
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// Path and query as they came.
    pub uri: String,
    /// The request's body.
    pub asked: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The answer's body.
    pub answered: String,
}

/// The API of the cloud that runs a twin's cluster, as a service. A twin whose cluster is not managed answers nothing but
/// an error.
#[derive(Clone)]
pub struct CloudService {
    twin: Twin,
}

impl CloudService {
    /// The cloud of a twin.
    #[must_use]
    pub fn new(twin: &Twin) -> Self {
        Self { twin: twin.clone() }
    }
}

impl<B> Service<Request<B>> for CloudService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: std::fmt::Display,
{
    type Response = Response<Full<Bytes>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let twin = self.twin.clone();
        Box::pin(async move {
            let call = read_call(request).await?;
            // At once: who asks from a runtime of its own has stopped the story's clock meanwhile.
            Ok(twin.with(|world| answer(world, &call)).response())
        })
    }
}

fn answer(world: &mut World, call: &Call) -> Answer {
    let path: Vec<_> = call.path().split('/').skip(1).map(decoded).collect();
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    let answer = match of(world).map(|cloud| cloud.place.cloud) {
        Ok(Cloud::Eks) => eks::answer(world, call, &path),
        Ok(Cloud::Gke) => gke::answer(world, call, &path),
        Ok(Cloud::Aks) => aks::answer(world, call, &path),
        Err(refused) => Answer::json(404, &serde_json::json!({ "message": refused.to_string() })),
    };
    let at = world.now();
    if let Some(exchanges) = world.cloud.as_mut().and_then(|cloud| cloud.exchanges.as_mut()) {
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        exchanges.push(Exchange {
            at,
            method: call.method.to_string(),
            uri: call.uri.to_string(),
            asked: text(&call.body),
            status: answer.status,
            answered: text(&answer.body),
        });
    }
    answer
}

/// Serves the cloud's API on a socket, without TLS, for as long as it is polled.
///
/// # Errors
/// When the socket cannot be listened on any more.
pub async fn serve(twin: Twin, listener: TcpListener) -> io::Result<Infallible> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(converse(twin.clone(), stream));
    }
}

async fn converse(twin: Twin, stream: TcpStream) {
    let service = TowerToHyperService::new(CloudService::new(&twin));
    drop(twin);
    // A connection that breaks is the client's to notice.
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
