//! Creates, replacements, patches and deletions.

use http::Method;
use serde_json::{Value, json};

use super::{Answered, ask, get, put_pods, twin};
use crate::Twin;
use crate::store::{ObjectKey, Resource};

const MAPS: &str = "/api/v1/namespaces/shop/configmaps";
const PODS: &str = "/api/v1/namespaces/shop/pods";
const MERGE: &[(&str, &str)] = &[("content-type", "application/merge-patch+json")];

async fn send(twin: &Twin, method: Method, path: &str, body: Value) -> Answered {
    ask(twin, method, path, &body.to_string(), &[("content-type", "application/json")]).await
}

async fn merge(twin: &Twin, path: &str, body: Value) -> Answered {
    ask(twin, Method::PATCH, path, &body.to_string(), MERGE).await
}

#[tokio::test(start_paused = true)]
async fn an_object_lives_and_dies() {
    let twin = twin("v1.35.6");
    let made = send(&twin, Method::POST, MAPS, json!({"metadata": {"name": "a"}, "data": {"k": "1"}})).await;
    assert_eq!(
        (made.code, &made.body["kind"], &made.body["metadata"]["namespace"]),
        (201, &json!("ConfigMap"), &json!("shop"))
    );
    let again = send(&twin, Method::POST, MAPS, json!({"metadata": {"name": "a"}})).await;
    assert_eq!((again.code, &again.body["message"]), (409, &json!("configmaps \"a\" already exists")));
    let mut changed = made.body.clone();
    changed["data"]["k"] = json!("2");
    let path = &format!("{MAPS}/a");
    let replaced = send(&twin, Method::PUT, path, changed.clone()).await;
    assert_eq!((replaced.code, &replaced.body["data"]["k"]), (200, &json!("2")));
    let stale = send(&twin, Method::PUT, path, changed).await;
    assert_eq!((stale.code, &stale.body["reason"]), (409, &json!("Conflict")));
    let gone = ask(&twin, Method::DELETE, path, "", &[]).await;
    assert_eq!((gone.code, &gone.body["details"]["uid"]), (200, &made.body["metadata"]["uid"]));
    assert_eq!(get(&twin, path).await.code, 404);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_of_a_dry_run() {
    let twin = twin("v1.35.6");
    let made = send(&twin, Method::POST, &format!("{MAPS}?dryRun=All"), json!({"metadata": {"name": "a"}})).await;
    assert_eq!((made.code, &made.body["metadata"]["resourceVersion"]), (201, &Value::Null));
    assert_eq!(get(&twin, &format!("{MAPS}/a")).await.code, 404);
    put_pods(&twin, &["p"]);
    let before = get(&twin, &format!("{PODS}/p")).await.body;
    assert_eq!(ask(&twin, Method::DELETE, &format!("{PODS}/p?dryRun=All"), "", &[]).await.code, 200);
    assert_eq!(
        merge(&twin, &format!("{PODS}/p?dryRun=All"), json!({"metadata": {"labels": {"a": "b"}}})).await.code,
        200
    );
    assert_eq!(get(&twin, &format!("{PODS}/p")).await.body, before);
}

#[tokio::test(start_paused = true)]
async fn patches_insist_on_a_version_only_where_they_name_one() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["p"]);
    let path = &format!("{PODS}/p");
    assert_eq!(
        merge(&twin, path, json!({"metadata": {"labels": {"a": "b", "app": null}}})).await.body["metadata"]["labels"],
        json!({"a": "b"})
    );
    assert_eq!(merge(&twin, path, json!({"metadata": {"resourceVersion": "1"}})).await.code, 409);
    let json_patch = [("content-type", "application/json-patch+json")];
    let test = json!([{"op": "test", "path": "/metadata/labels/a", "value": "c"}]).to_string();
    assert_eq!(ask(&twin, Method::PATCH, path, &test, &json_patch).await.code, 422);
    assert_eq!(ask(&twin, Method::PATCH, path, "{}", &[("content-type", "text/plain")]).await.code, 415);
}

