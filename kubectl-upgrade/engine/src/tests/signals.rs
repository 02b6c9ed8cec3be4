use std::time::Duration;

use upgrade_core::journal::{Entry, HoldReason};

use super::bench::{Bench, Ends, held};
use crate::error::EngineError;
use crate::request::{Outcome, Request, StopLevel};
use crate::run::execute;

/// Runs until the step is started, then does something to the run.
async fn once_started(
    request: Request,
    mut ends: Ends,
    step: upgrade_core::ids::StepId,
    then: impl AsyncFnOnce(&Ends),
) -> Outcome {
    let meddle = async {
        ends.started(step).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        then(&ends).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        outcome = execute(request) => outcome.unwrap(),
        () = meddle => unreachable!(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_signal_finishes_the_step_and_holds() {
    let bench = Bench::new(1);
    let step = bench.step("w-1", "install", 0);
    let (request, ends) = bench.request(false, None);
    let outcome = once_started(request, ends, step, async |ends| {
        ends.stop.send(StopLevel::Finish).unwrap();
    })
    .await;
    assert_eq!(held(&outcome).0, HoldReason::Interrupted);
    assert_eq!(bench.effects().last(), Some(&step));
    let finished = bench
        .records()
        .iter()
        .any(|record| matches!(record.entry, Entry::StepFinished { step: found, .. } if found == step));
    assert!(finished);
    assert_eq!(bench.resume().await, Outcome::Finished);
}

#[tokio::test(start_paused = true)]
async fn the_first_signal_cuts_a_drain_short() {
    let bench = Bench::new(1);
    bench.world.lock().unwrap().stuck.insert(upgrade_core::ids::NodeName::new("w-1"));
    let step = bench.step("w-1", "drain", 0);
    let (request, ends) = bench.request(false, None);
    let outcome = once_started(request, ends, step, async |ends| {
        ends.stop.send(StopLevel::Finish).unwrap();
    })
    .await;
    let (reason, _, state) = held(&outcome);
    assert_eq!(reason, HoldReason::Interrupted);
    assert!(state.contains("w-1 was made schedulable again"), "{state}");
    assert_eq!(bench.cordoned(), []);
    bench.world.lock().unwrap().stuck.clear();
    assert_eq!(bench.resume().await, Outcome::Finished);
}

#[tokio::test(start_paused = true)]
async fn the_second_signal_leaves_at_once_and_in_doubt() {
    let bench = Bench::new(1);
    let step = bench.step("cp-1", "apply", 0);
    let (request, ends) = bench.request(false, None);
    let outcome = once_started(request, ends, step, async |ends| {
        ends.stop.send(StopLevel::Abandon).unwrap();
    })
    .await;
    let (reason, found, state) = held(&outcome);
    assert_eq!(reason, HoldReason::Interrupted);
    assert!(found.contains("go on"), "{found}");
    assert!(state.contains("may still be going on"), "{state}");
    assert_eq!(bench.resume().await, Outcome::Finished);
    assert_eq!(bench.effects().iter().filter(|found| **found == step).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lock_stops_before_the_next_step() {
    let bench = Bench::new(1);
    let step = bench.step("w-1", "install", 0);
    let (request, ends) = bench.request(false, None);
    let outcome = once_started(request, ends, step, async |_| {
        bench.world.lock().unwrap().lock_taken = true;
    })
    .await;
    let (reason, found, _) = held(&outcome);
    assert_eq!(reason, HoldReason::LockLost);
    assert!(found.contains("someone else"), "{found}");
    assert_eq!(bench.effects().last(), Some(&step));
    let refused = bench.process(true, None).await.outcome.unwrap();
    assert!(matches!(refused, Err(EngineError::Lock(_))), "{refused:?}");
    bench.world.lock().unwrap().lock_taken = false;
    assert_eq!(bench.resume().await, Outcome::Finished);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_the_lock_refused_before_it_began_leaves_nothing() {
    let bench = Bench::new(1);
    bench.world.lock().unwrap().lock_taken = true;
    assert!(bench.directory.path.exists());
    let refused = bench.process(false, None).await.outcome.unwrap();
    assert!(matches!(refused, Err(EngineError::Lock(_))), "{refused:?}");
    assert!(!bench.directory.path.exists(), "an empty run would be the latest of this cluster");
}

#[tokio::test(start_paused = true)]
async fn a_second_process_on_the_same_files_is_refused() {
    let bench = Bench::new(1);
    let journal = crate::journal::Journal::open(&bench.directory.journal()).unwrap();
    let refused = bench.process(false, None).await.outcome.unwrap();
    assert!(matches!(refused, Err(EngineError::Journal(crate::JournalError::InUse { .. }))), "{refused:?}");
    drop(journal);
    assert_eq!(bench.effects(), []);
}

#[tokio::test(start_paused = true)]
async fn a_run_can_be_moved_between_threads() {
    fn movable(_: &impl Send) {}
    let bench = Bench::new(1);
    let (request, _ends) = bench.request(false, None);
    movable(&execute(request));
}
