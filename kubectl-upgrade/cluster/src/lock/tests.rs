use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::testing::{Asked, Reply, Server, healthy};

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kubectl-upgrade";

/// A server that keeps one object with resource versions, as the real one does.
async fn server(object: Option<Value>, leases: bool) -> (Server, Arc<Mutex<Option<Value>>>) {
    let kept = Arc::new(Mutex::new(object));
    let state = kept.clone();
    let answer = move |asked: &Asked| {
        let mut kept = state.lock().unwrap();
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        let collides = |kept: &Option<Value>, wanted: Value| kept.as_ref().is_some_and(|kept| version(kept) != wanted);
        match (asked.method.as_str(), asked.at()) {
            ("GET", "/apis") if !leases => Reply::ok(json!({"groups": []})),
            ("GET", path) if path.ends_with("/kubectl-upgrade") => match &*kept {
                Some(object) => Reply::ok(object.clone()),
                None => Reply::not_found(),
            },
            ("POST", _) if kept.is_some() => Reply::status(409, "AlreadyExists", "exists", json!({})),
            ("PUT", _) if collides(&kept, version(&asked.body)) => {
                Reply::status(409, "Conflict", "modified", json!({}))
            }
            ("POST" | "PUT", _) => {
                let mut object = asked.body.clone();
                let next = kept.as_ref().map_or(1, |kept| version(kept).as_str().unwrap().parse::<u32>().unwrap() + 1);
                object["metadata"]["resourceVersion"] = json!(next.to_string());
                object["metadata"]["uid"] = json!("lease-uid");
                *kept = Some(object.clone());
                Reply::ok(object)
            }
            ("DELETE", _) if collides(&kept, asked.body["preconditions"]["resourceVersion"].clone()) => {
                Reply::status(409, "Conflict", "modified", json!({}))
            }
            ("DELETE", LEASE) => {
                *kept = None;
                Reply::ok(json!({}))
            }
            _ => healthy(asked),
        }
    };
    (Server::start(answer).await, kept)
}

fn lock(server: &Server, run: &str) -> ClusterLock {
    ClusterLock::new(&server.cluster(), "jane@laptop", RunId::new(run))
}

