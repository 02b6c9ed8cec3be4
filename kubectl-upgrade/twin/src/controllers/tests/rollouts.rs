use serde_json::json;

use super::{all, delete, ready};
use crate::blueprint::Workload;
use crate::json::{at, set, text};
use crate::store::Resource;
use crate::testing::{change, pass, pods, twin, value};

#[tokio::test(start_paused = true)]
async fn a_rollout_keeps_enough_available_and_never_has_too_many() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 8)]));
    assert_eq!(ready(&twin), 8);
    change(&twin, Resource::DEPLOYMENTS, "web", |web| {
        set(
            web,
            &["spec", "strategy"],
            json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 2, "maxUnavailable": "25%" } }),
        );
        set(web, &["spec", "template", "metadata", "labels", "version"], "2");
    });
    let (mut least, mut most) = (8, 8);
    for _ in 0..1_200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let going = |pod: &crate::store::Object| pod.summary.deleting;
        let active =
            twin.with(|world| world.store.list(Resource::PODS, Some("shop"), None).filter(|pod| !going(pod)).count());
        least = least.min(ready(&twin));
        most = most.max(active);
    }
    assert!((6..8).contains(&least), "{least}");
    assert_eq!(most, 10);
    let web = value(&twin, Resource::DEPLOYMENTS, "web");
    assert_eq!((at(&web, "/status/updatedReplicas"), at(&web, "/status/replicas")), (&json!(8), &json!(8)));
    assert_eq!(at(&web, "/status/observedGeneration"), at(&web, "/metadata/generation"));
    assert_eq!(text(&web, "/metadata/annotations/deployment.kubernetes.io~1revision"), "2");
    let labelled = twin.with(|world| {
        let pods = world.store.list(Resource::PODS, Some("shop"), None);
        pods.filter(|pod| pod.summary.labels.get("version").is_some_and(|version| version == "2")).count()
    });
    assert_eq!(labelled, 8);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_cannot_get_ready_stops_half_way() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 4)]));
    change(&twin, Resource::DEPLOYMENTS, "web", |web| {
        set(web, &["spec", "template", "metadata", "annotations", super::super::kubelet::NEVER_READY], "true");
    });
    pass(600).await;
    assert_eq!((ready(&twin), pods(&twin, "shop").len()), (3, 5));
    let web = value(&twin, Resource::DEPLOYMENTS, "web");
    assert_eq!(at(&web, "/status/availableReplicas"), &json!(3));
}

#[tokio::test(start_paused = true)]
async fn deployments_scale_both_ways_and_are_made_anew() {
    let twin = twin(2, all(&[Workload::deployment("shop", "web", 3)]));
    change(&twin, Resource::DEPLOYMENTS, "web", |web| set(web, &["spec", "replicas"], 6));
    pass(60).await;
    assert_eq!(ready(&twin), 6);
    change(&twin, Resource::DEPLOYMENTS, "web", |web| set(web, &["spec", "replicas"], 1));
    pass(60).await;
    assert_eq!(pods(&twin, "shop").len(), 1);
    twin.with(|world| {
        let key = crate::store::ObjectKey::new(Resource::DEPLOYMENTS, "shop", "web");
        world.store.remove(&key);
    });
    pass(60).await;
    assert_eq!(pods(&twin, "shop").len(), 0);
    assert!(twin.with(|world| world.store.list(Resource::REPLICA_SETS, Some("shop"), None).next().is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_is_rolled_from_the_top_one_at_a_time() {
    let twin = twin(3, all(&[Workload::stateful_set("shop", "db", 3)]));
    assert_eq!(pods(&twin, "shop").iter().map(|pod| pod.0.as_str()).collect::<Vec<_>>(), ["db-0", "db-1", "db-2"]);
    change(&twin, Resource::STATEFUL_SETS, "db", |db| {
        set(db, &["spec", "template", "metadata", "annotations", "changed"], "yes");
    });
    let mut order = Vec::new();
    for _ in 0..2_000 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let down: Vec<_> = (0..3)
            .map(|ordinal| format!("db-{ordinal}"))
            .filter(|name| !pods(&twin, "shop").iter().any(|pod| pod.0 == *name && pod.2))
            .collect();
        assert!(down.len() <= 1, "{down:?}");
        if let Some(name) = down.into_iter().next().filter(|name| order.last() != Some(name)) {
            order.push(name);
        }
    }
    assert_eq!(order, ["db-2", "db-1", "db-0"]);
    let db = value(&twin, Resource::STATEFUL_SETS, "db");
    assert_eq!(text(&db, "/status/currentRevision"), text(&db, "/status/updateRevision"));
    assert_eq!(at(&db, "/status/updatedReplicas"), &json!(3));
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_brings_back_its_pod_and_waits_for_it() {
    let twin = twin(3, all(&[Workload::stateful_set("shop", "db", 3).claim("fast", 10)]));
    let claim = value(&twin, Resource::CLAIMS, "data-db-1");
    assert_eq!(text(&claim, "/status/phase"), "Bound");
    delete(&twin, "db-0");
    delete(&twin, "db-1");
    pass(2).await;
    change(&twin, Resource::STATEFUL_SETS, "db", |db| set(db, &["spec", "replicas"], 4));
    pass(120).await;
    assert_eq!(ready(&twin), 4);
    assert_eq!(
        text(&value(&twin, Resource::CLAIMS, "data-db-1"), "/spec/volumeName"),
        text(&claim, "/spec/volumeName")
    );
}

#[tokio::test(start_paused = true)]
async fn a_daemon_set_is_rolled_node_by_node_or_when_its_pods_go() {
    let twin = twin(4, all(&[Workload::daemon_set("shop", "agent")]));
    assert_eq!(ready(&twin), 4);
    change(&twin, Resource::DAEMON_SETS, "agent", |agent| {
        set(agent, &["spec", "template", "metadata", "annotations", "changed"], "yes");
    });
    let mut least = 4;
    for _ in 0..1_500 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        least = least.min(ready(&twin));
    }
    assert_eq!((least, ready(&twin)), (3, 4));
    assert_eq!(at(&value(&twin, Resource::DAEMON_SETS, "agent"), "/status/updatedNumberScheduled"), &json!(4));

    change(&twin, Resource::DAEMON_SETS, "agent", |agent| {
        set(agent, &["spec", "updateStrategy"], json!({ "type": "OnDelete" }));
        set(agent, &["spec", "template", "metadata", "annotations", "changed"], "again");
    });
    pass(120).await;
    let agent = value(&twin, Resource::DAEMON_SETS, "agent");
    assert_eq!(at(&agent, "/status/updatedNumberScheduled"), &serde_json::Value::Null);
    let first = pods(&twin, "shop").remove(0).0;
    delete(&twin, &first);
    pass(60).await;
    assert_eq!(at(&value(&twin, Resource::DAEMON_SETS, "agent"), "/status/updatedNumberScheduled"), &json!(1));
}
