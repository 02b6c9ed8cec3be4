//! The API for clients on a socket.

use std::convert::Infallible;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use super::service::ApiService;
use crate::twin::Twin;

/// Serves the API on a socket for as long as it is polled. While no API server is up, connections are closed at once,
/// which clients see as a broken connection.
///
/// # Errors
/// When the socket cannot be listened on any more.
pub async fn serve(twin: Twin, listener: TcpListener) -> std::io::Result<Infallible> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(converse(twin.clone(), stream));
    }
}

async fn converse(twin: Twin, stream: TcpStream) {
    let service = TowerToHyperService::new(ApiService::new(&twin));
    drop(twin);
    // A connection that breaks is the client's to notice.
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}
