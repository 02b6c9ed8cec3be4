//! A door to a cluster's API that writes down what is asked, and lets nothing through that could change something.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt as _;
use kube::client::Body;

use crate::cluster::Cluster;

/// The door. It stays open until the process ends.
pub(crate) struct Recorder {
    address: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Recorder {
    pub(crate) fn before(cluster: &Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (book, client) = (Arc::clone(&asked), cluster.kube_client());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let client = runtime.block_on(client);
            for stream in listener.incoming().flatten() {
                let (book, client, runtime) = (Arc::clone(&book), client.clone(), runtime.handle().clone());
                std::thread::spawn(move || answer(&stream, &book, &client, &runtime));
            }
        });
        Self { address, asked }
    }

    /// A kubeconfig that leads through the door.
    pub(crate) fn kubeconfig(&self, folder: &Path) -> PathBuf {
        let path = folder.join("recorded.kubeconfig");
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: testbed, \
             clusters: [{{name: testbed, cluster: {{server: \"http://{}\"}}}}], \
             contexts: [{{name: testbed, context: {{cluster: testbed, user: admin}}}}], \
             users: [{{name: admin, user: {{}}}}]}}\n",
            self.address
        );
        std::fs::write(&path, text).expect("a kubeconfig");
        path
    }

    /// Method and path of every request so far.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One request of one connection.
fn answer(
    stream: &TcpStream,
    book: &Mutex<Vec<(String, String)>>,
    client: &kube::Client,
    runtime: &tokio::runtime::Handle,
) {
    let mut head = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let Some(first) = head.next() else { return };
    let mut words = first.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return };
    let accept = head.find_map(|line| line.to_lowercase().strip_prefix("accept:").map(|value| value.trim().to_owned()));
    book.lock().unwrap_or_else(PoisonError::into_inner).push((method.clone(), path.clone()));
    let (code, kind, body) = if method == "GET" {
        runtime.block_on(read(client, &path, accept.as_deref().unwrap_or("application/json")))
    } else {
        (405, "text/plain".to_owned(), b"this door is for reading".to_vec())
    };
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    // A client that went away has no use for it.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

async fn read(client: &kube::Client, path: &str, accept: &str) -> (u16, String, Vec<u8>) {
    let request = http::Request::get(path).header("accept", accept).body(Body::empty()).expect("a request");
    let response = client.send(request).await.expect("an answer");
    let kind =
        response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let code = response.status().as_u16();
    let body = response.into_body().collect().await.expect("a body").to_bytes().to_vec();
    (code, kind, body)
}
