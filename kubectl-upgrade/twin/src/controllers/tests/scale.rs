use upgrade_core::version::Version;

use super::{all, delete};
use crate::Twin;
use crate::blueprint::{Blueprint, Machine, Workload};
use crate::store::Resource;
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

/// 5,000 nodes and 150,000 pods. Run it with optimisation: `cargo test --release -p upgrade-twin -- --ignored large`.
#[tokio::test(start_paused = true)]
#[ignore = "takes minutes without optimisation; prints how long a large cluster takes"]
async fn a_large_cluster_is_built() {
    let version = Version::new(1, 34, 9);
    let mut plan = blueprint(&version, 3, 0);
    for n in 0..5_000_u32 {
        let mut machine = Machine::new(&format!("w-{n:04}"), &format!("10.1.{}.{}", n / 250, n % 250), &version);
        machine.zone = Some(["a", "b", "c"][n as usize % 3].to_owned());
        plan.machines.push(machine);
    }
    for n in 0..2_800_u32 {
        let workload = Workload::deployment(&format!("team-{:03}", n % 140), &format!("app-{n}"), 50).requests(100, 64);
        plan.objects.extend(workload.max_unavailable("10%").objects());
    }
    let begun = std::time::Instant::now();
    let twin = Twin::start(&plan, 7).unwrap();
    println!("built in {:?}", begun.elapsed());
    let count = twin.with(|world| world.store.list(Resource::PODS, None, None).count());
    assert_eq!(count, 2_800 * 50 + 5_003 + 12 + 2);
    let begun = std::time::Instant::now();
    for n in 0..20 {
        let node = format!("w-{n:04}");
        cordon(&twin, &node, true);
        let here: Vec<_> = twin.with(|world| world.store.pods_on(&node).map(|pod| pod.key.clone()).collect());
        for key in here.iter().filter(|key| key.namespace != "kube-system") {
            twin.with(|world| super::super::lifecycle::delete(world, key));
        }
        pass(60).await;
        cordon(&twin, &node, false);
    }
    println!("20 nodes drained in {:?}", begun.elapsed());
    let homeless = twin
        .with(|world| world.store.list(Resource::PODS, None, None).filter(|pod| pod.summary.node.is_none()).count());
    assert_eq!(homeless, 0);
}
