//! A run's journal and what became of its file: first the number of records, then a program that writes them, then one
//! that damages the file. Whatever it does, what reads back is a beginning of what was written.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use upgrade_core::ids::{ClusterUid, PlanDigest, RunId, StepId};
use upgrade_core::journal::{Entry, HoldReason, How, OperationRef, Record, RunState, fold};
use upgrade_engine::journal_fuzzing::{read, write};

fuzz_target!(|bytes: &[u8]| {
    // A program that is too short ends early.
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let records = records(input)?;
    let whole = write(&records).expect("records can be written");
    assert_eq!(read(&whole).as_ref(), Ok(&records));
    let mut bytes = whole.clone();
    let mut flips = 0;
    let mut others = 0;
    while !input.is_empty() && flips + others < 6 {
        if damage(input, &mut bytes)? { flips += 1 } else { others += 1 }
    }
    match read(&bytes) {
        Ok(found) => {
            assert!(records.starts_with(&found), "{found:#?}");
            assert!(found.is_empty() || fold(&found).is_ok());
            assert!(flips != 1 || others > 0 || bytes == whole, "a changed byte was not seen");
        }
        Err(line) => assert!(line > 0 && bytes != whole),
    }
    Ok(())
}

/// Records that a run could have written.
fn records(input: &mut Unstructured<'_>) -> Result<Vec<Record>> {
    let (run, plan, cluster) = (RunId::new("r"), PlanDigest::new("d"), ClusterUid::new("c"));
    let start = Entry::RunStarted { run, plan, cluster, holder: text(input)?, tool: text(input)? };
    let mut records = vec![Record { sequence: 0, at: Timestamp::UNIX_EPOCH, entry: start }];
    let mut state = fold(&records).expect("a start");
    for _ in 0..u8::arbitrary(input)? % 16 {
        let entry = entry(input, &state)?;
        let at = Timestamp::from_second(i64::from(u32::arbitrary(input)?)).expect("before 2107");
        let record = Record { sequence: state.next_sequence, at, entry };
        if state.follow(&record).is_ok() {
            records.push(record);
        }
    }
    Ok(records)
}

fn entry(input: &mut Unstructured<'_>, state: &RunState) -> Result<Entry> {
    let step = StepId(u32::from(u8::arbitrary(input)? % 3));
    Ok(match u8::arbitrary(input)? % 9 {
        0 | 1 => Entry::StepStarted { step, attempt: state.attempt(step) + 1 },
        2 => Entry::OperationBegun { step, operation: OperationRef(text(input)?) },
        3 => Entry::Output { step, text: text(input)? },
        4 => Entry::StepFinished { step, how: How::Done, observed: vec![text(input)?] },
        5 => Entry::StepFailed { step, error: text(input)?, in_doubt: bool::arbitrary(input)? },
        6 => {
            let (found, next) = (vec![text(input)?], vec![text(input)?]);
            Entry::Held { reason: HoldReason::Failed, step: Some(step), found, state: Vec::new(), next }
        }
        7 => Entry::RunResumed { holder: text(input)?, accepted: Vec::new() },
        _ => Entry::RunFinished,
    })
}

fn text(input: &mut Unstructured<'_>) -> Result<String> {
    let length = usize::from(u8::arbitrary(input)? % 32).min(input.len());
    Ok(String::from_utf8_lossy(input.bytes(length)?).into_owned())
}

/// Does something to the file; whether it was the change of one byte.
fn damage(input: &mut Unstructured<'_>, bytes: &mut Vec<u8>) -> Result<bool> {
    let kind = u8::arbitrary(input)? % 8;
    let at = usize::from(u16::arbitrary(input)?) % (bytes.len() + 1);
    match kind {
        0 | 1 => {
            let change = u8::arbitrary(input)?;
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= change;
            }
            return Ok(true);
        }
        2 => bytes.truncate(at),
        3 => bytes.extend_from_within(at..),
        4 => bytes.insert(at, u8::arbitrary(input)?),
        5 => drop(bytes.drain(..at)),
        _ => lines(bytes, kind, at),
    }
    Ok(false)
}

/// Repeats a line, or swaps it with the one after it.
fn lines(bytes: &mut Vec<u8>, kind: u8, at: usize) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let line = at % lines.len();
    if kind == 6 {
        lines.insert(line, lines[line].clone());
    } else {
        let next = (line + 1) % lines.len();
        lines.swap(line, next);
    }
    *bytes = lines.concat();
}
