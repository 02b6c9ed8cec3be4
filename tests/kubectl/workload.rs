//! Workloads from their first apply to their deletion.

use crate::session::{Session, with_each, with_ends};

/// A Deployment with so many replicas of that image.
fn web(replicas: u32, image: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: {image}
        ports:
        - containerPort: 80
"
    )
}

fn image(session: &Session) -> String {
    session.tell(&["get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}"])
}

fn rolled_out(session: &Session) {
    let said = session.tell(&["rollout", "status", "deployment/web", "--timeout", "60s"]);
    assert!(said.contains("successfully rolled out"), "{said}");
}

#[test]
fn a_deployment_is_applied_changed_scaled_and_deleted() {
    with_each(|session| {
        let file = session.file("web.yaml", &web(2, "web:1"));
        assert_eq!(session.tell(&["apply", "-f", &file]), "deployment.apps/web created\n");
        rolled_out(session);
        assert_eq!(session.tell(&["apply", "-f", &file]), "deployment.apps/web unchanged\n");
        session.file("web.yaml", &web(3, "web:2"));
        assert_eq!(session.tell(&["apply", "-f", &file]), "deployment.apps/web configured\n");
        rolled_out(session);
        assert_eq!(image(session), "web:2");
        let deployment = session.tell(&["get", "deployment", "web"]);
        let cells: Vec<&str> = deployment.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(cells[..4], ["web", "3/3", "3", "3"], "{deployment}");

        assert!(session.tell(&["scale", "deployment", "web", "--replicas", "1"]).ends_with("web scaled\n"));
        session.tell(&["wait", "--for", "condition=available", "deployment/web", "--timeout", "60s"]);
        assert!(session.tell(&["rollout", "restart", "deployment/web"]).contains("restarted"));
        rolled_out(session);
        let pod =
            session.tell(&["get", "pods", "-l", "app=web", "--field-selector", "status.phase=Running", "-o", "name"]);
        session.tell(&["logs", pod.lines().next().expect("a pod")]);
        assert!(session.tell(&["describe", "deployment", "web"]).contains("web:2"));

        let gone = session.tell(&["delete", "-f", &file, "--timeout", "60s"]);
        assert_eq!(gone.lines().next(), Some("deployment.apps \"web\" deleted"));
        let left = session.ask(&["get", "deployment", "web"]);
        assert!(left.err.contains("NotFound"), "{}", left.err);
    });
}

#[test]
fn apply_on_the_server() {
    with_each(|session| {
        let file = session.file("web.yaml", &web(1, "web:1"));
        let apply =
            |arguments: &[&str]| session.ask(&[&["apply", "--server-side", "-f", &file][..], arguments].concat());
        assert_eq!(apply(&[]).out, "deployment.apps/web serverside-applied\n");
        session.tell(&["set", "image", "deployment/web", "web=web:other"]);
        session.file("web.yaml", &web(1, "web:2"));
        let conflict = apply(&[]);
        assert!(!conflict.ok);
        assert!(conflict.err.contains("Apply failed with 1 conflict"), "{}", conflict.err);
        assert!(conflict.err.contains(".spec.template.spec.containers[name=\"web\"].image"), "{}", conflict.err);
        assert_eq!(image(session), "web:other");
        let forced = apply(&["--force-conflicts"]);
        assert!(forced.ok, "{}", forced.err);
        assert_eq!(image(session), "web:2");
    });
}

#[test]
fn a_difference_is_shown_and_nothing_kept() {
    with_each(|session| {
        let file = session.file("web.yaml", &web(1, "web:1"));
        session.tell(&["apply", "-f", &file]);
        session.file("web.yaml", &web(1, "web:2"));
        let diff = session.ask(&["diff", "-f", &file]);
        let changed: Vec<&str> = diff
            .out
            .lines()
            .filter(|line| line.contains("image: web:"))
            .map(|line| if line.starts_with('-') { "-" } else { "+" })
            .collect();
        assert_eq!(changed, ["-", "+"], "{}{}", diff.out, diff.err);
        assert_eq!(image(session), "web:1");
        let dry = session.ask(&["apply", "--dry-run=server", "-f", &file]);
        assert_eq!(dry.out, "deployment.apps/web configured (server dry run)\n", "{}", dry.err);
        assert_eq!(image(session), "web:1");
    });
}

#[test]
fn objects_are_created_replaced_and_patched_in_three_ways() {
    with_ends(|session| {
        let made = session.tell(&["create", "configmap", "settings", "--from-literal", "a=1"]);
        assert_eq!(made, "configmap/settings created\n");
        let again = session.ask(&["create", "configmap", "settings"]);
        assert!(again.err.contains("configmaps \"settings\" already exists"), "{}", again.err);
        let object = session.tell(&["get", "configmap", "settings", "-o", "yaml"]).replace("a: \"1\"", "a: \"2\"");
        let file = session.file("settings.yaml", &object);
        assert_eq!(session.tell(&["replace", "-f", &file]), "configmap/settings replaced\n");
        let stale = session.ask(&["replace", "-f", &file]);
        assert!(stale.err.contains("the object has been modified"), "{}", stale.err);

        let patch =
            |kind: &str, patch: &str| session.tell(&["patch", "configmap", "settings", "--type", kind, "-p", patch]);
        patch("strategic", r#"{"data": {"b": "1"}}"#);
        patch("merge", r#"{"data": {"a": null}}"#);
        patch("json", r#"[{"op": "add", "path": "/data/c", "value": "1"}]"#);
        assert_eq!(session.json(&["get", "configmap", "settings"])["data"], serde_json::json!({"b": "1", "c": "1"}));
        session.tell(&["create", "namespace", "shop"]);
        session.tell(&["-n", "shop", "create", "secret", "generic", "s", "--from-literal", "k=v"]);
        session.tell(&["delete", "namespace", "shop", "--timeout", "60s"]);
    });
}

#[test]
fn kinds_are_explained() {
    with_ends(|session| {
        let said = session.ask(&["explain", "deployments"]);
        // Before 1.27 kubectl takes descriptions from version 2 of OpenAPI, which here has none.
        assert_eq!(said.ok, session.client_since(27), "{}{}", said.out, said.err);
        assert_eq!(said.out.contains("Deployment"), said.ok, "{}", said.out);
    });
}
