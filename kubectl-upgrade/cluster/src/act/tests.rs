use std::sync::Mutex;

use serde_json::{Value, json};
use upgrade_core::ids::{RunId, StepId};
use upgrade_core::plan::{Limits, Reversal};
use upgrade_core::version::Version;

use super::*;
use crate::marks::CORDONED_BY;
use crate::testing::{Asked, Reply, Server, budget, healthy, node, pod};

fn step(action: Action) -> Step {
    let limits = Limits { deadline_s: 60, quiet_s: 60 };
    Step { id: StepId(1), action, expects: vec![], goal: vec![], limits, reversal: Reversal::Nothing, interrupts: None }
}

fn w1() -> NodeName {
    NodeName::new("w1")
}

fn key() -> OperationKey {
    OperationKey { run: RunId::new("run-2"), step: StepId(1), attempt: 1 }
}

/// Runs a step to its first answer.
async fn done(server: &Server, action: Action) -> Result<OperationStatus, PortError> {
    let (cluster, step) = (server.cluster(), step(action));
    let operation = cluster.begin(&step, &key()).await?;
    // Another process knows nothing but the name.
    server.cluster().poll(&step, &operation, Duration::from_millis(600)).await
}

fn said(status: OperationStatus) -> String {
    match status {
        OperationStatus::Succeeded { observed, .. } => observed.join(" "),
        other => panic!("{other:?}"),
    }
}

async fn node_server(unschedulable: bool, mark: Option<&'static str>) -> Server {
    Server::start(move |asked| match (asked.method.as_str(), asked.at()) {
        ("GET", "/api/v1/nodes/w1") => {
            let mut object = node("w1", false);
            object["spec"]["unschedulable"] = json!(unschedulable);
            if let Some(mark) = mark {
                object["metadata"]["annotations"] = json!({CORDONED_BY: mark});
            }
            Reply::ok(object)
        }
        ("PATCH", "/api/v1/nodes/w1") => Reply::ok(json!({})),
        _ => healthy(asked),
    })
    .await
}

#[tokio::test]
async fn a_cordon_is_marked_and_bound_to_what_was_read() {
    let server = node_server(false, None).await;
    let status = done(&server, Action::Cordon { node: w1() }).await.unwrap();
    assert_eq!(said(status), "w1 cordoned in this run's name");
    let patch = &server.asked("PATCH")[0].body;
    let metadata = json!({"resourceVersion": "7", "annotations": {CORDONED_BY: "run-2"}});
    assert_eq!(*patch, json!({"metadata": metadata, "spec": {"unschedulable": true}}));
}

#[tokio::test]
async fn someone_elses_cordon_is_neither_marked_nor_lifted() {
    let server = node_server(true, None).await;
    let cordon = done(&server, Action::Cordon { node: w1() }).await.unwrap();
    assert_eq!(said(cordon), "w1 left: cordoned by someone else");
    let uncordon = done(&server, Action::Uncordon { node: w1() }).await.unwrap();
    assert_eq!(said(uncordon), "w1 left: the cordon is not this tool's");
    assert!(server.asked("PATCH").is_empty());
}

#[tokio::test]
async fn the_cordon_of_an_earlier_run_is_ours_too() {
    let server = node_server(true, Some("run-1")).await;
    done(&server, Action::Cordon { node: w1() }).await.unwrap();
    let status = done(&server, Action::Uncordon { node: w1() }).await.unwrap();
    assert_eq!(said(status), "w1 schedulable again");
    let patches = server.asked("PATCH");
    assert_eq!(patches[0].body["metadata"]["annotations"], json!({CORDONED_BY: "run-2"}));
    assert_eq!(patches[1].body["metadata"]["annotations"], json!({CORDONED_BY: null}));
    assert_eq!(patches[1].body["spec"], json!({"unschedulable": null}));
}

#[tokio::test]
async fn cordoning_twice_changes_once() {
    let server = node_server(true, Some("run-2")).await;
    assert_eq!(said(done(&server, Action::Cordon { node: w1() }).await.unwrap()), "w1 cordoned in this run's name");
    assert!(server.asked("PATCH").is_empty());
}

#[tokio::test]
async fn a_change_in_between_is_looked_at_again() {
    let patched = Mutex::new(0);
    let server = Server::start(move |asked| match (asked.method.as_str(), asked.at()) {
        ("GET", "/api/v1/nodes/w1") => Reply::ok(node("w1", false)),
        ("PATCH", _) => {
            let mut patched = patched.lock().unwrap();
            *patched += 1;
            if *patched == 1 { Reply::status(409, "Conflict", "modified", json!({})) } else { Reply::ok(json!({})) }
        }
        _ => healthy(asked),
    })
    .await;
    done(&server, Action::Cordon { node: w1() }).await.unwrap();
    assert_eq!(server.asked("PATCH").len(), 2);
}

