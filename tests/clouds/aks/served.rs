//! A simulated AKS on a loopback socket, over TLS, every request and reply of which is held to the models.

use std::net::SocketAddr;
use std::path::PathBuf;
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
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;
use upgrade_rehearsal::{Factor, serve_time};
use upgrade_twin::Twin;
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::clouds::CloudService;

use crate::model::{Asked, Model};

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
    /// The certificate of the authority, in PEM.
    pub(crate) authority: String,
    folder: tempfile::TempDir,
    book: Arc<Mutex<Book>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub(crate) fn begin(blueprint: Blueprint, model: Arc<Model>) -> Self {
        Self::at_speed(SPEED, blueprint, model)
    }

    /// For what has to be asked while something goes on: a command of a client takes seconds.
    pub(crate) fn at_speed(speed: f64, blueprint: Blueprint, model: Arc<Model>) -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let (authority, tls) = identity();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &authority).unwrap();
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
                    () = serve_time(Factor::new(speed).unwrap()) => {}
                    () = serve(twin, listener, TlsAcceptor::from(tls), model, noted) => {}
                }
            });
        });
        let (address, twin): (SocketAddr, Twin) = told.recv().expect("the cluster did not come up");
        let endpoint = format!("https://{address}");
        Self { twin, endpoint, authority, folder, book, stop: Some(stop), thread: Some(thread) }
    }

    /// A file with the authority's certificate.
    pub(crate) fn authority_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The API server's address as a kubeconfig of AKS has it.
    pub(crate) fn server(&self) -> String {
        let place = self.twin.with(|world| world.cloud.as_ref().map(|cloud| cloud.place.clone())).unwrap();
        format!("https://{}:443", upgrade_twin::clouds::aks_fqdn(&place))
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

/// An authority, and a certificate of its own for the loopback: clients refuse one that signed itself.
fn identity() -> (String, Arc<ServerConfig>) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "test authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (authority.pem(), Arc::new(tls))
}

async fn serve(twin: Twin, listener: TcpListener, tls: TlsAcceptor, model: Arc<Model>, book: Arc<Mutex<Book>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(converse(twin.clone(), stream, tls.clone(), Arc::clone(&model), Arc::clone(&book)));
    }
}

async fn converse(twin: Twin, stream: TcpStream, tls: TlsAcceptor, model: Arc<Model>, book: Arc<Mutex<Book>>) {
    let Ok(stream) = tls.accept(stream).await else { return };
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
    let (method, uri) = (parts.method.to_string(), parts.uri.clone());
    let asked = Asked { method: &method, path: uri.path(), query: uri.query().unwrap_or_default(), body: &body };
    let mut broken = model.check_request(&asked);
    let response = service.call(Request::from_parts(parts, Full::new(body.clone()))).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    broken.extend(model.check_reply(&method, uri.path(), parts.status.as_u16(), &body));
    let name = model.operation(&method, uri.path()).map(|operation| operation.name.clone());
    let mut book = book.lock().unwrap();
    book.calls.push((name.unwrap_or_else(|| format!("{method} {}", uri.path())), parts.status.as_u16()));
    book.broken.extend(broken);
    drop(book);
    Ok(Response::from_parts(parts, Full::new(body)))
}
