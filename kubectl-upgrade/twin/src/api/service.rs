//! The API for clients in the same process.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower_service::Service;

use super::answer::answer;
use super::body::ApiBody;
use super::call::Call;
use crate::twin::Twin;

/// The API servers of a twin as a service, as if through a load balancer. A refused or broken connection is its error.
#[derive(Clone)]
pub struct ApiService {
    twin: Twin,
}

impl ApiService {
    /// The API of a twin.
    #[must_use]
    pub fn new(twin: &Twin) -> Self {
        Self { twin: twin.clone() }
    }
}

impl<B> Service<Request<B>> for ApiService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: std::fmt::Display,
{
    type Response = Response<ApiBody>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<ApiBody>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let twin = self.twin.clone();
        Box::pin(async move {
            let call = read(request).await?;
            answer(&twin, call).await
        })
    }
}

/// Reads a request whole.
pub(crate) async fn read<B>(request: Request<B>) -> io::Result<Call>
where
    B: http_body::Body,
    B::Error: std::fmt::Display,
{
    let (parts, body) = request.into_parts();
    let body: Bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Err(io::Error::new(io::ErrorKind::BrokenPipe, error.to_string())),
    };
    Ok(Call::new(parts.method, parts.uri, parts.headers, body))
}
