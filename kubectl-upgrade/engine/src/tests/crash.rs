use std::fs;
use std::time::Duration;

use super::bench::Bench;
use crate::request::Outcome;

/// Cuts the journal after so many records, as if nothing more had reached the disk.
fn cut(bench: &Bench, records: usize) {
    let path = bench.directory.journal();
    let text = fs::read_to_string(&path).unwrap_or_default();
    let kept: String = text.split_inclusive('\n').take(records).collect();
    fs::write(&path, kept).unwrap();
}

async fn killed_after(records: usize, at_once: u32, away: Duration) -> Bench {
    let bench = Bench::new(at_once);
    // The last records are written without asking anyone, so that a kill there comes after the end.
    let ended = bench.process(false, Some(records)).await.outcome.is_some();
    assert!(!ended || bench.records().len() <= records + 2, "not killed after record {records}");
    cut(&bench, records);
    tokio::time::sleep(away).await;
    assert_eq!(bench.resume().await, Outcome::Finished, "killed after record {records}");
    bench
}

async fn same_end_whenever_killed(at_once: u32, away: Duration) {
    let whole = Bench::new(at_once);
    assert_eq!(whole.start().await, Outcome::Finished);
    let mut expected = whole.effects();
    expected.sort();
    for records in 1..whole.records().len() {
        let bench = killed_after(records, at_once, away).await;
        assert_eq!(bench.inventory(), whole.inventory(), "killed after record {records}");
        let mut effects = bench.effects();
        effects.sort();
        assert_eq!(effects, expected, "killed after record {records}");
        assert!(bench.world.lock().unwrap().most_down <= usize::try_from(at_once).unwrap());
        assert!(!bench.world.lock().unwrap().lock_held, "killed after record {records}");
    }
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_record_and_resumed_at_once_it_ends_the_same() {
    same_end_whenever_killed(1, Duration::ZERO).await;
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_record_and_resumed_later_it_ends_the_same() {
    same_end_whenever_killed(2, Duration::from_secs(3600)).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_died_before_it_gave_the_lock_back_gives_it_back_when_resumed() {
    let whole = Bench::new(1);
    assert_eq!(whole.start().await, Outcome::Finished);
    let bench = Bench::new(1);
    let ended = bench.process(false, Some(whole.records().len())).await.outcome;
    // In its last words it asks the lock, which never answers: as if it had died there.
    assert!(ended.is_none_or(|outcome| outcome.unwrap() == Outcome::Finished));
    assert!(bench.world.lock().unwrap().lock_held);
    assert_eq!(bench.resume().await, Outcome::Finished);
    assert!(!bench.world.lock().unwrap().lock_held);
}

#[tokio::test(start_paused = true)]
async fn killed_again_and_again_it_ends_the_same() {
    let whole = Bench::new(1);
    assert_eq!(whole.start().await, Outcome::Finished);
    let bench = Bench::new(1);
    let mut outcome = bench.process(false, Some(1)).await.outcome;
    let mut kills = 0;
    while outcome.is_none() {
        kills += 1;
        assert!(kills < 100, "{:#?}", bench.records().iter().rev().take(12).collect::<Vec<_>>());
        let records = bench.records().len();
        // Each life writes that it resumed, how it ends what was in doubt, and a little more.
        outcome = bench.process(true, Some(records + 5 + kills % 3)).await.outcome;
    }
    assert_eq!(outcome.unwrap().unwrap(), Outcome::Finished);
    assert!(kills > 8, "{kills}");
    assert_eq!(bench.inventory(), whole.inventory());
}
