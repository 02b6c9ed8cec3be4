//! The serving side: one socket for the API and what is beside it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;
use upgrade_ssh::{Script, Target, Transport};
use upgrade_twin::Twin;
use upgrade_twin::api::ApiService;

use super::identity::Identity;
use super::{BESIDE, CLOCK, ClockFace, Errand, Outcome, RUN};
use crate::speed::Factor;
use crate::transport::TwinTransport;

/// Far above any script.
const LARGEST_ERRAND: usize = 4 * 1024 * 1024;

/// How long a script may take, in the cluster's time; the client's own limit comes first.
const LONGEST_ERRAND: std::time::Duration = std::time::Duration::from_secs(3_600);

type Error = Box<dyn std::error::Error + Send + Sync>;
type Answer = Response<UnsyncBoxBody<Bytes, Error>>;

/// A simulated cluster that is served.
pub struct Sandbox {
    twin: Twin,
    factor: Factor,
    token: String,
    tls: TlsAcceptor,
}

impl Sandbox {
    /// That cluster, whose time runs at that speed (see [`crate::serve_time`]), for whoever has the identity's token.
    #[must_use]
    pub fn of(twin: Twin, factor: Factor, identity: &Identity) -> Self {
        let tls = TlsAcceptor::from(Arc::clone(&identity.tls));
        Self { twin, factor, token: identity.token.clone(), tls }
    }

    /// Serves it for as long as this is polled.
    ///
    /// # Errors
    /// When the socket cannot be listened on any more.
    pub async fn serve(self, listener: TcpListener) -> io::Result<std::convert::Infallible> {
        let this = Arc::new(self);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(Arc::clone(&this).converse(stream));
        }
    }

    async fn converse(self: Arc<Self>, stream: TcpStream) {
        // A connection that breaks is the client's to notice.
        let _ = stream.set_nodelay(true);
        let Ok(stream) = self.tls.accept(stream).await else { return };
        let service = service_fn(move |request| Arc::clone(&self).answer(request));
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Error> {
        if !self.knows(&request) {
            return Ok(status(
                StatusCode::UNAUTHORIZED,
                "Unauthorized",
                "the sandbox's token is missing or another one",
            ));
        }
        match (request.method(), request.uri().path()) {
            (&Method::POST, CLOCK) => Ok(reply(&self.clock())),
            (&Method::POST, RUN) => self.run(request).await,
            (_, path) if path.starts_with(BESIDE) => {
                Ok(status(StatusCode::NOT_FOUND, "NotFound", "there is no such thing in a sandbox"))
            }
            (_, _) => {
                let answer = ApiService::new(&self.twin).call(request).await?;
                Ok(answer.map(|body| body.map_err(Error::from).boxed_unsync()))
            }
        }
    }

    fn knows(&self, request: &Request<Incoming>) -> bool {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        given.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|token| same(token, &self.token))
    }

    fn clock(&self) -> ClockFace {
        ClockFace { now: self.twin.clock().now(), speed: self.factor.times() }
    }

    async fn run(&self, request: Request<Incoming>) -> Result<Answer, Error> {
        let body = Limited::new(request.into_body(), LARGEST_ERRAND).collect().await?.to_bytes();
        let errand: Errand = match serde_json::from_slice(&body) {
            Ok(errand) => errand,
            Err(error) => return Ok(status(StatusCode::BAD_REQUEST, "BadRequest", &error.to_string())),
        };
        let target = Target::new(upgrade_core::ids::NodeName::new(&errand.host), &errand.host);
        let script = Script { text: errand.script, timeout: LONGEST_ERRAND, keep: errand.keep };
        let outcome = match TwinTransport::to(self.twin.clone()).run(&target, &script).await {
            Ok(output) => Outcome::Ended { status: output.status, stdout: output.stdout, stderr: output.stderr },
            Err(upgrade_ssh::SshError::Unreachable { found, .. }) => Outcome::Unreachable { found },
            Err(_) => Outcome::Lost,
        };
        Ok(reply(&outcome))
    }
}

/// Takes as long for a wrong token as for a nearly right one.
fn same(given: &str, expected: &str) -> bool {
    let differences = given.bytes().zip(expected.bytes()).fold(0, |found, (a, b)| found | (a ^ b));
    given.len() == expected.len() && differences == 0
}

fn reply(value: &impl Serialize) -> Answer {
    json_answer(StatusCode::OK, serde_json::to_vec(value).unwrap_or_default())
}

/// A refusal as the Kubernetes API words it, so that any client can show it.
fn status(code: StatusCode, reason: &str, message: &str) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": reason, "code": code.as_u16()});
    json_answer(code, status.to_string().into_bytes())
}

fn json_answer(code: StatusCode, body: Vec<u8>) -> Answer {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync();
    let mut answer = Response::new(body);
    *answer.status_mut() = code;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    answer
}
