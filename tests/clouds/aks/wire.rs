//! What the models are, and that breaking them is noticed.

use serde_json::{Value, json};

use crate::az;
use crate::clusters::CLUSTER;
use crate::model::Asked;

#[test]
fn the_models_are_read_whole() {
    let Some(model) = az::model() else { return };
    assert!(model.operations().len() > 60, "{}", model.operations().len());
    for operation in model.operations() {
        assert!(!operation.statuses.is_empty(), "{operation:?}");
        assert!(operation.method != "PUT" || operation.asks.is_some(), "{operation:?}");
        assert!(operation.method != "GET" || operation.answers.is_some(), "{operation:?}");
    }
    let properties = model.class("ManagedClusterProperties");
    assert!(properties["currentKubernetesVersion"].read_only && !properties["kubernetesVersion"].read_only);
    assert!(model.class("ManagedCluster").contains_key("tags"), "of its base");
    assert!(model.class("ManagedClusterUpgradeProfileProperties")["controlPlaneProfile"].required);
}

#[test]
fn what_breaks_them_is_noticed() {
    let Some(model) = az::model() else { return };
    let request = |body: Value| {
        let body = body.to_string();
        let query = "api-version=2026-06-01";
        model.check_request(&Asked { method: "PUT", path: CLUSTER, query, body: body.as_bytes() })
    };
    assert_eq!(request(json!({"location": "westeurope", "properties": {"kubernetesVersion": "1.34.6"}})), [""; 0]);
    for (body, word) in [
        (json!({"properties": {}}), "location is missing"),
        (json!({"location": "l", "properties": {"fqdn": "x"}}), "for Azure alone"),
        (json!({"location": "l", "properties": {"kubernetesVersions": "1"}}), "is no field"),
        (json!({"location": "l", "properties": {"supportPlan": "Gold"}}), "none of"),
        (
            json!({"location": "l", "properties": {"agentPoolProfiles": [{"name": "a", "count": "3"}]}}),
            "expected Integer",
        ),
    ] {
        let wrong = request(body);
        assert!(wrong.len() == 1 && wrong[0].contains(word), "{word}: {wrong:?}");
    }
    let reply = |status, body: Value| model.check_reply("GET", CLUSTER, status, body.to_string().as_bytes());
    assert_eq!(reply(200, json!({"location": "l"})), [""; 0]);
    assert!(reply(201, json!({"location": "l"}))[0].contains("expected a status"));
    assert!(reply(404, json!({"error": {"code": "X"}}))[0].contains("no message"));
    let stray = Asked { method: "GET", path: &format!("{CLUSTER}/nonsense"), query: "", body: b"" };
    assert!(model.check_request(&stray)[0].contains("no operation"));
}
