//! A simulated cluster and its cloud on loopback sockets. What goes over the cloud's wire is written down, and held to a
//! contract that is not ours; the Kubernetes API is there for the plugin.

use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;
use upgrade_provider::{Endpoint, GivenNames};
use upgrade_rehearsal::{Factor, Identity, OpenCloud, Sandbox, kubeconfig, serve_time};
use upgrade_twin::Twin;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::{CloudService, CloudWorld};

use super::tls::Authority;
use crate::plugin;

/// An hour of the cluster in a few seconds, and a cloud's days not within a test.
const SPEED: f64 = 1_000.0;

/// As fast as a cluster may be that the plugin works on from a process of its own: see `sandbox up --speed`.
const BESIDE_THE_PLUGIN: f64 = 60.0;

/// How long anything may take to come about.
const PATIENCE: Duration = Duration::from_secs(180);

/// A request and its answer as they went over the wire.
pub struct Exchange<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as it came.
    pub path: &'a str,
    /// The query as it came; empty for none.
    pub query: &'a str,
    /// The request's body.
    pub asked: &'a [u8],
    /// The HTTP status of the answer.
    pub status: u16,
    /// The headers of the answer.
    pub headers: &'a HeaderMap,
    /// The body of the answer.
    pub answered: &'a [u8],
}

/// What is to be said of an exchange.
pub struct Verdict {
    /// The vendor's name of what was asked for; none for what the contract does not know.
    pub operation: Option<String>,
    /// What broke the contract.
    pub broken: Vec<String>,
}

/// A contract that is not ours: a vendor's published model.
pub trait Judge: Send + Sync + 'static {
    /// Judges one exchange.
    fn judge(&self, exchange: &Exchange<'_>) -> Verdict;
}

/// How it is served.
#[derive(Clone)]
pub struct Setting {
    speed: f64,
    authority: Option<Authority>,
}

impl Setting {
    /// For a provider or a client that asks again and again.
    #[must_use]
    pub const fn quick() -> Self {
        Self { speed: SPEED, authority: None }
    }

    /// For the plugin in a process of its own. It is built first: the cluster's time would run meanwhile.
    #[must_use]
    pub fn beside_the_plugin() -> Self {
        let _ = plugin::binary();
        Self { speed: BESIDE_THE_PLUGIN, authority: None }
    }

    /// For what has to be asked while something goes on: a command of a client takes seconds.
    #[must_use]
    pub const fn at(speed: f64) -> Self {
        Self { speed, authority: None }
    }

    /// Over TLS, for clients that insist on it.
    #[must_use]
    pub fn over_tls(self, authority: Authority) -> Self {
        Self { authority: Some(authority), ..self }
    }
}

/// What went over the wire.
#[derive(Default)]
pub struct Book {
    /// The operations in order, with the status of each reply.
    pub calls: Vec<(String, u16)>,
    /// What broke the contract.
    pub broken: Vec<String>,
}

/// A cluster that is served, until it is dropped; then nothing may have broken the contract.
pub struct Served {
    /// The cluster.
    pub twin: Twin,
    /// Where its cloud is.
    pub endpoint: String,
    /// A kubeconfig of it, as that of a sandbox.
    pub kubeconfig: String,
    book: Arc<Mutex<Book>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread that serves tells when it is ready.
struct Ready {
    twin: Twin,
    endpoint: String,
    kubeconfig: String,
}

impl Served {
    /// Serves it quickly and without TLS.
    #[must_use]
    pub fn begin(blueprint: Blueprint, judge: Arc<impl Judge>) -> Self {
        Self::with(Setting::quick(), blueprint, judge)
    }

    /// Serves it.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn with(setting: Setting, blueprint: Blueprint, judge: Arc<impl Judge>) -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let court = Court { judge, book: Arc::clone(&book) };
        let thread = std::thread::spawn(move || {
            let runtime = upgrade_rehearsal::runtime().unwrap();
            runtime.block_on(serve(&setting, &blueprint, court, &tell, stopped));
        });
        let Ready { twin, endpoint, kubeconfig } = told.recv().expect("the cluster did not come up");
        Self { twin, endpoint, kubeconfig, book, stop: Some(stop), thread: Some(thread) }
    }

