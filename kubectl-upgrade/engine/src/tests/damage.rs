//! What became of the bytes of a journal: an end torn off is dropped and the run goes on, any other damage is refused
//! before anything is begun.

use std::fs;

use upgrade_core::journal::Record;

use super::bench::{Bench, held};
use crate::error::EngineError;
use crate::journal::{JournalError, read};
use crate::request::Outcome;

/// A run with a hold and a resume in it, and words of more than one byte a letter.
async fn eventful() -> Bench {
    let bench = Bench::new(2);
    let install = bench.step("w-1", "install", 0);
    bench.world.lock().unwrap().failing.insert(install, 1);
    held(&bench.start().await);
    assert_eq!(bench.resume().await, Outcome::Finished);
    assert!(!bytes(&bench).is_ascii());
    bench
}

fn bytes(bench: &Bench) -> Vec<u8> {
    fs::read(bench.directory.journal()).unwrap()
}

fn put(bench: &Bench, bytes: &[u8]) {
    fs::write(bench.directory.journal(), bytes).unwrap();
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

fn reread(bench: &Bench, bytes: &[u8]) -> Result<Vec<Record>, usize> {
    put(bench, bytes);
    read(&bench.directory.journal()).map_err(|error| match error {
        JournalError::Damaged { line, .. } => line,
        other => panic!("{other}"),
    })
}

#[tokio::test(start_paused = true)]
async fn a_whole_run_cut_anywhere_reads_as_its_beginning() {
    let bench = eventful().await;
    let (whole, records) = (bytes(&bench), bench.records());
    // Both sides of every line's end, and a step that falls anywhere within lines.
    let ends = lines(&whole).into_iter().scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    let cuts = ends.flat_map(|end| end.saturating_sub(2)..whole.len().min(end + 2));
    for cut in cuts.chain((0..whole.len()).step_by(89)) {
        let complete = lines(&whole[..(cut + 1).min(whole.len())]).iter().filter(|line| line.ends_with(b"\n")).count();
        assert_eq!(reread(&bench, &whole[..cut]).as_deref(), Ok(&records[..complete]), "cut at {cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_run_with_a_byte_changed_is_refused() {
    let bench = eventful().await;
    let whole = bytes(&bench);
    for at in (0..whole.len()).step_by(61) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        let line = lines(&whole[..=at]).len();
        // A line broken in two is told by its first half, two made one by the one they became.
        assert_eq!(reread(&bench, &damaged), Err(line), "byte {at}");
    }
}

#[tokio::test(start_paused = true)]
async fn lines_of_a_whole_run_repeated_swapped_or_left_out_are_refused() {
    let bench = eventful().await;
    let whole = bytes(&bench);
    let lines = lines(&whole);
    for at in 0..lines.len() - 1 {
        let (before, after) = lines.split_at(at);
        let repeated = [before, &after[..1], after].concat().concat();
        assert_eq!(reread(&bench, &repeated), Err(at + 2), "line {at} repeated");
        let swapped = [before, &[after[1], after[0]], &after[2..]].concat().concat();
        assert_eq!(reread(&bench, &swapped), Err(at + 1), "line {at} swapped");
        let left_out = [before, &after[1..]].concat().concat();
        assert_eq!(reread(&bench, &left_out), Err(at + 1), "line {at} left out");
    }
    let twice = [&whole[..], &whole[..]].concat();
    assert_eq!(reread(&bench, &twice), Err(lines.len() + 1));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_journal_is_not_resumed_and_nothing_is_begun() {
    let bench = Bench::new(1);
    assert!(bench.process(false, Some(12)).await.outcome.is_none());
    let (whole, effects) = (bytes(&bench), bench.effects());
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 4;
    put(&bench, &damaged);
    let outcome = bench.process(true, None).await.outcome.unwrap();
    assert!(matches!(outcome, Err(EngineError::Journal(JournalError::Damaged { .. }))), "{outcome:?}");
    assert_eq!((bytes(&bench), bench.effects()), (damaged, effects));
    put(&bench, &whole);
    assert_eq!(bench.resume().await, Outcome::Finished);
}

#[tokio::test(start_paused = true)]
async fn killed_while_a_record_is_written_it_ends_the_same() {
    let whole = Bench::new(1);
    assert_eq!(whole.start().await, Outcome::Finished);
    let text = bytes(&whole);
    let mut expected = whole.effects();
    expected.sort();
    for (next, line) in lines(&text).into_iter().enumerate().skip(1).step_by(3) {
        let bench = Bench::new(1);
        bench.process(false, Some(next)).await;
        let written = bytes(&bench);
        // The record after these was on its way to the disk: whatever it announces had not begun.
        let torn = &line[..(next * 37) % (line.len() - 1)];
        put(&bench, &[lines(&written)[..next].concat().as_slice(), torn].concat());
        assert_eq!(bench.resume().await, Outcome::Finished, "torn after record {next}");
        assert_eq!(bench.inventory(), whole.inventory(), "torn after record {next}");
        let mut effects = bench.effects();
        effects.sort();
        assert_eq!(effects, expected, "torn after record {next}");
    }
}