#[tokio::test]
async fn what_is_done_on_a_host_is_refused() {
    let server = Server::start(healthy).await;
    let action = Action::RestartKubelet { node: w1(), version: "1.35.6".parse().unwrap() };
    assert_eq!(done(&server, action).await.unwrap_err().kind, ErrorKind::Refused);
}

fn drain(policy: DrainPolicy) -> Action {
    Action::Drain { node: w1(), policy, seen: DrainForecast { evicted: 3, left: 0, budgets: vec![] } }
}

async fn drain_server(pods: Value, budgets: Value, evict: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked| match asked.at() {
        path if path.ends_with("/eviction") => evict(asked),
        _ if asked.path.contains("watch=true") => Reply::Text(200, "{\"type\":\"MODIFIED\"}\n"),
        "/api/v1/pods" => Reply::ok(json!({"metadata": {"resourceVersion": "5"}, "items": pods})),
        "/apis/policy/v1/poddisruptionbudgets" => Reply::ok(json!({"items": budgets})),
        _ => healthy(asked),
    })
    .await
}

fn blocked_by_budget(_: &Asked) -> Reply {
    let causes = json!([{"reason": "DisruptionBudget", "message": "The disruption budget web needs 1 healthy pods and has 1 currently"}]);
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Reply::status(429, "TooManyRequests", message, json!({"causes": causes}))
}

#[tokio::test]
async fn evictions_carry_grace_period_and_uid_in_the_right_field() {
    let server = drain_server(json!([pod("web-1"), pod("web-2")]), json!([]), |_| Reply::Json(201, json!({}))).await;
    let policy = DrainPolicy { grace_period_s: Some(7), ..DrainPolicy::default() };
    let status = done(&server, drain(policy)).await.unwrap();
    let OperationStatus::Running { text, done, total, blocked } = status else { panic!("{status:?}") };
    assert_eq!((text.as_str(), done, total), ("1 of 3 pods gone · 2 ending", Some(1), Some(3)));
    assert!(blocked.is_empty());
    let asked = server.asked("POST");
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().any(|asked| asked.body
        == json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": "shop", "name": "web-1"},
            "deleteOptions": {"preconditions": {"uid": "uid-web-1"}, "gracePeriodSeconds": 7}})));
}

#[tokio::test]
async fn a_drained_node_is_done_and_what_stays_stays() {
    let mut daemon = pod("logs");
    daemon["metadata"]["ownerReferences"][0]["kind"] = json!("DaemonSet");
    let server = drain_server(json!([daemon]), json!([]), |_| panic!("nothing is to be evicted")).await;
    let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
    assert_eq!(said(status), "no pod that could be evicted is left on w1");
}

