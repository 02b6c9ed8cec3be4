//! Looking: versions, what is served, lists in every form, descriptions.

use crate::session::{Session, with_each, with_ends, with_oldest_server};

#[test]
fn versions_and_what_is_served() {
    with_each(|session| {
        // It warns where the versions are far apart.
        let version = session.ask(&["version", "--output", "json"]);
        let version: serde_json::Value = serde_json::from_str(&version.out).expect(&version.err);
        assert_eq!(version["serverVersion"]["gitVersion"], session.server_tag());
        let versions = session.tell(&["api-versions"]);
        assert!(versions.lines().any(|line| line == "apps/v1"), "{versions}");
        assert_eq!(versions.lines().any(|line| line == "policy/v1"), session.server_since(21), "{versions}");
        let resources = session.tell(&["api-resources"]);
        let line = resources.lines().find(|line| line.starts_with("deployments ")).expect("deployments");
        assert!(line.contains("deploy") && line.trim_end().ends_with("Deployment"), "{line}");
        session.tell(&["cluster-info"]);
    });
}

#[test]
fn nodes_in_every_form() {
    with_each(|session| {
        let nodes = session.tell(&["get", "nodes"]);
        let lines: Vec<Vec<&str>> = nodes.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]);
        assert_eq!(lines.len(), 4, "{nodes}");
        assert_eq!((lines[2][0], lines[2][1], lines[2][4]), ("w1", "Ready", session.server_tag().as_str()));
        let wide = session.tell(&["get", "nodes", "-o", "wide"]);
        assert!(wide.lines().next().unwrap().contains("INTERNAL-IP"), "{wide}");
        assert!(wide.contains("10.0.0.11"), "{wide}");
        assert!(session.tell(&["get", "nodes", "-o", "yaml"]).contains("kind: Node\n"));
        assert_eq!(session.tell(&["get", "nodes", "-o", "name"]), "node/cp1\nnode/w1\nnode/w2\n");
        assert_eq!(session.tell(&["get", "nodes", "-o", "jsonpath={.items[*].metadata.name}"]), "cp1 w1 w2");
        let columns = session.tell(&["get", "nodes", "-o", "custom-columns=N:.metadata.name"]);
        assert_eq!(columns, "N\ncp1\nw1\nw2\n");
        let sorted = session.tell(&["get", "nodes", "--sort-by", "{.status.addresses[0].address}"]);
        assert_eq!(sorted.lines().count(), 4, "{sorted}");
        assert!(session.tell(&["get", "node", "w1", "--show-labels"]).contains("kubernetes.io/hostname=w1"));
        assert!(session.tell(&["get", "nodes", "-l", "kubernetes.io/hostname=w2"]).contains("w2"));
    });
}

#[test]
fn absent_things_are_said_to_be_absent() {
    with_ends(|session| {
        let absent = session.ask(&["get", "node", "w9"]);
        assert!(!absent.ok);
        assert_eq!(absent.err, "Error from server (NotFound): nodes \"w9\" not found\n");
        let kind = session.ask(&["get", "unicorns"]);
        assert!(kind.err.contains("the server doesn't have a resource type \"unicorns\""), "{}", kind.err);
    });
}

#[test]
fn descriptions() {
    with_ends(|session| {
        let node = session.tell(&["describe", "node", "w1"]);
        for part in ["Name:", "Conditions:", "Non-terminated Pods:", "Allocated resources:"] {
            assert!(node.contains(part), "no {part} in\n{node}");
        }
        let deployment = session.tell(&["-n", "kube-system", "describe", "deployment", "coredns"]);
        assert!(deployment.contains("2 desired | 2 updated | 2 total | 2 available"), "{deployment}");
        let pods = session.tell(&["-n", "kube-system", "describe", "pods", "-l", "k8s-app=kube-dns"]);
        let controller = pods.lines().find_map(|line| line.strip_prefix("Controlled By:")).map(str::trim);
        assert!(controller.is_some_and(|controller| controller.starts_with("ReplicaSet/coredns-")), "{pods}");
    });
}

#[test]
fn pods_of_everywhere() {
    with_each(|session| {
        let pods = session.tell(&["get", "pods", "--all-namespaces", "-o", "wide"]);
        let head: Vec<&str> = pods.lines().next().unwrap().split_whitespace().collect();
        assert_eq!(head[..6], ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]);
        let server = pods.lines().find(|line| line.contains("kube-apiserver-cp1")).expect("the API server's pod");
        let cells: Vec<&str> = server.split_whitespace().collect();
        assert_eq!(cells[..4], ["kube-system", "kube-apiserver-cp1", "1/1", "Running"]);
        for kind in ["deployments", "replicasets", "daemonsets", "services", "configmaps", "namespaces", "events"] {
            let said = session.ask(&["get", kind, "--all-namespaces"]);
            assert!(said.ok, "{kind}: {}", said.err);
        }
        session.tell(&["get", "all", "--all-namespaces"]);
    });
}

#[test]
fn the_oldest_server() {
    with_oldest_server(|session: &Session| {
        let nodes = session.tell(&["get", "nodes"]);
        assert!(nodes.contains("v1.11.10"), "{nodes}");
        let pods = session.tell(&["get", "pods", "--all-namespaces"]);
        assert!(pods.contains("kube-apiserver-cp1"), "{pods}");
        session.tell(&["describe", "node", "w1"]);
        session.tell(&["api-resources"]);
    });
}
