//! An API server that answers with what it is given, behind the real client.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Map, Value, json};
use upgrade_cluster::Cluster;
use upgrade_core::inventory::Inventory;
use upgrade_core::scope::{CloudScope, HostScope, PodScope, Scope};
use upgrade_provider::{Observer as _, PortError, TimeOfDay};

use crate::block_on;

/// Observes the cluster whose API answers so, by path: an object or a list as JSON, a number as a refusal with that
/// status, text as it is.
///
/// # Errors
/// As the observer says.
pub fn observe(answers: Map<String, Value>) -> Result<Inventory, PortError> {
    let answers = Arc::new(answers);
    let scope = Scope { pods: PodScope::All, hosts: HostScope::None, evidence: true, cloud: CloudScope::None };
    block_on(async {
        let service = tower::service_fn(move |request: Request<Body>| {
            let response = answer(&answers, &request);
            async move { Ok::<_, Infallible>(response) }
        });
        let client = Client::new(service, "default");
        Cluster::over(client, "fuzzed", "https://fuzzed", TimeOfDay::system()).observe(&scope).await
    })
}

fn answer(answers: &Map<String, Value>, request: &Request<Body>) -> Response<Body> {
    // A list that goes on ends with its second page: what never ends cannot be observed.
    let next_page = request.uri().query().is_some_and(|query| query.contains("continue="));
    let (code, text) = match answers.get(request.uri().path()) {
        Some(_) if next_page => (200, json!({ "items": [] }).to_string()),
        Some(Value::Number(code)) => {
            let code = code.as_u64().and_then(|code| u16::try_from(code).ok()).filter(|code| (400..600).contains(code));
            refusal(code.unwrap_or(500))
        }
        Some(Value::String(text)) => (200, text.clone()),
        Some(value) => (200, value.to_string()),
        None => refusal(404),
    };
    let mut response = Response::new(Body::from(text.into_bytes()));
    *response.status_mut() = http::StatusCode::from_u16(code).expect("a status between 200 and 599");
    response
}

fn refusal(code: u16) -> (u16, String) {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": "x",
        "message": "refused", "details": {"name": "asked-for"}});
    (code, status.to_string())
}
