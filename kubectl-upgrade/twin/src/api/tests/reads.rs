//! Discovery, gets, lists and watches.

use http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::{ask, begin, get, put_pods, twin};
use crate::store::{ObjectKey, Resource};

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_server_tells_what_its_minor_serves() {
    let old = twin("v1.20.15");
    assert_eq!(get(&old, "/version").await.body["gitVersion"], "v1.20.15");
    assert_eq!(get(&old, "/apis/policy").await.body["preferredVersion"]["version"], "v1beta1");
    assert_eq!(get(&old, "/apis/policy/v1").await.code, 404);
    let resources = get(&twin("v1.35.6"), "/api/v1").await.body;
    let pods = resources["resources"].as_array().unwrap().iter().find(|one| one["name"] == "pods").unwrap().clone();
    assert_eq!(pods["shortNames"], json!(["po"]));
    assert_eq!(pods["singularName"], "pod");
    assert_eq!(get(&old, "/readyz").await.text, "ok");
    assert!(get(&old, "/readyz?verbose").await.text.ends_with("readyz check passed\n"));
}

#[tokio::test(start_paused = true)]
async fn absent_things_are_told_apart() {
    let twin = twin("v1.35.6");
    let pod = get(&twin, "/api/v1/namespaces/shop/pods/web").await;
    assert_eq!(pod.code, 404);
    assert_eq!(pod.body["message"], "pods \"web\" not found");
    assert_eq!(pod.body["details"], json!({"name": "web", "kind": "pods"}));
    let kind = get(&twin, "/apis/batch/v1beta1/cronjobs").await;
    assert_eq!((kind.code, &kind.body["details"]), (404, &json!({})));
    assert_eq!(get(&twin, "/nothing").await.text, "404 page not found\n");
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_parts_of_one_version() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["a", "b", "c", "d"]);
    let first = get(&twin, "/api/v1/namespaces/shop/pods?limit=2").await.body;
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a", "b"], &json!(2)));
    twin.with(|world| world.store.remove(&ObjectKey::new(Resource::PODS, "shop", "c")));
    let next =
        format!("/api/v1/namespaces/shop/pods?limit=2&continue={}", first["metadata"]["continue"].as_str().unwrap());
    let second = get(&twin, &next).await.body;
    assert_eq!(names(&second), ["c", "d"]);
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    twin.with(|world| world.store.compact(world.store.version()));
    let expired = get(&twin, &next).await;
    assert_eq!((expired.code, &expired.body["reason"]), (410, &json!("Expired")));
    let rest = format!(
        "/api/v1/namespaces/shop/pods?limit=2&continue={}",
        expired.body["metadata"]["continue"].as_str().unwrap()
    );
    assert_eq!(names(&get(&twin, &rest).await.body), ["d"]);
}

#[tokio::test(start_paused = true)]
async fn versions_of_lists_are_as_asked() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["a"]);
    let then = get(&twin, "/api/v1/namespaces/shop/pods").await.body["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    put_pods(&twin, &["b"]);
    let exact = format!("/api/v1/namespaces/shop/pods?resourceVersion={then}&resourceVersionMatch=Exact");
    assert_eq!(names(&get(&twin, &exact).await.body), ["a"]);
    let newer = format!("/api/v1/namespaces/shop/pods?resourceVersion={then}");
    assert_eq!(names(&get(&twin, &newer).await.body), ["a", "b"]);
    let future = get(&twin, "/api/v1/namespaces/shop/pods?resourceVersion=99999").await;
    assert_eq!((future.code, &future.body["details"]["causes"][0]["reason"]), (504, &json!("ResourceVersionTooLarge")));
    assert_eq!(get(&twin, "/api/v1/namespaces/shop/pods?resourceVersionMatch=Exact").await.code, 422);
}

#[tokio::test(start_paused = true)]
async fn metadata_can_be_had_alone() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["a"]);
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    let list = ask(&twin, Method::GET, "/api/v1/namespaces/shop/pods", "", &[("accept", accept)]).await.body;
    assert_eq!((&list["kind"], &list["items"][0]["spec"]), (&json!("PartialObjectMetadataList"), &Value::Null));
    assert_eq!(names(&list), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_what_is_there_and_what_happens() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["a"]);
    let path = "/api/v1/namespaces/shop/pods?watch=1&labelSelector=app%3Dweb&timeoutSeconds=10";
    let response = begin(&twin, Method::GET, path, "", &[]).await.unwrap();
    let key = ObjectKey::new(Resource::PODS, "shop", "a");
    twin.with(|world| world.store.modify(&key, |pod| pod["metadata"]["labels"]["app"] = json!("db")));
    twin.with(|world| world.store.modify(&key, |pod| pod["metadata"]["labels"]["app"] = json!("web")));
    twin.with(|world| world.store.remove(&key));
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let events: Vec<Value> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ADDED", "DELETED", "ADDED", "DELETED"]);
    assert_eq!(events[1]["object"]["metadata"]["labels"]["app"], "web");
    let versions: Vec<u64> = events
        .iter()
        .map(|event| event["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_from_the_forgotten_past_ends_with_an_error() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["a"]);
    twin.with(|world| world.store.compact(world.store.version()));
    let gone = get(&twin, "/api/v1/namespaces/shop/pods?watch=true&resourceVersion=1").await;
    assert_eq!((gone.code, &gone.body["type"], &gone.body["object"]["code"]), (200, &json!("ERROR"), &json!(410)));
}

#[tokio::test(start_paused = true)]
async fn initial_events_end_with_a_bookmark() {
    let twin = twin("v1.35.6");
    put_pods(&twin, &["a"]);
    let path = "/api/v1/namespaces/shop/pods?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=2";
    let text = get(&twin, path).await.text;
    let last: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(last["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
}
