//! The front, asked as Azure is.

mod changes;
mod refusals;
mod rollouts;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use crate::api;
use crate::blueprint::Scenario;
use crate::clouds::faults::CloudFaults;
use crate::json::{at, text};
use crate::testing::pass;
use crate::{Twin, clouds};

pub(super) const CLUSTER: &str = "/subscriptions/5f2c9a10-7d1e-4c0b-9a57-0d3f4b6e8c21/resourceGroups/shop/providers/\
                                  Microsoft.ContainerService/managedClusters/shop";

/// An answer.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Value,
    headers: Vec<(&'static str, String)>,
}

impl Answered {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn code(&self) -> &str {
        text(&self.body, "/code")
    }

    pub(super) fn get(&self, pointer: &str) -> &Value {
        at(&self.body, pointer)
    }
}

/// The cluster of the scenario, whose faults are these.
pub(super) fn start(faults: CloudFaults) -> Twin {
    let twin = Twin::start(&Scenario::named("aks").unwrap().blueprint(), 7).unwrap();
    twin.with(|world| world.cloud.as_mut().unwrap().faults = faults);
    twin
}

pub(super) fn ask(twin: &Twin, method: Method, path: &str, headers: &[(&'static str, &str)], body: Value) -> Answered {
    let joint = if path.contains('?') { '&' } else { '?' };
    let path =
        if path.contains("api-version=") { path.to_owned() } else { format!("{path}{joint}api-version=2026-06-01") };
    let uri: Uri = path.parse().unwrap();
    let mut given = HeaderMap::new();
    given.insert("authorization", "Bearer token".parse().unwrap());
    given.insert("host", "127.0.0.1:7443".parse().unwrap());
    for (name, value) in headers {
        given.insert(*name, value.parse().unwrap());
    }
    let words: Vec<String> = uri.path().split('/').skip(1).map(str::to_owned).collect();
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let call = api::Call::new(method, uri, given, body);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let answer = twin.with(|world| super::answer(world, &call, &words));
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    Answered { status: answer.status, body, headers: answer.headers }
}

pub(super) fn get(twin: &Twin, path: &str) -> Answered {
    ask(twin, Method::GET, path, &[], Value::Null)
}

/// Reads a resource, changes it, and puts it back as it was read.
pub(super) fn put(twin: &Twin, path: &str, change: impl FnOnce(&mut Value)) -> Answered {
    let mut value = get(twin, path).body;
    change(&mut value);
    ask(twin, Method::PUT, path, &[], value)
}

/// Waits until the operation that began has ended: its status, and its error.
pub(super) async fn ended(twin: &Twin, begun: &Answered) -> (String, Value) {
    let at = begun.header("azure-asyncoperation").unwrap().strip_prefix("https://127.0.0.1:7443").unwrap();
    for _ in 0..10_000 {
        let operation = get(twin, at);
        assert_eq!(operation.status, 200);
        let status = text(&operation.body, "/status");
        if !matches!(status, "InProgress" | "Canceling") {
            return (status.to_owned(), operation.get("/error").clone());
        }
        pass(5).await;
    }
    panic!("the operation does not end");
}

pub(super) fn pool(name: &str) -> String {
    format!("{CLUSTER}/agentPools/{name}")
}

/// Brings the control plane one minor on.
pub(super) async fn plane_to(twin: &Twin, version: &str) {
    let begun = put(twin, CLUSTER, |cluster| cluster["properties"]["kubernetesVersion"] = json!(version));
    assert_eq!(begun.status, 200, "{}", begun.body);
    assert_eq!(ended(twin, &begun).await, ("Succeeded".to_owned(), Value::Null));
}
