//! The API in process: requests in, answers out.

mod evictions;
mod reads;
mod writes;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower_service::Service as _;

use crate::blueprint::{Blueprint, Form, Machine, Packages};
use crate::faults::Faults;
use crate::store::Resource;
use crate::tempo::Tempo;
use crate::{ApiFault, Twin};

use super::{ApiBody, ApiService};

/// A twin with one API server of that version, and a namespace of its own for what is tested.
pub(super) fn twin(version: &str) -> Twin {
    let version = version.parse().unwrap();
    let blueprint = Blueprint {
        name: "test".to_owned(),
        epoch: Timestamp::from_second(1_790_000_000).unwrap(),
        form: Form::Kubeadm,
        version: upgrade_core::version::Version::clone(&version),
        machines: vec![Machine::new("cp1", "10.0.0.1", &version).control_plane()],
        packages: Packages { offered: vec![version.clone()], per_minor: true, exact: Vec::new() },
        objects: Vec::new(),
        tempo: Tempo::default(),
        faults: Faults::default(),
    };
    let twin = Twin::start(&blueprint, 1).unwrap();
    twin.with(|world| {
        let namespace = json!({"metadata": {"name": "shop"}, "status": {"phase": "Active"}});
        world.store.create(Resource::NAMESPACES, namespace, world.now()).unwrap();
    });
    twin
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) code: u16,
    pub(super) body: Value,
    pub(super) text: String,
}

/// A request, begun.
pub(super) async fn begin(
    twin: &Twin,
    method: Method,
    path: &str,
    body: &str,
    headers: &[(&str, &str)],
) -> std::io::Result<http::Response<ApiBody>> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    ApiService::new(twin).call(request).await
}

/// A request and its whole answer.
pub(super) async fn ask(twin: &Twin, method: Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Answered {
    let response = begin(twin, method, path, body, headers).await.unwrap();
    let code = response.status().as_u16();
    let text = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answered { code, body: serde_json::from_str(&text).unwrap_or_default(), text }
}

pub(super) async fn get(twin: &Twin, path: &str) -> Answered {
    ask(twin, Method::GET, path, "", &[]).await
}

/// Puts pods of these names into the store.
pub(super) fn put_pods(twin: &Twin, names: &[&str]) {
    twin.with(|world| {
        for name in names {
            let pod = json!({"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]}, "status": {"phase": "Running"}});
            world.store.create(Resource::PODS, pod, world.now()).unwrap();
        }
    });
}

#[tokio::test(start_paused = true)]
async fn faults_are_what_they_say() {
    let twin = twin("v1.30.1");
    let fault = |fault: ApiFault| twin.with(|world| world.faults.api = vec![(fault, 1.0)]);
    fault(ApiFault::Refused);
    let refused = begin(&twin, Method::GET, "/version", "", &[]).await.err().unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    fault(ApiFault::Internal);
    assert_eq!(get(&twin, "/version").await.code, 500);
    fault(ApiFault::TooMany);
    let busy = get(&twin, "/version").await;
    assert_eq!((busy.code, &busy.body["details"]["retryAfterSeconds"]), (429, &json!(1)));
    twin.with(|world| world.faults.api.clear());
    twin.with(|world| world.control_plane.serve("cp1", false));
    assert!(begin(&twin, Method::GET, "/version", "", &[]).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn without_etcd_servers_look_well_and_let_most_wait() {
    let twin = twin("v1.35.6");
    twin.with(|world| world.control_plane.keep("cp1", false));
    assert_eq!(get(&twin, "/readyz").await.text, "ok");
    assert_eq!(get(&twin, "/api/v1/nodes?resourceVersion=0").await.code, 200);
    let before = twin.clock().elapsed();
    let read = get(&twin, "/api/v1/nodes").await;
    assert_eq!((read.code, &read.body["reason"]), (504, &json!("Timeout")));
    assert!((twin.clock().elapsed() - before).as_secs() >= 60);
    let back = twin.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        back.with(|world| world.control_plane.keep("cp1", true));
    });
    assert_eq!(get(&twin, "/api/v1/nodes").await.code, 200);
}
