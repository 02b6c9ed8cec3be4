//! Evictions with and without budgets.

use http::Method;
use serde_json::{Value, json};

use super::{Answered, ask, get, put_pods, twin};
use crate::Twin;
use crate::store::{ObjectKey, Resource};

/// A budget that allows so many disruptions of two healthy pods.
fn put_budget(twin: &Twin, name: &str, allowed: i64) {
    twin.with(|world| {
        let budget = json!({
            "metadata": {"name": name, "namespace": "shop", "generation": 1},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
            "status": {"observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": 1, "desiredHealthy": 1},
        });
        world.store.create(Resource::BUDGETS, budget, world.now()).unwrap();
    });
}

fn run(twin: &Twin, name: &str, ready: bool) {
    put_pods(twin, &[name]);
    let key = ObjectKey::new(Resource::PODS, "shop", name);
    let ready = if ready { "True" } else { "False" };
    twin.with(|world| {
        world.store.modify(&key, |pod| {
            pod["spec"]["nodeName"] = json!("w1");
            pod["status"]["conditions"] = json!([{"type": "Ready", "status": ready}]);
        })
    });
}

async fn evict(twin: &Twin, name: &str, options: Value) -> Answered {
    let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "shop"}, "deleteOptions": options});
    let path = format!("/api/v1/namespaces/shop/pods/{name}/eviction");
    ask(twin, Method::POST, &path, &body.to_string(), &[("content-type", "application/json")]).await
}

#[tokio::test(start_paused = true)]
async fn a_budget_lets_so_many_go_and_no_more() {
    let twin = twin("v1.35.6");
    put_budget(&twin, "web", 1);
    run(&twin, "a", true);
    run(&twin, "b", true);
    assert_eq!(evict(&twin, "a", json!({"dryRun": ["All"]})).await.code, 201);
    assert_eq!(evict(&twin, "a", json!({})).await.code, 201);
    let blocked = evict(&twin, "b", json!({})).await;
    assert_eq!(
        (blocked.code, &blocked.body["message"]),
        (429, &json!("Cannot evict pod as it would violate the pod's disruption budget."))
    );
    assert_eq!(
        blocked.body["details"]["causes"],
        json!([{"reason": "DisruptionBudget", "message": "The disruption budget web needs 1 healthy pods and has 1 currently"}])
    );
    let budget = get(&twin, "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web").await.body;
    assert!(budget["status"]["disruptedPods"]["a"].is_string());
    assert_eq!(budget["status"]["conditions"][0]["status"], "False");
    let going = get(&twin, "/api/v1/namespaces/shop/pods/a").await.body;
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(evict(&twin, "a", json!({})).await.code, 201, "what is going is no disruption");
}

#[tokio::test(start_paused = true)]
async fn two_budgets_are_one_too_many() {
    let twin = twin("v1.35.6");
    put_budget(&twin, "one", 1);
    put_budget(&twin, "two", 1);
    run(&twin, "a", true);
    let refused = evict(&twin, "a", json!({})).await;
    assert_eq!((refused.code, &refused.body["reason"]), (500, &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_not_ready_goes_where_the_budget_is_met_without_it() {
    for (minor, code) in [("v1.21.1", 429), ("v1.22.1", 201)] {
        let twin = twin(minor);
        put_budget(&twin, "web", 0);
        run(&twin, "a", false);
        let body = json!({"kind": "Eviction", "metadata": {"name": "a"}}).to_string();
        let path = "/api/v1/namespaces/shop/pods/a/eviction";
        assert_eq!(ask(&twin, Method::POST, path, &body, &[]).await.code, code, "{minor}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_pod_of_the_name_is_left_alone() {
    let twin = twin("v1.35.6");
    run(&twin, "a", true);
    let other = evict(&twin, "a", json!({"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}})).await;
    assert_eq!((other.code, &other.body["details"]), (409, &json!({"name": "a", "kind": "Pod"})));
    assert!(
        other.body["message"]
            .as_str()
            .unwrap()
            .starts_with("Operation cannot be fulfilled on Pod \"a\": the UID in the precondition")
    );
    assert_eq!(evict(&twin, "none", json!({})).await.code, 404);
}