#[tokio::test]
async fn one_run_at_a_time() {
    let (server, kept) = server(None, true).await;
    let (first, second) = (lock(&server, "run-1"), lock(&server, "run-2"));
    first.acquire(false).await.unwrap();
    first.renew().await.unwrap();
    let LockError::Taken { holder, renewed_s_ago, stale } = second.acquire(false).await.unwrap_err() else { panic!() };
    assert_eq!((holder.as_str(), stale), ("run-1 jane@laptop", false));
    assert!(renewed_s_ago < 5);
    second.release().await.unwrap();
    assert_eq!(kept.lock().unwrap().as_ref().unwrap()["spec"]["leaseTransitions"], 0);
    first.release().await.unwrap();
    assert!(kept.lock().unwrap().is_none());
    second.acquire(false).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_was_taken_over_is_lost() {
    let (server, kept) = server(None, true).await;
    let (first, second) = (lock(&server, "run-1"), lock(&server, "run-2"));
    first.acquire(false).await.unwrap();
    second.acquire(true).await.unwrap();
    assert_eq!(kept.lock().unwrap().as_ref().unwrap()["spec"]["leaseTransitions"], 1);
    assert!(matches!(first.renew().await, Err(LockError::Taken { holder, .. }) if holder == "run-2 jane@laptop"));
    second.release().await.unwrap();
    assert!(matches!(first.renew().await, Err(LockError::Taken { .. })), "another run may have come and gone");
}

#[tokio::test]
async fn a_lock_that_was_not_renewed_is_called_stale_but_not_taken() {
    let spec = json!({"holderIdentity": "run-0 joe@desk", "leaseDurationSeconds": 60, "renewTime": "2026-01-01T00:00:00.000000Z"});
    let old = json!({"metadata": {"resourceVersion": "4", "uid": "lease-uid"}, "spec": spec});
    let (server, _) = server(Some(old), true).await;
    let lock = lock(&server, "run-1");
    assert!(matches!(lock.acquire(false).await, Err(LockError::Taken { stale: true, .. })));
    lock.acquire(true).await.unwrap();
    lock.renew().await.unwrap();
}

#[tokio::test]
async fn the_same_run_resumed_elsewhere_still_holds_it() {
    let (server, _) = server(None, true).await;
    lock(&server, "run-1").acquire(false).await.unwrap();
    let resumed = ClusterLock::new(&server.cluster(), "jane@bastion", RunId::new("run-1"));
    resumed.acquire(false).await.unwrap();
}

#[tokio::test]
async fn without_leases_a_config_map_does() {
    let (server, kept) = server(None, false).await;
    let (first, second) = (lock(&server, "run-1"), lock(&server, "run-2"));
    first.acquire(false).await.unwrap();
    assert_eq!(kept.lock().unwrap().as_ref().unwrap()["kind"], "ConfigMap");
    assert!(matches!(second.acquire(false).await, Err(LockError::Taken { stale: false, .. })));
    first.renew().await.unwrap();
}

#[tokio::test]
async fn an_api_server_that_is_starting_does_not_lose_the_lock() {
    let starting = Arc::new(Mutex::new(false));
    let (seen, kept) = (starting.clone(), Arc::new(Mutex::new(None::<Value>)));
    let server = Server::start(move |asked: &Asked| {
        let mut kept = kept.lock().unwrap();
        match (asked.method.as_str(), asked.at(), *seen.lock().unwrap()) {
            ("GET", "/apis", true) => Reply::ok(json!({"groups": []})),
            (_, path, true) if path.contains("coordination") => Reply::no_such_resource(),
            ("GET", LEASE, false) => kept.clone().map_or_else(Reply::not_found, Reply::ok),
            ("POST" | "PUT", _, false) => {
                let mut object = asked.body.clone();
                object["metadata"]["resourceVersion"] = json!("1");
                object["metadata"]["uid"] = json!("lease-uid");
                *kept = Some(object.clone());
                Reply::ok(object)
            }
            _ => healthy(asked),
        }
    })
    .await;
    let lock = lock(&server, "run-1");
    lock.acquire(false).await.unwrap();
    *starting.lock().unwrap() = true;
    assert!(matches!(lock.renew().await, Err(LockError::Port(_))), "not known is not lost");
    *starting.lock().unwrap() = false;
    lock.renew().await.unwrap();
}

/// A server with Leases on which a run that began before it had them keeps its lock. Another one behind the same address
/// may not have them yet: who asks for one is told that there is no such thing.
async fn grown_server(holder: &str) -> (Server, Arc<Mutex<Value>>) {
    let map = json!({"metadata": {"resourceVersion": "3", "uid": "map-uid", "annotations": {
        "kubectl-upgrade.io/holder": holder, "kubectl-upgrade.io/renewed": "2026-01-01T00:00:00.000000Z"}}});
    let kept = Arc::new(Mutex::new(map));
    let state = kept.clone();
    let answer = move |asked: &Asked| match (asked.method.as_str(), asked.at()) {
        (_, path) if path.contains("/leases") => Reply::no_such_resource(),
        ("GET", CONFIG_MAP) => Reply::ok(state.lock().unwrap().clone()),
        ("PUT", CONFIG_MAP) => {
            *state.lock().unwrap() = asked.body.clone();
            Reply::ok(asked.body.clone())
        }
        _ => healthy(asked),
    };
    (Server::start(answer).await, kept)
}

const CONFIG_MAP: &str = "/api/v1/namespaces/kube-system/configmaps/kubectl-upgrade";

#[tokio::test]
async fn a_run_that_began_before_leases_keeps_others_away_and_its_config_map() {
    let holder = |kept: &Arc<Mutex<Value>>| {
        let kept = kept.lock().unwrap();
        kept["metadata"]["annotations"]["kubectl-upgrade.io/holder"].as_str().unwrap().to_owned()
    };
    let (server, kept) = grown_server("run-1 jane@laptop").await;
    let other = lock(&server, "run-2").acquire(false).await.unwrap_err();
    assert!(matches!(other, LockError::Taken { holder, stale: true, .. } if holder == "run-1 jane@laptop"));
    lock(&server, "run-1").acquire(false).await.unwrap();
    assert_eq!(holder(&kept), "run-1 jane@laptop");
    let renewed = kept.lock().unwrap()["metadata"]["annotations"]["kubectl-upgrade.io/renewed"].clone();
    assert_ne!(renewed, json!("2026-01-01T00:00:00.000000Z"));

    lock(&server, "run-2").acquire(true).await.unwrap();
    assert_eq!(holder(&kept), "run-2 jane@laptop", "taken over knowingly");
}
