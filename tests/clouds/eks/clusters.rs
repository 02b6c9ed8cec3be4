//! The clusters of these tests: the named one, changed.

use serde_json::json;
use upgrade_twin::Twin;
use upgrade_twin::blueprint::{Blueprint, Form, Scenario};
use upgrade_twin::clouds::Managed;
use upgrade_twin::store::{ObjectKey, Resource};

/// The named cluster.
pub(crate) fn named() -> Blueprint {
    Scenario::named("eks").unwrap().blueprint()
}

/// The named cluster with its cloud changed.
pub(crate) fn with(change: impl FnOnce(&mut Managed)) -> Blueprint {
    let mut blueprint = named();
    let Form::Managed(managed) = &mut blueprint.form else { panic!("the named cluster is managed") };
    change(managed);
    blueprint
}

/// One pod that must be there.
pub(crate) fn deadlock(blueprint: &mut Blueprint) {
    let labels = json!({"app": "queue"});
    let metadata = json!({"namespace": "shop", "name": "queue", "labels": labels});
    let template =
        json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "queue", "image": "shop/queue:1"}]}});
    blueprint.objects.push(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}}));
    blueprint.objects.push(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata,
        "spec": {"minAvailable": 1, "selector": {"matchLabels": labels}}}));
}

/// Lets it go.
pub(crate) fn widen(twin: &Twin) {
    twin.with(|world| world.store.remove(&ObjectKey::new(Resource::BUDGETS, "shop", "queue")));
}
