use upgrade_core::event::Event;
use upgrade_core::journal::{Entry, fold};
use upgrade_core::version::Version;

use super::bench::Bench;
use crate::request::Outcome;
use crate::store::RunStore;

#[tokio::test(start_paused = true)]
async fn what_is_done_is_the_plan_in_its_order() {
    let bench = Bench::new(1);
    assert_eq!(bench.start().await, Outcome::Finished);
    let finished: Vec<_> = bench
        .records()
        .iter()
        .filter_map(|record| match record.entry {
            Entry::StepFinished { step, .. } => Some(step),
            _ => None,
        })
        .collect();
    let planned: Vec<_> = bench.plan.plan.steps().map(|step| step.id).collect();
    assert_eq!(finished, planned);
    let inventory = bench.inventory();
    assert!(inventory.nodes.iter().all(|node| node.kubelet == Version::new(1, 35, 3) && !node.unschedulable));
    assert_eq!(bench.world.lock().unwrap().most_down, 1);
    assert!(fold(&bench.records()).unwrap().finished);
}

#[tokio::test(start_paused = true)]
async fn lanes_go_side_by_side_up_to_the_limit() {
    let bench = Bench::new(2);
    assert_eq!(bench.start().await, Outcome::Finished);
    assert_eq!(bench.world.lock().unwrap().most_down, 2);
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_away_is_waited_for_and_said() {
    let bench = Bench::new(1);
    let told = bench.process(false, None).await;
    assert_eq!(told.outcome.unwrap().unwrap(), Outcome::Finished);
    let waited = told.events.iter().any(|event| match event {
        Event::Waiting { reasons, .. } => reasons.iter().any(|reason| reason.contains("refuses connections")),
        Event::Recorded(_) | Event::Progress(_) => false,
    });
    assert!(waited);
    let recorded = told.events.iter().filter(|event| matches!(event, Event::Recorded(_))).count();
    assert_eq!(recorded, bench.records().len());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_finished_is_left_alone() {
    let bench = Bench::new(1);
    assert_eq!(bench.start().await, Outcome::Finished);
    let (effects, records) = (bench.effects(), bench.records());
    assert_eq!(bench.resume().await, Outcome::Finished);
    assert_eq!((bench.effects(), bench.records()), (effects, records));
    assert!(bench.process(false, None).await.outcome.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_run_is_found_again_with_its_plan_and_settings() {
    let bench = Bench::new(1);
    let root = bench.directory.path.parent().unwrap().parent().unwrap();
    let store = RunStore::at(root.to_owned());
    let found = store.latest(Some(&bench.plan.plan.cluster.uid)).unwrap().unwrap();
    assert_eq!(found, bench.directory);
    assert_eq!(store.open(&found.run).unwrap().plan().unwrap(), bench.plan);
    assert_eq!(found.settings().unwrap()["context"], "test");
    assert!(store.create(&bench.plan, &found.run, &serde_json::Value::Null).is_err());
    assert_eq!(store.latest(Some(&upgrade_core::ids::ClusterUid::new("other"))).unwrap(), None);
}