#[tokio::test]
async fn a_pod_that_is_ending_is_not_evicted_again_and_counts_until_it_is_gone() {
    let mut ending = pod("web-1");
    ending["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    ending["metadata"]["ownerReferences"] = json!([]);
    let server = drain_server(json!([ending]), json!([]), |_| panic!("it is going")).await;
    let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
    let OperationStatus::Running { text, .. } = status else { panic!("{status:?}") };
    assert_eq!(text, "2 of 3 pods gone · shop/web-1 should have ended at 00:00:00Z: is its kubelet alive?");
}

#[tokio::test]
async fn a_pod_that_is_gone_or_another_is_no_error() {
    for code in [404, 409] {
        let evict = move |_: &Asked| Reply::status(code, "", "gone", json!({}));
        let server = drain_server(json!([pod("web-1")]), json!([]), evict).await;
        let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
        assert!(matches!(status, OperationStatus::Running { ref blocked, .. } if blocked.is_empty()), "{status:?}");
    }
}

#[tokio::test]
async fn a_refusal_for_now_names_pod_budget_and_numbers() {
    let server = drain_server(json!([pod("web-1")]), json!([budget("web", 1, 2)]), blocked_by_budget).await;
    let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
    let OperationStatus::Running { text, blocked, .. } = status else { panic!("{status:?}") };
    assert_eq!(blocked[0].budgets, ["shop/web: needs 1 healthy, has 1, expected 2"]);
    assert!(blocked[0].refusal.starts_with("The disruption budget web needs 1"));
    assert_eq!(text, "2 of 3 pods gone", "the blocked pod speaks for itself");
}

/// A StatefulSet that puts back the pod just evicted leaves its budget counting one pod of which one must stay.
#[tokio::test]
async fn a_budget_that_seems_to_allow_nothing_ever_is_waited_for() {
    let server = drain_server(json!([pod("web-1")]), json!([budget("web", 1, 1)]), blocked_by_budget).await;
    let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
    let OperationStatus::Running { blocked, .. } = status else { panic!("{status:?}") };
    assert_eq!(blocked[0].budgets, ["shop/web: needs 1 healthy, has 1, expected 1"]);
}

#[tokio::test]
async fn two_budgets_over_one_pod_fail_with_both_names() {
    let evict = |_: &Asked| {
        let message =
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        Reply::status(500, "", message, json!({}))
    };
    let budgets = json!([budget("web", 1, 2), budget("also", 1, 2)]);
    let server = drain_server(json!([pod("web-1")]), budgets, evict).await;
    let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
    let OperationStatus::Failed { error, .. } = status else { panic!("{status:?}") };
    assert!(error.starts_with("shop/web-1 is covered by shop/web and shop/also: "), "{error}");
}

#[tokio::test]
async fn a_busy_server_is_neither_a_budget_nor_a_failure() {
    let evict = |_: &Asked| Reply::status(429, "TooManyRequests", "too many requests, please try again", json!({}));
    let server = drain_server(json!([pod("web-1")]), json!([]), evict).await;
    let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
    assert!(matches!(status, OperationStatus::Running { ref blocked, .. } if blocked.is_empty()), "{status:?}");
}

#[tokio::test]
async fn nothing_is_evicted_while_consent_is_missing() {
    let mut naked = pod("naked");
    naked["metadata"]["ownerReferences"] = json!([]);
    let mut data = pod("data");
    data["spec"]["volumes"] = json!([{"name": "scratch", "emptyDir": {}}]);
    let server = drain_server(json!([pod("web-1"), naked, data]), json!([]), |_| panic!("without consent")).await;
    let status = done(&server, drain(DrainPolicy::default())).await.unwrap();
    let OperationStatus::Failed { error, hint, .. } = status else { panic!("{status:?}") };
    assert!(error.contains("shop/naked has no controller") && error.contains("shop/data keeps data"), "{error}");
    assert!(hint.unwrap().ends_with("--delete-emptydir-data --force-unmanaged"));
}

#[tokio::test]
async fn a_missing_right_is_an_error_that_names_it() {
    let evict = |_: &Asked| Reply::status(403, "Forbidden", "no", json!({}));
    let server = drain_server(json!([pod("web-1")]), json!([]), evict).await;
    let error = done(&server, drain(DrainPolicy::default())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert_eq!(error.message, "you may not create pods/eviction in namespace shop");
}

fn coredns(image: &'static str) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| match (asked.method.as_str(), asked.at()) {
        ("GET", "/apis/apps/v1/namespaces/kube-system/deployments/coredns") => Reply::ok(json!({
            "metadata": {"name": "coredns", "resourceVersion": "7"},
            "spec": {"template": {"spec": {"containers": [{"name": "side", "image": "x:1"}, {"name": "coredns", "image": image}]}}}})),
        ("PATCH", "/apis/apps/v1/namespaces/kube-system/deployments/coredns") => Reply::ok(json!({})),
        _ => healthy(asked),
    }
}

#[tokio::test]
async fn an_image_is_changed_only_where_it_is_the_one_that_was_planned_with() {
    let dns = NewDns {
        from: Version::new(1, 12, 1),
        to: Version::new(1, 13, 1),
        container: "coredns".to_owned(),
        replaces: "r/coredns:v1.12.1".to_owned(),
        image: "r/coredns:v1.13.1".to_owned(),
    };
    let action = || Action::Component(ComponentAction::CoreDnsImage(dns.clone()));
    let server = Server::start(coredns("r/coredns:v1.12.1")).await;
    let status = done(&server, action()).await.unwrap();
    assert_eq!(said(status), "deployment coredns has image r/coredns:v1.13.1");
    let containers = json!([{"name": "coredns", "image": "r/coredns:v1.13.1"}]);
    let expected =
        json!({"metadata": {"resourceVersion": "7"}, "spec": {"template": {"spec": {"containers": containers}}}});
    assert_eq!(server.asked("PATCH")[0].body, expected);

    let begun = Server::start(coredns("r/coredns:v1.13.1")).await;
    done(&begun, action()).await.unwrap();
    let other = Server::start(coredns("r/coredns:v1.11.0")).await;
    let error = done(&other, action()).await.unwrap_err();
    assert!(error.to_string().contains("with image r/coredns:v1.12.1, found \"r/coredns:v1.11.0\""), "{error}");
    assert!(begun.asked("PATCH").is_empty() && other.asked("PATCH").is_empty());
}
