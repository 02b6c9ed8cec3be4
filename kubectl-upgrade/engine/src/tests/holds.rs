use upgrade_core::journal::{Entry, HoldReason};

use super::bench::{Bench, held};
use crate::request::Outcome;

#[tokio::test(start_paused = true)]
async fn a_drain_that_fails_leaves_its_node_schedulable_and_is_done_again() {
    let bench = Bench::new(1);
    let node = upgrade_core::ids::NodeName::new("w-1");
    bench.world.lock().unwrap().stuck.insert(node.clone());
    let outcome = bench.start().await;
    let (reason, found, state) = held(&outcome);
    assert_eq!(reason, HoldReason::Failed);
    assert!(found.contains("pods are left"), "{found}");
    assert!(state.contains("w-1 was made schedulable again"), "{state}");
    assert!(state.contains("control plane 1.35.3"), "{state}");
    assert!(state.contains("1 of 3 nodes at 1.35.3"), "{state}");
    assert_eq!(bench.cordoned(), []);
    bench.world.lock().unwrap().stuck.clear();
    assert_eq!(bench.resume().await, Outcome::Finished);
    assert_eq!(bench.cordoned(), []);
    let cordon = bench.step("w-1", "cordon", 0);
    assert_eq!(bench.effects().iter().filter(|step| **step == cordon).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_node_whose_kubelet_is_half_replaced_stays_cordoned() {
    let bench = Bench::new(1);
    let restart = bench.step("w-1", "restart", 0);
    bench.world.lock().unwrap().failing.insert(restart, 1);
    let (reason, found, state) = held(&bench.start().await);
    assert_eq!(reason, HoldReason::Failed);
    assert!(found.contains("exit status"), "{found}");
    assert!(state.contains("w-1 stays cordoned"), "{state}");
    assert_eq!(bench.cordoned().len(), 1);
    assert_eq!(bench.resume().await, Outcome::Finished);
    assert_eq!(bench.cordoned(), []);
    let cordon = bench.step("w-1", "cordon", 0);
    assert_eq!(bench.effects().iter().filter(|step| **step == cordon).count(), 1);
    let attempts = bench
        .records()
        .iter()
        .any(|record| matches!(record.entry, Entry::StepStarted { step, attempt: 2 } if step == restart));
    assert!(attempts);
}

#[tokio::test(start_paused = true)]
async fn one_lane_in_trouble_stops_the_others_at_their_next_step() {
    let bench = Bench::new(2);
    let install = bench.step("w-1", "install", 0);
    bench.world.lock().unwrap().failing.insert(install, 1);
    assert_eq!(held(&bench.start().await).0, HoldReason::Failed);
    let other = bench.step("w-2", "node", 0);
    assert!(!bench.effects().contains(&other));
    assert_eq!(bench.resume().await, Outcome::Finished);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_never_ends_is_in_doubt() {
    let bench = Bench::new(1);
    let apply = bench.step("cp-1", "apply", 0);
    bench.world.lock().unwrap().stalled.insert(apply);
    let (reason, found, state) = held(&bench.start().await);
    assert_eq!(reason, HoldReason::Failed);
    assert!(found.contains("found it going on: at it"), "{found}");
    assert!(state.contains("may still be going on"), "{state}");
    // It ends after all; the run takes it up under its name.
    let end = Some(tokio::time::Instant::now());
    bench.world.lock().unwrap().operations.values_mut().filter(|found| found.ends.is_none()).for_each(|found| {
        found.ends = end;
    });
    assert_eq!(bench.resume().await, Outcome::Finished);
    assert_eq!(bench.effects().iter().filter(|step| **step == apply).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_went_back_meanwhile_is_drift() {
    let bench = Bench::new(1);
    let install = bench.step("w-2", "install", 0);
    bench.world.lock().unwrap().failing.insert(install, 1);
    assert_eq!(held(&bench.start().await).0, HoldReason::Failed);
    for node in &mut bench.world.lock().unwrap().inventory.nodes {
        node.kubelet = upgrade_core::version::Version::new(1, 34, 2);
    }
    let (reason, found, _) = held(&bench.resume().await);
    assert_eq!(reason, HoldReason::Drifted);
    assert!(found.contains("expected kubelet on w-1 at 1.35.3"), "{found}");
}

#[tokio::test(start_paused = true)]
async fn another_cluster_under_the_same_address_is_drift() {
    let bench = Bench::new(1);
    bench.world.lock().unwrap().inventory.cluster.uid = upgrade_core::ids::ClusterUid::new("other");
    assert_eq!(held(&bench.start().await).0, HoldReason::Drifted);
    assert_eq!(bench.effects(), []);
}
