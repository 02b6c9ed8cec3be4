//! What an API server answers: a JSON object of paths and answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use upgrade_core::inventory::Inventory;
use upgrade_fuzz::{api, same};

fuzz_target!(|text: &str| {
    let Ok(Value::Object(answers)) = serde_json::from_str(text) else { return };
    match api::observe(answers) {
        Ok(inventory) => sound(&inventory),
        Err(error) => assert!(!error.message.is_empty() && !error.message.contains('\n'), "{error:?}"),
    }
});

fn sound(inventory: &Inventory) {
    same::as_json(inventory);
    assert!(inventory.gaps.iter().all(|gap| !gap.why.is_empty()));
    for budget in &inventory.budgets {
        for pod in &budget.pods {
            assert_eq!(pod.namespace, budget.name.namespace, "{budget:?}");
            assert!(inventory.pods.iter().any(|seen| seen.name == *pod), "{budget:?}");
        }
    }
    // A node that is no instance of a kubelet would be forgotten by every rule of skew.
    for node in &inventory.nodes {
        let place = upgrade_core::inventory::Place::Node(node.name.clone());
        assert!(inventory.version_at(upgrade_core::component::Component::Kubelet, &place).is_some(), "{node:?}");
    }
}
