//! The cloud of a simulated cluster behind a loopback socket, where the vendor's own SDK finds it.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use upgrade_provider::{Endpoint, GivenNames};
use upgrade_twin::Twin;
use upgrade_twin::clouds::{Cloud, CloudService, Place, of, serve};

use crate::served::Identity;

/// A simulated cloud that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCloud {
    /// Where it is.
    pub endpoint: Endpoint,
    /// The names it knows the cluster by, which no kubeconfig of a sandbox tells.
    pub names: GivenNames,
}

/// Opens the cloud of a cluster on a port that is free, for as long as the runtime lives. None when no cloud runs it.
///
/// Azure's SDK refuses to send a token without TLS; the others take plain HTTP.
///
/// # Errors
/// When no socket can be listened on.
pub async fn open_cloud(twin: &Twin, identity: &Identity) -> io::Result<Option<OpenCloud>> {
    let Some(place) = twin.with(|world| of(world).ok().map(|cloud| cloud.place.clone())) else { return Ok(None) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let endpoint = match place.cloud {
        Cloud::Eks | Cloud::Gke => {
            tokio::spawn(serve(twin.clone(), listener));
            Endpoint { url: format!("http://{address}"), certificate: None }
        }
        Cloud::Aks => {
            tokio::spawn(serve_tls(twin.clone(), listener, TlsAcceptor::from(Arc::clone(&identity.tls))));
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

async fn serve_tls(twin: Twin, listener: TcpListener, tls: TlsAcceptor) -> io::Result<std::convert::Infallible> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(converse(twin.clone(), stream, tls.clone()));
    }
}

async fn converse(twin: Twin, stream: TcpStream, tls: TlsAcceptor) {
    // A connection that breaks is the client's to notice.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = TowerToHyperService::new(CloudService::new(&twin));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
