//! A simulated EKS on a loopback socket, every request and reply of which is held to the model.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tower_service::Service as _;
use upgrade_rehearsal::{Factor, serve_time};
use upgrade_twin::Twin;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::CloudService;

use crate::model::{Asked, Model};

/// Where the clusters of these tests are.
pub(crate) const REGION: &str = "eu-west-1";

/// An hour of the cluster in a few seconds, and its seven days not within a test.
const SPEED: f64 = 1_000.0;

/// What went over the wire.
#[derive(Default)]
pub(crate) struct Book {
    /// The operations in order, with the status of each reply.
    pub(crate) calls: Vec<(String, u16)>,
    /// What broke the model.
    pub(crate) broken: Vec<String>,
}

/// A cluster that is served.
pub(crate) struct Served {
    pub(crate) twin: Twin,
    pub(crate) endpoint: String,
    book: Arc<Mutex<Book>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub(crate) fn begin(blueprint: Blueprint, model: Arc<Model>) -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let noted = Arc::clone(&book);
        let thread = std::thread::spawn(move || {
            let runtime = upgrade_rehearsal::runtime().unwrap();
            runtime.block_on(async {
                let twin = Twin::start(&blueprint, 1).unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send((listener.local_addr().unwrap(), twin.clone())).unwrap();
                tokio::select! {
                    _ = stopped => {}
                    () = serve_time(Factor::new(SPEED).unwrap()) => {}
                    () = serve(twin, listener, model, noted) => {}
                }
            });
        });
        let (address, twin): (SocketAddr, Twin) = told.recv().expect("the cluster did not come up");
        Self { twin, endpoint: format!("http://{address}"), book, stop: Some(stop), thread: Some(thread) }
    }

    /// Looks at what went over the wire.
    pub(crate) fn book<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.book.lock().unwrap())
    }

    /// Looks until something is there.
    pub(crate) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{what} did not come");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if std::thread::panicking() {
            return;
        }
        assert!(matches!(ended, Some(Ok(()))), "the server broke");
        let broken = self.book(|book| book.broken.clone());
        assert!(broken.is_empty(), "the model was broken:\n{}", broken.join("\n"));
    }
}

async fn serve(twin: Twin, listener: TcpListener, model: Arc<Model>, book: Arc<Mutex<Book>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(converse(twin.clone(), stream, Arc::clone(&model), Arc::clone(&book)));
    }
}

async fn converse(twin: Twin, stream: TcpStream, model: Arc<Model>, book: Arc<Mutex<Book>>) {
    let service = CloudService::new(&twin);
    let answer = service_fn(move |request| answer(service.clone(), Arc::clone(&model), Arc::clone(&book), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(
    mut service: CloudService,
    model: Arc<Model>,
    book: Arc<Mutex<Book>>,
    request: Request<Incoming>,
) -> std::io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let uri = parts.uri.clone();
    let (method, path) = (parts.method.clone(), uri.path());
    let asked = Asked { method: &method, path, query: uri.query().unwrap_or_default(), body: &body };
    let operation = model.operation(&asked);
    let mut broken = model.check_request(&asked);
    let response = service.call(Request::from_parts(parts, Full::new(body.clone()))).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let error = parts.headers.get("x-amzn-errortype").map(|code| code.to_str().unwrap());
    if let Some(operation) = &operation {
        broken.extend(model.check_reply(operation, parts.status.as_u16(), error, &body));
    }
    let mut book = book.lock().unwrap();
    book.calls.push((operation.unwrap_or_else(|| format!("{method} {path}")), parts.status.as_u16()));
    book.broken.extend(broken);
    drop(book);
    Ok(Response::from_parts(parts, Full::new(body)))
}
