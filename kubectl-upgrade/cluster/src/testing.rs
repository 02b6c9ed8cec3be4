//! An API server of one's own making: a real socket, real HTTP, answers from a function.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use upgrade_provider::TimeOfDay;

use crate::api::Api;
use crate::cluster::Cluster;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl Asked {
    /// The path alone.
    pub(crate) fn at(&self) -> &str {
        self.path.split('?').next().unwrap()
    }
}

/// What is answered.
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    Hang,
}

impl Reply {
    pub(crate) fn ok(value: Value) -> Self {
        Self::Json(200, value)
    }

    /// A `Status` as the API server words it.
    pub(crate) fn status(code: u16, reason: &str, message: &str, details: Value) -> Self {
        let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
            "message": message, "details": details});
        Self::Json(code, body)
    }

    pub(crate) fn not_found() -> Self {
        Self::status(404, "NotFound", "not found", json!({"name": "asked-for"}))
    }

    /// As for a group that is not served, or not yet.
    pub(crate) fn no_such_resource() -> Self {
        Self::status(404, "NotFound", "the server could not find the requested resource", json!({}))
    }
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server, for as long as it is kept.
pub(crate) struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer): (_, Arc<Answer>) = (asked.clone(), Arc::new(answer));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, log.clone(), answer.clone()));
            }
        });
        Self { url, asked, task }
    }

    pub(crate) fn cluster(&self) -> Cluster {
        self.cluster_within(Duration::from_secs(60))
    }

    /// A cluster whose requests may take so long.
    pub(crate) fn cluster_within(&self, limit: Duration) -> Cluster {
        // Any program that links kube must choose a TLS provider, even for plain HTTP. A second choice changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = Config::new(self.url.parse().unwrap());
        config.default_retry = false;
        let api = Api::new(Client::try_from(config).unwrap(), Some(limit));
        Cluster::new(api, "test".to_owned(), self.url.clone(), TimeOfDay::system())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What was asked so far, by method.
    pub(crate) fn asked(&self, method: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.method == method).cloned().collect()
    }
}

async fn serve(stream: TcpStream, log: Arc<Mutex<Vec<Asked>>>, answer: Arc<Answer>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return };
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.unwrap();
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if header.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let asked = Asked { method, path, body: serde_json::from_slice(&body).unwrap_or(Value::Null) };
    log.lock().unwrap().push(asked.clone());
    let (code, text) = match answer(&asked) {
        Reply::Json(code, value) => (code, value.to_string()),
        Reply::Text(code, text) => (code, text.to_owned()),
        Reply::Hang => return tokio::time::sleep(Duration::from_secs(60)).await,
    };
    let head = format!("HTTP/1.1 {code} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    // The client may have given up already.
    let _ = stream.write_all(format!("{head}{text}").as_bytes()).await;
}

/// A healthy cluster at 1.34.9: `cp1`, built by kubeadm, and the worker `w1`.
pub(crate) fn healthy(asked: &Asked) -> Reply {
    let list = |items: Value| Reply::ok(json!({"metadata": {"resourceVersion": "100"}, "items": items}));
    match asked.at() {
        "/version" => Reply::ok(json!({"gitVersion": "v1.34.9"})),
        "/readyz" => Reply::Text(200, "ok"),
        "/metrics" => Reply::Text(200, "apiserver_request_total 1\nprocess_start_time_seconds 1.79e+09\n"),
        "/api/v1/namespaces/kube-system" => Reply::ok(json!({"metadata": {"uid": "u-1"}})),
        "/apis" => Reply::ok(json!({"groups": [
            {"name": "policy", "versions": [{"version": "v1"}]}, {"name": "apps", "versions": [{"version": "v1"}]},
            {"name": "coordination.k8s.io", "versions": [{"version": "v1"}]}]})),
        "/api/v1" => Reply::ok(json!({"resources": [
            {"name": "pods", "kind": "Pod"}, {"name": "pods/eviction", "group": "policy", "version": "v1"}]})),
        "/api/v1/nodes" => list(json!([node("cp1", true), node("w1", false)])),
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases" => list(json!([
            {"metadata": {"name": "w1"}, "spec": {"renewTime": "2026-11-22T15:26:06.023344Z"}}])),
        "/api/v1/namespaces/kube-system/pods" => list(json!(
            ["kube-apiserver:v1.34.9", "kube-controller-manager:v1.34.9", "kube-scheduler:v1.34.9", "etcd:3.6.5-0"]
                .map(mirror)
        )),
        "/apis/apps/v1/namespaces/kube-system/daemonsets" => list(json!([{
            "metadata": {"name": "kube-proxy", "namespace": "kube-system",
                "managedFields": [{"manager": "kubeadm"}, {"manager": "kubectl-edit"}]},
            "spec": {"template": {"spec": {"containers": [{"image": "registry.k8s.io/kube-proxy:v1.34.9"}]}}}}])),
        "/apis/apps/v1/namespaces/kube-system/deployments" => list(json!([{
            "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
            "spec": {"template": {"spec": {"containers": [{"image": "registry.k8s.io/coredns/coredns:v1.12.1"}]}}}}])),
        "/api/v1/namespaces/kube-system/configmaps/kubeadm-config" => Reply::ok(json!({"data": {
            "ClusterConfiguration": "apiVersion: kubeadm.k8s.io/v1beta4\nkubernetesVersion: v1.34.9\n"}})),
        "/api/v1/namespaces/kube-system/configmaps" => {
            list(json!([{"metadata": {"name": "kubeadm-config", "namespace": "kube-system"}}]))
        }
        "/api/v1/namespaces" => list(json!([{"metadata": {"name": "shop"}}, {"metadata": {"name": "kube-flannel"}}])),
        "/api/v1/pods"
        | "/apis/policy/v1/poddisruptionbudgets"
        | "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases" => list(json!([])),
        _ => Reply::not_found(),
    }
}

/// A node.
pub(crate) fn node(name: &str, control_plane: bool) -> Value {
    let mut labels = json!({"topology.kubernetes.io/zone": "a"});
    if control_plane {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
    }
    json!({
        "metadata": {"name": name, "resourceVersion": "7", "labels": labels},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-22T15:00:00Z"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}],
            "nodeInfo": {"kubeletVersion": "v1.34.9", "containerRuntimeVersion": "containerd://1.6.20~ds1"},
        },
    })
}

/// A mirror pod on `cp1`, by its image.
fn mirror(image: &str) -> Value {
    let component = image.split(':').next().unwrap();
    json!({
        "metadata": {"name": format!("{component}-cp1"), "namespace": "kube-system", "labels": {"component": component},
            "annotations": {"kubernetes.io/config.mirror": "x", "kubernetes.io/config.hash": "x"}},
        "spec": {"nodeName": "cp1", "containers": [
            {"name": component, "image": format!("registry.k8s.io/{image}"), "command": [component, "--flag"]}]},
    })
}

/// A pod of the Deployment `web`, on `w1`.
pub(crate) fn pod(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "labels": {"app": "web"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d9", "controller": true}]},
        "spec": {"nodeName": "w1"},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    })
}

/// A budget over `web`.
pub(crate) fn budget(name: &str, desired: i32, expected: i32) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"minAvailable": desired, "selector": {"matchLabels": {"app": "web"}}},
        "status": {"disruptionsAllowed": 0, "currentHealthy": desired, "desiredHealthy": desired,
            "expectedPods": expected},
    })
}
