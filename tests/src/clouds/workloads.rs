//! Workloads that stand in an upgrade's way.

use serde_json::{Value, json};
use upgrade_twin::blueprint::Blueprint;
use upgrade_twin::store::{ObjectKey, Resource};

use super::served::Served;

const NAMESPACE: &str = "shop";

/// Its Deployment and its budget.
const QUEUE: &str = "queue";

/// A queue of two pods, one of which finds no node: so its budget never lets the other go, who is in the pool whose nodes
/// have that label.
pub fn stuck(blueprint: &mut Blueprint, label: &str, pool: &str) {
    never(blueprint, label, pool);
    blueprint.objects.push(deployment("queue-b", &json!({label: "nowhere"})));
}

/// One pod in that pool that must be there, always.
pub fn never(blueprint: &mut Blueprint, label: &str, pool: &str) {
    blueprint.objects.push(deployment("queue-a", &json!({label: pool})));
    blueprint.objects.push(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"namespace": NAMESPACE, "name": QUEUE},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": QUEUE}}}}));
}

/// Takes the budget away.
pub fn mended_budget(served: &Served) {
    served.twin.with(|world| drop(world.store.remove(&ObjectKey::new(Resource::BUDGETS, NAMESPACE, QUEUE))));
}

fn deployment(name: &str, selector: &Value) -> Value {
    let labels = json!({"app": QUEUE, "part": name});
    let pod = json!({"containers": [{"name": QUEUE, "image": "shop/queue:1"}], "nodeSelector": selector});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": NAMESPACE, "name": name},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod}}})
}