    /// Looks at what went over the wire.
    pub fn book<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.book.lock().unwrap())
    }

    /// How often an operation was asked for and answered well; its name may be given by its end.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        let fits = |(name, status): &&(String, u16)| name.ends_with(operation) && (200..300).contains(status);
        self.book(|book| book.calls.iter().filter(fits).count())
    }

    /// Looks at the cloud, or changes it.
    ///
    /// # Panics
    /// When the cluster is not managed.
    pub fn cloud<T>(&self, look: impl FnOnce(&mut CloudWorld) -> T) -> T {
        self.twin.with(|world| look(world.cloud.as_mut().unwrap()))
    }

    /// Looks until something is there.
    ///
    /// # Panics
    /// When it does not come.
    pub fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "{what} did not come");
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
        let broken = self.book(|book| book.broken.join("\n"));
        assert!(broken.is_empty(), "the contract was broken:\n{broken}");
    }
}

/// Who judges, and where it is written down.
struct Court<J> {
    judge: Arc<J>,
    book: Arc<Mutex<Book>>,
}

impl<J> Clone for Court<J> {
    fn clone(&self) -> Self {
        Self { judge: Arc::clone(&self.judge), book: Arc::clone(&self.book) }
    }
}

async fn serve(
    setting: &Setting,
    blueprint: &Blueprint,
    court: Court<impl Judge>,
    tell: &mpsc::Sender<Ready>,
    stopped: oneshot::Receiver<()>,
) {
    let factor = Factor::new(setting.speed).unwrap();
    let twin = Twin::start(blueprint, 1).unwrap();
    let clouds = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clusters = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scheme = if setting.authority.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", clouds.local_addr().unwrap());
    let certificate = setting.authority.as_ref().map(|authority| authority.certificate.clone());
    let endpoint = Endpoint { url: url.clone(), certificate };
    let open = OpenCloud { endpoint, names: names(&twin) };
    let identity = Identity::new().unwrap();
    let scenario = blueprint.name.trim_start_matches("sandbox-");
    let kubeconfig = kubeconfig(scenario, clusters.local_addr().unwrap(), &identity, Some(&open), None);
    let sandbox = Sandbox::of(twin.clone(), factor, &identity);
    tell.send(Ready { twin: twin.clone(), endpoint: url, kubeconfig }).unwrap();
    tokio::select! {
        _ = stopped => {}
        () = serve_time(factor) => {}
        _ = sandbox.serve(clusters) => {}
        () = listen(&twin, clouds, setting.authority.as_ref(), court) => {}
    }
}

fn names(twin: &Twin) -> GivenNames {
    let place = twin.with(|world| world.cloud.as_ref().map(|cloud| cloud.place.clone())).expect("a managed cluster");
    let some = |name: String| Some(name).filter(|name| !name.is_empty());
    GivenNames {
        account: some(place.account),
        region: some(place.region),
        group: some(place.group),
        cluster: some(place.cluster),
    }
}

async fn listen(twin: &Twin, listener: TcpListener, authority: Option<&Authority>, court: Court<impl Judge>) {
    let tls = authority.map(|authority| TlsAcceptor::from(Arc::clone(&authority.server)));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (twin, court, tls) = (twin.clone(), court.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => converse(&twin, stream, court).await,
                Some(tls) => {
                    // A client that does not trust it goes away.
                    if let Ok(stream) = tls.accept(stream).await {
                        converse(&twin, stream, court).await;
                    }
                }
            }
        });
    }
}

async fn converse(twin: &Twin, stream: impl AsyncRead + AsyncWrite + Unpin, court: Court<impl Judge>) {
    let service = CloudService::new(twin);
    let answer = service_fn(move |request| answer(service.clone(), court.clone(), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(
    mut service: CloudService,
    court: Court<impl Judge>,
    request: Request<Incoming>,
) -> std::io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let asked = body.collect().await.unwrap().to_bytes();
    let (method, uri) = (parts.method.clone(), parts.uri.clone());
    let response = service.call(Request::from_parts(parts, Full::new(asked.clone()))).await?;
    let (parts, body) = response.into_parts();
    let answered = body.collect().await.unwrap().to_bytes();
    let exchange = Exchange {
        method: &method,
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        asked: &asked,
        status: parts.status.as_u16(),
        headers: &parts.headers,
        answered: &answered,
    };
    let Verdict { operation, broken } = court.judge.judge(&exchange);
    let mut book = court.book.lock().unwrap();
    book.calls.push((operation.unwrap_or_else(|| format!("{method} {}", uri.path())), exchange.status));
    book.broken.extend(broken);
    drop(book);
    Ok(Response::from_parts(parts, Full::new(answered)))
}