#[tokio::test(start_paused = true)]
async fn what_is_wanted_and_what_is_are_two_things() {
    let twin = twin("v1.35.6");
    let path = "/apis/apps/v1/namespaces/shop/deployments";
    let template =
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    let wanted = json!({"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}, "status": {"replicas": 9}});
    let made = send(&twin, Method::POST, path, wanted).await;
    assert_eq!(made.code, 201, "{}", made.text);
    assert_eq!((&made.body["spec"]["replicas"], &made.body["status"]["replicas"]), (&json!(1), &Value::Null));
    assert_eq!(made.body["spec"]["strategy"]["rollingUpdate"]["maxSurge"], "25%");
    let one = &format!("{path}/web");
    let status =
        merge(&twin, &format!("{one}/status"), json!({"spec": {"replicas": 7}, "status": {"readyReplicas": 1}}))
            .await
            .body;
    assert_eq!(
        (&status["spec"]["replicas"], &status["status"]["readyReplicas"], &status["metadata"]["generation"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let scaled = merge(&twin, &format!("{one}/scale"), json!({"spec": {"replicas": 3}})).await.body;
    assert_eq!((&scaled["kind"], &scaled["spec"]["replicas"]), (&json!("Scale"), &json!(3)));
    let now = get(&twin, one).await.body;
    assert_eq!((&now["spec"]["replicas"], &now["metadata"]["generation"]), (&json!(3), &json!(2)));
    let moved = merge(&twin, one, json!({"spec": {"selector": {"matchLabels": {"app": "other"}}}})).await;
    assert_eq!(moved.code, 422, "{}", moved.text);
}

#[tokio::test(start_paused = true)]
async fn wrong_objects_are_refused_as_real_servers_do() {
    let twin = twin("v1.35.6");
    let name = send(&twin, Method::POST, MAPS, json!({"metadata": {"name": "BAD_NAME"}})).await;
    assert_eq!((name.code, &name.body["details"]["causes"][0]["field"]), (422, &json!("metadata.name")));
    let none = send(&twin, Method::POST, MAPS, json!({})).await;
    assert_eq!(
        none.body["message"],
        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
    );
    let kind = send(&twin, Method::POST, MAPS, json!({"kind": "Secret", "metadata": {"name": "a"}})).await;
    assert_eq!(kind.code, 400);
    let pod = send(&twin, Method::POST, PODS, json!({"metadata": {"name": "a"}})).await;
    assert_eq!(pod.body["message"], "Pod \"a\" is invalid: spec.containers: Required value");
    let place =
        send(&twin, Method::POST, "/api/v1/namespaces/none/configmaps", json!({"metadata": {"name": "a"}})).await;
    assert_eq!((place.code, &place.body["details"]["kind"]), (404, &json!("namespaces")));
    assert_eq!(send(&twin, Method::POST, &format!("{MAPS}/a"), json!({})).await.code, 405);
}

#[tokio::test(start_paused = true)]
async fn a_running_pod_has_time_to_end() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["p", "free"]);
    let key = ObjectKey::new(Resource::PODS, "shop", "p");
    twin.with(|world| world.store.modify(&key, |pod| pod["spec"]["nodeName"] = json!("w1")));
    let path = &format!("{PODS}/p");
    let going = ask(&twin, Method::DELETE, path, "", &[]).await.body;
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 30);
    let sooner = ask(&twin, Method::DELETE, &format!("{path}?gracePeriodSeconds=5"), "", &[]).await.body;
    assert_eq!(sooner["metadata"]["deletionGracePeriodSeconds"], 5);
    let at_once = ask(&twin, Method::DELETE, path, "{\"gracePeriodSeconds\":0}", &[]).await;
    assert_eq!(at_once.code, 200);
    assert_eq!(get(&twin, path).await.code, 404);
    ask(&twin, Method::DELETE, &format!("{PODS}/free"), "", &[]).await;
    assert_eq!(get(&twin, &format!("{PODS}/free")).await.code, 404);
}

#[tokio::test(start_paused = true)]
async fn finalizers_hold_an_object_until_the_last_is_gone() {
    let twin = twin("v1.35.6");
    send(&twin, Method::POST, MAPS, json!({"metadata": {"name": "a", "finalizers": ["example.com/wait"]}})).await;
    let path = &format!("{MAPS}/a");
    let going = ask(&twin, Method::DELETE, path, "", &[]).await.body;
    assert!(going["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(get(&twin, path).await.code, 200);
    assert_eq!(merge(&twin, path, json!({"metadata": {"finalizers": null}})).await.code, 200);
    assert_eq!(get(&twin, path).await.code, 404);
}

#[tokio::test(start_paused = true)]
async fn a_collection_goes_as_selected() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["a", "b"]);
    let list = ask(&twin, Method::DELETE, &format!("{PODS}?fieldSelector=metadata.name%3Da"), "", &[]).await;
    assert_eq!((list.code, list.body["items"].as_array().unwrap().len()), (200, 1));
    assert_eq!(get(&twin, PODS).await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_took_effect_and_is_recorded() {
    let twin = twin("v1.35.6");
    twin.with(|world| world.faults.api = vec![(crate::ApiFault::LostAnswer, 1.0)]);
    let body = json!({"metadata": {"name": "a"}}).to_string();
    assert!(super::begin(&twin, Method::POST, MAPS, &body, &[]).await.is_err());
    twin.with(|world| world.faults.api.clear());
    assert_eq!(get(&twin, &format!("{MAPS}/a")).await.code, 200);
    let requests = twin.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str(), requests[0].status), ("POST", MAPS, 201));
    assert_eq!(requests[0].body, body);
}
