//! An API server of fixtures: answers reads of one made-up cluster over plain HTTP and records whatever would change it.
//!
//! It stands in for clusters that no test can start (managed ones, other tools' ones). It must not grow behaviour: no
//! watches, no storage, no controllers. What needs those runs against real components.

mod answer;
mod fixture;
mod http;
mod resources;
mod selector;

use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub use fixture::{Fixture, Rule};

/// A running server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    fixture: Fixture,
    changes: Mutex<Vec<String>>,
    stopping: AtomicBool,
}

impl Server {
    /// Serves `fixture` on a free port of the loopback interface.
    #[must_use]
    pub fn start(fixture: Fixture) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared { fixture, changes: Mutex::default(), stopping: AtomicBool::new(false) });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// Where it listens, as a kubeconfig wants it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that would have changed the cluster, `POST /path` each.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        self.shared.changes.lock().expect("no panic while recording").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // The thread waits in accept: one more connection lets it see the flag.
        drop(TcpStream::connect(self.address));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || serve(&stream.expect("a connection"), &shared));
    }
}

/// Answers the requests of one connection until the client closes it.
fn serve(stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = http::read(&mut reader) {
        if answer::changes_something(&request) {
            let change = format!("{} {}", request.method, request.path);
            shared.changes.lock().expect("no panic while recording").push(change);
        }
        if http::write(stream, &answer::answer(&shared.fixture, &request)).is_err() {
            return;
        }
    }
}
