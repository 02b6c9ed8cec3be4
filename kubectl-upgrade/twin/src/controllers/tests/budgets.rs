use serde_json::{Value, json};

use super::{all, delete};
use crate::blueprint::Workload;
use crate::json::{at, set, text};
use crate::store::{ObjectKey, Resource};
use crate::testing::{change, pass, pods, twin, value};

fn numbers(budget: &Value) -> [u64; 4] {
    ["expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"]
        .map(|field| at(budget, &format!("/status/{field}")).as_u64().unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_arithmetic_is_that_of_the_real_one() {
    let web = || Workload::deployment("shop", "web", 5);
    for (workload, expected) in [
        (web().min_available(3), [5, 3, 5, 2]),
        (web().min_available(5), [5, 5, 5, 0]),
        (web().min_available(9), [5, 9, 5, 0]),
        (web().min_available("50%"), [5, 3, 5, 2]),
        (web().min_available("100%"), [5, 5, 5, 0]),
        (web().max_unavailable(1), [5, 4, 5, 1]),
        (web().max_unavailable(0), [5, 5, 5, 0]),
        (web().max_unavailable("30%"), [5, 3, 5, 2]),
        (web().max_unavailable("100%"), [5, 0, 5, 5]),
        (Workload::stateful_set("shop", "web", 3).max_unavailable("34%"), [3, 1, 3, 2]),
        (Workload::deployment("shop", "web", 0).max_unavailable(1), [0, 0, 0, 0]),
    ] {
        let twin = twin(2, workload.objects());
        let budget = value(&twin, Resource::BUDGETS, "web");
        assert_eq!(numbers(&budget), expected, "{}", at(&budget, "/spec"));
        let condition = at(&budget, "/status/conditions/0");
        let allowed = expected[3] > 0;
        assert_eq!(text(condition, "/type"), "DisruptionAllowed");
        assert_eq!(text(condition, "/status"), if allowed { "True" } else { "False" });
        assert_eq!(text(condition, "/reason"), if allowed { "SufficientPods" } else { "InsufficientPods" });
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_follows_its_pods() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 3).max_unavailable(1)]));
    let now = |twin: &crate::Twin| numbers(&value(twin, Resource::BUDGETS, "web"));
    assert_eq!(now(&twin), [3, 2, 3, 1]);
    let first = pods(&twin, "shop").remove(0).0;
    delete(&twin, &first);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(now(&twin), [3, 2, 2, 0]);
    pass(60).await;
    assert_eq!(now(&twin), [3, 2, 3, 1]);
    change(&twin, Resource::DEPLOYMENTS, "web", |web| set(web, &["spec", "replicas"], 6));
    pass(60).await;
    assert_eq!(now(&twin), [6, 5, 6, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_eviction_that_led_nowhere_is_forgotten() {
    let twin = twin(3, all(&[Workload::deployment("shop", "web", 3).min_available(2)]));
    let first = pods(&twin, "shop").remove(0).0;
    let key = ObjectKey::new(Resource::BUDGETS, "shop", "web");
    let now = twin.clock().now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    twin.with(|world| {
        world.store.modify(&key, |budget| set(budget, &["status", "disruptedPods", first.as_str()], now.clone()));
    });
    pass(5).await;
    assert_eq!(numbers(&value(&twin, Resource::BUDGETS, "web")), [3, 2, 2, 0]);
    pass(130).await;
    let budget = value(&twin, Resource::BUDGETS, "web");
    assert_eq!((numbers(&budget), at(&budget, "/status/disruptedPods")), ([3, 2, 3, 1], &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn an_empty_selector_means_what_its_time_meant() {
    for (minor, expected) in [(20, 0), (21, 2)] {
        let version = upgrade_core::version::Version::new(1, minor, 0);
        let mut objects = all(&[Workload::deployment("shop", "web", 2)]);
        objects.push(json!({
            "apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget",
            "metadata": { "name": "all", "namespace": "shop" }, "spec": { "minAvailable": 1, "selector": {} },
        }));
        let blueprint = crate::blueprint::Blueprint { objects, ..crate::testing::blueprint(&version, 1, 2) };
        let twin = crate::Twin::start(&blueprint, 7).unwrap();
        assert_eq!(numbers(&value(&twin, Resource::BUDGETS, "all"))[0], expected, "1.{minor}");
    }
}
