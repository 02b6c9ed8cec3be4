use serde_json::json;

use super::super::kubelet;
use super::{all, delete, ready};
use crate::Twin;
use crate::blueprint::Workload;
use crate::json::{at, items, set, text};
use crate::store::{ObjectKey, Resource};
use crate::testing::{change, pass, pods, twin, value};
use upgrade_core::version::Version;

fn node(twin: &Twin, name: &str) -> serde_json::Value {
    twin.with(|world| world.store.value(&ObjectKey::new(Resource::NODES, "", name))).unwrap()
}

fn ready_status(twin: &Twin, name: &str) -> String {
    let node = node(twin, name);
    let mut conditions = items(&node, "/status/conditions");
    text(conditions.find(|one| text(one, "/type") == "Ready").unwrap(), "/status").to_owned()
}

/// Seconds since a node's Lease was renewed.
fn lease_age(twin: &Twin, name: &str) -> i64 {
    twin.with(|world| {
        let lease = world.store.value(&ObjectKey::new(Resource::LEASES, "kube-node-lease", name)).unwrap();
        let renewed: jiff::Timestamp = text(&lease, "/spec/renewTime").parse().unwrap();
        world.now().duration_since(renewed).as_secs()
    })
}

#[tokio::test(start_paused = true)]
async fn a_dead_node_loses_its_pods_after_five_minutes_and_comes_back() {
    let twin = twin(2, all(&[Workload::deployment("shop", "web", 4)]));
    let on_first = || pods(&twin, "shop").iter().filter(|pod| pod.1 == "w-1").count();
    assert_eq!(on_first(), 2);
    twin.with(|world| kubelet::set_running(world, "w-1", false));
    pass(35).await;
    // Its condition still says it is ready: the Lease alone tells.
    assert_eq!((ready_status(&twin, "w-1").as_str(), ready(&twin)), ("True", 4));
    assert!(lease_age(&twin, "w-1") > 30 && lease_age(&twin, "w-2") <= 15);
    pass(20).await;
    assert_eq!((ready_status(&twin, "w-1").as_str(), ready(&twin)), ("Unknown", 2));
    pass(280).await;
    assert_eq!((ready(&twin), on_first()), (2, 2));
    pass(60).await;
    assert_eq!((ready(&twin), on_first()), (4, 2), "replaced, and the lost ones cannot end");
    twin.with(|world| kubelet::set_running(world, "w-1", true));
    pass(60).await;
    assert_eq!((ready_status(&twin, "w-1").as_str(), on_first()), ("True", 0));
    assert_eq!(at(&node(&twin, "w-1"), "/spec/taints"), &serde_json::Value::Null);
    assert!(lease_age(&twin, "w-1") <= 15);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_comes_back_in_time_keeps_its_pods() {
    let twin = twin(2, all(&[Workload::deployment("shop", "web", 4)]));
    let before = pods(&twin, "shop");
    twin.with(|world| kubelet::set_running(world, "w-1", false));
    pass(200).await;
    twin.with(|world| {
        kubelet::set_version(world, "w-1", &Version::new(1, 35, 6));
        kubelet::set_running(world, "w-1", true);
    });
    pass(600).await;
    assert_eq!(pods(&twin, "shop"), before);
    assert_eq!(text(&node(&twin, "w-1"), "/status/nodeInfo/kubeletVersion"), "v1.35.6");
}

#[tokio::test(start_paused = true)]
async fn pods_end_within_their_grace_and_images_may_be_missing() {
    let slow = Workload::deployment("shop", "web", 1).grace(0);
    let twin = twin(2, all(&[slow, Workload::deployment("shop", "lost", 1)]));
    change(&twin, Resource::DEPLOYMENTS, "lost", |lost| {
        set(
            lost,
            &["spec", "template", "spec", "containers"],
            json!([{ "name": "main", "image": "registry.invalid/x:1" }]),
        );
    });
    pass(60).await;
    let (name, _, _) = pods(&twin, "shop").into_iter().find(|pod| !pod.2).unwrap();
    let waiting = value(&twin, Resource::PODS, &name);
    assert_eq!(text(&waiting, "/status/containerStatuses/0/state/waiting/reason"), "ImagePullBackOff");
    assert_eq!(text(&waiting, "/status/phase"), "Pending");
    let (name, _, _) = pods(&twin, "shop").into_iter().find(|pod| pod.0.starts_with("web")).unwrap();
    delete(&twin, &name);
    assert!(!pods(&twin, "shop").iter().any(|pod| pod.0 == name), "no grace, no waiting");
}

#[tokio::test(start_paused = true)]
async fn nothing_moves_while_no_api_server_or_controller_manager_is_there() {
    let twin = twin(2, all(&[Workload::deployment("shop", "web", 2)]));
    twin.with(|world| world.control_plane.serve("cp-1", false));
    let first = pods(&twin, "shop").remove(0).0;
    delete(&twin, &first);
    pass(120).await;
    assert_eq!(pods(&twin, "shop").len(), 2);
    twin.with(|world| {
        world.control_plane.serve("cp-1", true);
        kubelet::set_static_pod(
            world,
            "cp-1",
            "kube-controller-manager",
            "x/kube-controller-manager:v1.35.6",
            Vec::new(),
            false,
        );
    });
    pass(60).await;
    assert_eq!(pods(&twin, "shop").len(), 1, "its kubelet ended it, nobody replaced it");
    twin.with(|world| {
        kubelet::set_static_pod(
            world,
            "cp-1",
            "kube-controller-manager",
            "x/kube-controller-manager:v1.35.6",
            Vec::new(),
            true,
        );
    });
    pass(60).await;
    assert_eq!(ready(&twin), 2);
    let mirror = twin.with(|world| {
        world.store.value(&ObjectKey::new(Resource::PODS, "kube-system", "kube-controller-manager-cp-1")).unwrap()
    });
    assert_eq!(text(&mirror, "/spec/containers/0/image"), "x/kube-controller-manager:v1.35.6");
}

#[tokio::test(start_paused = true)]
async fn a_mirror_pod_comes_back_until_its_static_pod_goes() {
    let twin = twin(1, Vec::new());
    let key = ObjectKey::new(Resource::PODS, "kube-system", "etcd-cp-1");
    let uid = |twin: &Twin| twin.with(|world| world.store.get(&key).map(|pod| pod.summary.uid.clone()));
    let first = uid(&twin).unwrap();
    twin.with(|world| super::super::lifecycle::delete(world, &key));
    pass(10).await;
    assert!(uid(&twin).is_some_and(|second| second != first));
    twin.with(|world| kubelet::remove_static_pod(world, "cp-1", "etcd"));
    pass(10).await;
    assert_eq!(uid(&twin), None);
}

#[tokio::test(start_paused = true)]
async fn namespaces_empty_themselves_and_owners_take_theirs_along() {
    let twin = twin(2, all(&[Workload::deployment("shop", "web", 3).min_available(1)]));
    let key = ObjectKey::new(Resource::NAMESPACES, "", "shop");
    twin.with(|world| {
        world.store.modify(&key, |shop| set(shop, &["metadata", "deletionTimestamp"], "2026-11-22T12:00:00Z"));
    });
    pass(120).await;
    twin.with(|world| {
        assert!(world.store.get(&key).is_none());
        assert!(world.store.list(Resource::PODS, Some("shop"), None).next().is_none());
        assert!(world.store.list(Resource::BUDGETS, Some("shop"), None).next().is_none());
    });
}

#[tokio::test(start_paused = true)]
async fn deletion_in_the_foreground_waits_and_orphans_stay() {
    let twin = twin(2, all(&[Workload::deployment("shop", "web", 2), Workload::stateful_set("shop", "db", 2)]));
    let mark = |resource: Resource, name: &str, finalizer: &str| {
        twin.with(|world| {
            world.store.modify(&ObjectKey::new(resource, "shop", name), |object| {
                set(object, &["metadata", "finalizers"], json!([finalizer]));
                set(object, &["metadata", "deletionTimestamp"], "2026-11-22T12:00:00Z");
            })
        });
    };
    mark(Resource::DEPLOYMENTS, "web", "foregroundDeletion");
    mark(Resource::STATEFUL_SETS, "db", "orphan");
    pass(60).await;
    let names: Vec<_> = pods(&twin, "shop").into_iter().map(|pod| pod.0).collect();
    assert_eq!(names, ["db-0", "db-1"]);
    twin.with(|world| {
        assert!(world.store.get(&ObjectKey::new(Resource::DEPLOYMENTS, "shop", "web")).is_none());
        assert!(world.store.get(&ObjectKey::new(Resource::STATEFUL_SETS, "shop", "db")).is_none());
    });
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_until_it_is_done() {
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "once", "namespace": "shop" },
        "spec": { "completions": 2, "parallelism": 1, "template": {
            "metadata": { "labels": { "job": "once" }, "annotations": { kubelet::RUNS_FOR: "20" } },
            "spec": { "containers": [{ "name": "main", "image": "x/y:1" }], "restartPolicy": "Never" },
        } },
    });
    let twin = twin(1, vec![job]);
    pass(10).await;
    assert_eq!(pods(&twin, "shop").len(), 1);
    pass(120).await;
    let once = value(&twin, Resource::JOBS, "once");
    assert_eq!(at(&once, "/status/succeeded"), &json!(2));
    assert_eq!(text(&once, "/status/conditions/0/type"), "Complete");
}
