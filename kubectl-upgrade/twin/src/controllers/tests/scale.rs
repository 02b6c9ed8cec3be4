use upgrade_core::version::Version;

use super::{all, delete};
use crate::Twin;
use crate::blueprint::{Blueprint, Workload};
use crate::testing::{blueprint, cordon, pass, pods, twin};

/// The whole history of a small story.
async fn story(seed: u64) -> Vec<String> {
    let objects =
        all(&[Workload::deployment("shop", "web", 6).max_unavailable(1), Workload::stateful_set("shop", "db", 2)]);
    let plan = Blueprint { objects, ..blueprint(&Version::new(1, 34, 9), 1, 3) };
    let twin = Twin::start(&plan, seed).unwrap();
    let start = twin.with(|world| world.store.version());
    cordon(&twin, "w-1", true);
    for (name, node, _) in pods(&twin, "shop") {
        if node == "w-1" {
            delete(&twin, &name);
        }
    }
    pass(120).await;
    twin.with(|world| world.store.since(start).unwrap().map(|change| change.object.body.to_string()).collect())
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_tells_the_same_story() {
    let first = story(3).await;
    assert!(first.len() > 20);
    assert_eq!(first, story(3).await);
    assert_ne!(first, story(4).await);
}

#[tokio::test(start_paused = true)]
async fn an_idle_cluster_costs_nothing() {
    let twin = twin(20, all(&[Workload::deployment("shop", "web", 40)]));
    let before = twin.with(|world| world.store.version());
    pass(7 * 24 * 3_600).await;
    assert_eq!(twin.with(|world| world.store.version()), before);
}
