//! A simulated GKE on a loopback socket, every request and reply of which is held to the description.

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
use upgrade_twin::blueprint::{Blueprint, Form, Scenario};
use upgrade_twin::clouds::{CloudService, CloudWorld, Managed};

use crate::model::{Asked, Model};

/// An hour of the cluster in a few seconds.
const SPEED: f64 = 1_000.0;

/// What went over the wire.
#[derive(Default)]
struct Book {
    /// The methods in order, with the status of each reply.
    calls: Vec<(String, u16)>,
    /// What broke the description.
    broken: Vec<String>,
}

/// A cluster that is served.
pub(crate) struct Served {
    pub(crate) twin: Twin,
    pub(crate) endpoint: String,
    book: Arc<Mutex<Book>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The named cluster with its cloud changed.
pub(crate) fn with(change: impl FnOnce(&mut Managed)) -> Blueprint {
    let mut blueprint = Scenario::named("gke").unwrap().blueprint();
    let Form::Managed(managed) = &mut blueprint.form else { panic!("the named cluster is managed") };
    change(managed);
    blueprint
}

impl Served {
    /// Serves it; none where there is no description to hold it to.
    pub(crate) fn begin(blueprint: Blueprint) -> Option<Self> {
        let model = Model::fetched()?;
        let book = Arc::new(Mutex::new(Book::default()));
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let noted = Arc::clone(&book);
        let thread = std::thread::spawn(move || {
            upgrade_rehearsal::runtime().unwrap().block_on(async {
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
        Some(Self { twin, endpoint: format!("http://{address}"), book, stop: Some(stop), thread: Some(thread) })
    }

    /// How often a method was called and answered well.
    pub(crate) fn count(&self, method: &str) -> usize {
        let book = self.book.lock().unwrap();
        book.calls.iter().filter(|(name, status)| name.ends_with(method) && *status == 200).count()
    }

    /// Looks at the cloud, or changes it.
    pub(crate) fn cloud<T>(&self, look: impl FnOnce(&mut CloudWorld) -> T) -> T {
        self.twin.with(|world| look(world.cloud.as_mut().unwrap()))
    }

    /// Looks until something is there.
    pub(crate) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(180), "{what} did not come");
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
        let broken = &self.book.lock().unwrap().broken;
        assert!(broken.is_empty(), "the description was broken:\n{}", broken.join("\n"));
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
    let sent = body.collect().await.unwrap().to_bytes();
    let (method, uri) = (parts.method.clone(), parts.uri.clone());
    let asked = Asked { method: &method, path: uri.path(), query: uri.query().unwrap_or_default(), body: &sent };
    let response = service.call(Request::from_parts(parts, Full::new(sent.clone()))).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let status = parts.status.as_u16();
    let mut book = book.lock().unwrap();
    book.broken.extend(model.check_request(&asked));
    book.broken.extend(model.check_reply(&asked, status, &body));
    book.calls.push((model.name(&asked).unwrap_or_else(|| format!("{method} {uri}")), status));
    drop(book);
    Ok(Response::from_parts(parts, Full::new(body)))
}
