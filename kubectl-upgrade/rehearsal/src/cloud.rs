//! The cloud of a simulated cluster behind a loopback socket, where the vendor's own SDK finds it.

use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio_rustls::TlsAcceptor;
use tower_service::Service;
use upgrade_provider::{Endpoint, GivenNames};
use upgrade_twin::Twin;
use upgrade_twin::clouds::{Cloud, CloudService, Place, of};

use crate::served::Identity;

/// A simulated cloud that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCloud {
    /// Where it is.
    pub endpoint: Endpoint,
    /// The names it knows the cluster by, which no kubeconfig of a sandbox tells.
    pub names: GivenNames,
}

/// Opens the cloud of a cluster on a port that is free, for as long as the runtime lives on which its story is told: this
/// one. None when no cloud runs it.
///
/// Azure's SDK refuses to send a token without TLS; the others take plain HTTP.
///
/// # Errors
/// When no socket can be listened on.
pub async fn open_cloud(twin: &Twin, identity: &Identity) -> io::Result<Option<OpenCloud>> {
    open_beside(twin, identity, &Handle::current()).await
}

/// Opens it for as long as this runtime lives, while the story is told on another.
pub(crate) async fn open_beside(twin: &Twin, identity: &Identity, story: &Handle) -> io::Result<Option<OpenCloud>> {
    let place = {
        let _story = story.enter();
        twin.with(|world| of(world).ok().map(|cloud| cloud.place.clone()))
    };
    let Some(place) = place else { return Ok(None) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let door = Door { service: CloudService::new(twin), story: story.clone() };
    let endpoint = match place.cloud {
        Cloud::Eks | Cloud::Gke => {
            tokio::spawn(serve(door, listener, None));
            Endpoint { url: format!("http://{address}"), certificate: None }
        }
        Cloud::Aks => {
            tokio::spawn(serve(door, listener, Some(TlsAcceptor::from(Arc::clone(&identity.tls)))));
            Endpoint { url: format!("https://{address}"), certificate: Some(identity.certificate.clone()) }
        }
    };
    Ok(Some(OpenCloud { endpoint, names: names(&place) }))
}

fn names(place: &Place) -> GivenNames {
    let some = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    GivenNames {
        account: some(&place.account),
        region: some(&place.region),
        group: some(&place.group),
        cluster: some(&place.cluster),
    }
}

/// Answers in the story's time, whichever runtime asks.
#[derive(Clone)]
struct Door {
    service: CloudService,
    story: Handle,
}

impl Service<Request<Incoming>> for Door {
    type Response = Response<Full<Bytes>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let (mut answer, story) = (self.service.call(request), self.story.clone());
        Box::pin(std::future::poll_fn(move |context| {
            // The story's clock is tokio's on the runtime that is entered.
            let _story = story.enter();
            answer.as_mut().poll(context)
        }))
    }
}

async fn serve(door: Door, listener: TcpListener, tls: Option<TlsAcceptor>) -> io::Result<std::convert::Infallible> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(converse(door.clone(), stream, tls.clone()));
    }
}

async fn converse(door: Door, stream: TcpStream, tls: Option<TlsAcceptor>) {
    // A connection that breaks is the client's to notice.
    let _ = stream.set_nodelay(true);
    match tls {
        None => answer(door, stream).await,
        Some(tls) => {
            let Ok(stream) = tls.accept(stream).await else { return };
            answer(door, stream).await;
        }
    }
}

async fn answer(door: Door, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), TowerToHyperService::new(door)).await;
}
