//! What is done to nodes: cordons, taints, labels, drains; and watches of it.

use std::io::Read as _;
use std::time::{Duration, Instant};

use crate::session::{Session, with_each, with_ends, with_oldest_server};

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'web:1'}]
";

fn budget(session: &Session, minimum: u32) -> String {
    let version = if session.server_since(21) { "policy/v1" } else { "policy/v1beta1" };
    format!(
        "apiVersion: {version}\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\n\
         spec: {{minAvailable: {minimum}, selector: {{matchLabels: {{app: web}}}}}}\n"
    )
}

/// How many pods of the Deployment are on a node.
fn pods_on(session: &Session, node: &str) -> usize {
    let selector = format!("spec.nodeName={node}");
    session.tell(&["get", "pods", "-l", "app=web", "--field-selector", &selector, "-o", "name"]).lines().count()
}

fn status(session: &Session, node: &str) -> String {
    let line = session.tell(&["get", "node", node, "--no-headers"]);
    line.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn cordons_taints_labels_and_annotations() {
    with_each(|session| {
        assert_eq!(session.tell(&["cordon", "w1"]), "node/w1 cordoned\n");
        assert_eq!(status(session, "w1"), "Ready,SchedulingDisabled");
        assert_eq!(session.tell(&["cordon", "w1"]), "node/w1 already cordoned\n");
        assert_eq!(session.tell(&["uncordon", "w1"]), "node/w1 uncordoned\n");
        assert_eq!(status(session, "w1"), "Ready");
        session.tell(&["taint", "node", "w1", "dedicated=batch:NoSchedule"]);
        assert!(session.tell(&["describe", "node", "w1"]).contains("dedicated=batch:NoSchedule"));
        session.tell(&["taint", "node", "w1", "dedicated-"]);
        session.tell(&["label", "node", "w1", "disk=ssd"]);
        assert_eq!(session.tell(&["get", "nodes", "-l", "disk=ssd", "-o", "name"]), "node/w1\n");
        session.tell(&["label", "node", "w1", "disk-"]);
        session.tell(&["annotate", "node", "w1", "example.com/owner=ops"]);
        let node = session.json(&["get", "node", "w1"]);
        assert_eq!(node["metadata"]["annotations"]["example.com/owner"], "ops");
        assert_eq!(node["metadata"]["labels"]["disk"], serde_json::Value::Null);
        assert!(node["spec"]["taints"].as_array().is_none_or(Vec::is_empty), "{}", node["spec"]);
    });
}

#[test]
fn a_drain_moves_every_pod_within_the_budget() {
    with_each(drain);
}

#[test]
fn a_drain_of_the_oldest_server() {
    with_oldest_server(drain);
}

fn drain(session: &Session) {
    let (web, budget) = (session.file("web.yaml", WEB), session.file("budget.yaml", &budget(session, 3)));
    session.tell(&["apply", "-f", &web]);
    session.tell(&["rollout", "status", "deployment/web", "--timeout", "60s"]);
    session.tell(&["apply", "-f", &budget]);
    assert!(pods_on(session, "w1") > 0);
    let refused = session.ask(&["drain", "w1"]);
    assert!(!refused.ok && refused.err.contains("--ignore-daemonsets"), "{}{}", refused.out, refused.err);
    let drained = session.ask(&["drain", "w1", "--ignore-daemonsets", "--timeout", "120s"]);
    assert!(drained.ok, "{}{}", drained.out, drained.err);
    assert!(drained.out.contains("evicting pod"), "{}", drained.out);
    assert!(drained.out.trim_end().ends_with("drained") || drained.out.contains("node/w1 evicted"), "{}", drained.out);
    assert_eq!(pods_on(session, "w1"), 0);
    session.tell(&["rollout", "status", "deployment/web", "--timeout", "60s"]);
    assert_eq!(pods_on(session, "w2"), 4);
    session.tell(&["uncordon", "w1"]);
}

#[test]
fn a_drain_gives_up_where_the_budget_never_allows() {
    with_ends(|session| {
        let (web, budget) = (session.file("web.yaml", WEB), session.file("budget.yaml", &budget(session, 4)));
        session.tell(&["apply", "-f", &web]);
        session.tell(&["rollout", "status", "deployment/web", "--timeout", "60s"]);
        session.tell(&["apply", "-f", &budget]);
        let before = pods_on(session, "w1");
        let drained = session.ask(&["drain", "w1", "--ignore-daemonsets", "--timeout", "3s"]);
        assert!(!drained.ok);
        assert!(drained.err.contains("violate the pod's disruption budget"), "{}{}", drained.out, drained.err);
        assert_eq!(pods_on(session, "w1"), before);
    });
}

#[test]
fn a_watch_sees_a_change() {
    with_each(|session| {
        let mut watch = session.beside(&["get", "nodes", "--watch"]);
        let mut out = watch.stdout.take().unwrap();
        let lines = std::thread::spawn(move || {
            let (mut text, mut bytes) = (Vec::new(), [0; 1024]);
            while let Ok(read @ 1..) = out.read(&mut bytes) {
                text.extend_from_slice(&bytes[..read]);
                if String::from_utf8_lossy(&text).contains("SchedulingDisabled") {
                    break;
                }
            }
            String::from_utf8_lossy(&text).into_owned()
        });
        let begun = Instant::now();
        // The watch may not have begun yet.
        while !lines.is_finished() && begun.elapsed() < Duration::from_secs(30) {
            session.tell(&["cordon", "w2"]);
            session.tell(&["uncordon", "w2"]);
        }
        watch.kill().unwrap();
        watch.wait().unwrap();
        let text = lines.join().unwrap();
        assert_eq!(text.matches("NAME").count(), 1, "{text}");
        let last = text.lines().last().unwrap_or_default();
        assert!(last.starts_with("w2") && last.contains("Ready,SchedulingDisabled"), "{text}");
    });
}
