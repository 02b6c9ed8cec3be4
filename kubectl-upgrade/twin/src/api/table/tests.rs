use serde_json::json;

use super::*;

const NOW: &str = "2026-11-22T12:00:00Z";

fn tables(minor: u16) -> Tables {
    Tables::new("meta.k8s.io/v1", minor).at(NOW.parse().unwrap())
}

fn cells(resource: &'static str, object: &Value) -> Vec<(String, Value)> {
    let table = tables(36).one(Resource::named(resource), object.clone());
    let names =
        crate::json::items(&table, "/columnDefinitions").map(|column| column["name"].as_str().unwrap().to_owned());
    names.zip(crate::json::items(&table, "/rows/0/cells").cloned()).collect()
}

fn cell(resource: &'static str, object: &Value, name: &str) -> Value {
    let all = cells(resource, object);
    all.iter().find(|(column, _)| column == name).unwrap_or_else(|| panic!("no {name} in {all:?}")).1.clone()
}

#[test]
fn rows_carry_as_much_of_their_object_as_was_asked_for() {
    let object = json!({"kind": "Namespace", "metadata": {"name": "a"}, "status": {"phase": "Active"}});
    let of =
        |include| tables(36).including(include).one(Resource::NAMESPACES, object.clone())["rows"][0]["object"].clone();
    assert_eq!(of("None"), Value::Null);
    assert_eq!(of("Object"), object);
    assert_eq!(of("Metadata")["kind"], "PartialObjectMetadata");
    assert_eq!(of("Metadata")["metadata"], json!({"name": "a"}));
}

#[test]
fn only_the_first_event_of_a_watch_has_columns() {
    let object = json!({"metadata": {"name": "a"}});
    let first = tables(36).event(Resource::NAMESPACES, object.clone(), true);
    let next = tables(36).event(Resource::NAMESPACES, object, false);
    assert_eq!(first["columnDefinitions"].as_array().unwrap().len(), 3);
    assert_eq!(next["columnDefinitions"], Value::Null);
    assert_eq!(next["rows"], first["rows"]);
}

#[test]
fn nodes_show_readiness_cordon_and_roles() {
    let mut node = json!({
        "metadata": {
            "name": "cp1",
            "creationTimestamp": "2026-11-22T10:00:00Z",
            "labels": {"node-role.kubernetes.io/master": "", "node-role.kubernetes.io/control-plane": ""}
        },
        "spec": {"unschedulable": true},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}],
            "nodeInfo": {"kubeletVersion": "v1.36.3"}
        }
    });
    assert_eq!(cell("nodes", &node, "Status"), "Ready,SchedulingDisabled");
    assert_eq!(cell("nodes", &node, "Roles"), "control-plane,master");
    assert_eq!(cell("nodes", &node, "Age"), "120m");
    assert_eq!(cell("nodes", &node, "Internal-IP"), "192.0.2.1");
    assert_eq!(cell("nodes", &node, "External-IP"), "<none>");
    node["status"]["conditions"][0]["status"] = json!("Unknown");
    node["spec"] = json!({});
    assert_eq!(cell("nodes", &node, "Status"), "NotReady");
}

fn pod(status: Value) -> Value {
    json!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a"}, {"name": "b"}]}, "status": status})
}

#[test]
fn pods_show_what_their_containers_do() {
    let running = json!({"ready": true, "restartCount": 0, "state": {"running": {}}});
    let restarted = json!({
        "ready": false,
        "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"finishedAt": "2026-11-22T11:59:00Z"}}
    });
    let well = pod(json!({"phase": "Running", "containerStatuses": [running, running]}));
    assert_eq!(cell("pods", &well, "Ready"), "2/2");
    assert_eq!(cell("pods", &well, "Status"), "Running");
    assert_eq!(cell("pods", &well, "Restarts"), "0");
    let ill = pod(json!({"phase": "Running", "containerStatuses": [running, restarted]}));
    assert_eq!(cell("pods", &ill, "Ready"), "1/2");
    assert_eq!(cell("pods", &ill, "Status"), "CrashLoopBackOff");
    assert_eq!(cell("pods", &ill, "Restarts"), "3 (60s ago)");
    let mut going = well;
    going["metadata"]["deletionTimestamp"] = json!(NOW);
    assert_eq!(cell("pods", &going, "Status"), "Terminating");
    let mut starting =
        pod(json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"waiting": {}}}]}));
    starting["spec"]["initContainers"] = json!([{"name": "i"}]);
    assert_eq!(cell("pods", &starting, "Status"), "Init:0/1");
}

#[test]
fn workloads_show_how_many_are_ready() {
    let deployment = json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}
        },
        "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 1}
    });
    assert_eq!(cell("deployments", &deployment, "Ready"), "2/3");
    assert_eq!(cell("deployments", &deployment, "Available"), 1);
    assert_eq!(cell("deployments", &deployment, "Images"), "web:1");
    assert_eq!(cell("deployments", &deployment, "Selector"), "app=web");
    let set = json!({"metadata": {"name": "agent"}, "spec": {"template": {}}, "status": {"desiredNumberScheduled": 4}});
    assert_eq!(cell("daemonsets", &set, "Desired"), 4);
    assert_eq!(cell("daemonsets", &set, "Node Selector"), "<none>");
}

#[test]
fn columns_come_with_their_minor() {
    let job = json!({"metadata": {"name": "a"}, "spec": {"completions": 1}});
    let before = tables(30).one(Resource::named("jobs"), job.clone());
    let after = tables(31).one(Resource::named("jobs"), job);
    assert_eq!(before["columnDefinitions"][1]["name"], "Completions");
    assert_eq!(after["columnDefinitions"][1]["name"], "Status");
    assert_eq!(
        before["rows"][0]["cells"].as_array().unwrap().len() + 1,
        after["rows"][0]["cells"].as_array().unwrap().len()
    );
}

#[test]
fn services_claims_budgets_and_others_are_printed() {
    let service = json!({
        "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "clusterIP": "10.96.0.9", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]}
    });
    assert_eq!(cell("services", &service, "Port(s)"), "80:30080/TCP");
    assert_eq!(cell("services", &service, "External-IP"), "<none>");
    let claim = json!({
        "metadata": {"name": "data"},
        "spec": {"volumeName": "pv-1", "storageClassName": "fast"},
        "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
    });
    assert_eq!(cell("persistentvolumeclaims", &claim, "Access Modes"), "RWO");
    let budget =
        json!({"metadata": {"name": "web"}, "spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 1}});
    assert_eq!(cell("poddisruptionbudgets", &budget, "Min Available"), "50%");
    assert_eq!(cell("poddisruptionbudgets", &budget, "Max Unavailable"), "N/A");
    assert_eq!(cell("poddisruptionbudgets", &budget, "Allowed Disruptions"), 1);
    let columns: Vec<String> =
        cells("roles", &json!({"metadata": {"name": "r"}})).into_iter().map(|(name, _)| name).collect();
    assert_eq!(columns, ["Name", "Age"]);
}
