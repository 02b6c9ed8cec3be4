//! What a copy cannot act out is said.

use serde_json::json;

use crate::original::{Original, blueprint};
use upgrade_twin::blueprint::Workload;

#[test]
fn a_copy_names_what_it_leaves_out_and_is_rehearsed_all_the_same() {
    let mut original = Original::of(blueprint(2, &[Workload::deployment("shop", "web", 2)]));
    assert_eq!(original.copy().unlike, [], "everything of it is simulated");

    let autoscaler = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": {"maxReplicas": 9}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "db-0", "namespace": "shop", "uid": "u-1",
            "ownerReferences": [{"apiVersion": "db.example/v1", "kind": "Database", "name": "db", "uid": "u-2",
                "controller": true}]},
        "spec": {"nodeName": "w-1", "containers": [{"name": "db", "image": "db:1"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    original.snapshot.objects.extend([autoscaler, pod]);
    original.snapshot.unseen.push(("PriorityClass".to_owned(), "answer 403: forbidden".to_owned()));
    let told: Vec<String> = original.copy().unlike.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "1 HorizontalPodAutoscalers: replicas stay as they are now",
            "1 pods of Database: once evicted they do not come back in the copy",
            "PriorityClass objects, which could not be listed (answer 403: forbidden): the copy has none",
        ]
    );
    let forecast = original.forecast();
    assert_eq!(forecast.finished, forecast.rehearsals, "{:?}", forecast.held);
}
