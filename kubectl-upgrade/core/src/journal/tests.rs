use jiff::Timestamp;
use proptest::prelude::*;

use super::{Entry, HoldReason, How, OperationRef, Record, StepState, fold};
use crate::ids::{ClusterUid, PlanDigest, RunId, StepId};

fn started() -> Entry {
    Entry::RunStarted {
        run: RunId::new("r"),
        plan: PlanDigest::new("d"),
        cluster: ClusterUid::new("c"),
        holder: "h".to_owned(),
        tool: "t".to_owned(),
    }
}

fn resumed() -> Entry {
    Entry::RunResumed { holder: "h".to_owned(), accepted: Vec::new() }
}

fn held() -> Entry {
    Entry::Held { reason: HoldReason::Failed, step: None, found: Vec::new(), state: Vec::new(), next: Vec::new() }
}

fn begins(step: u32, attempt: u32) -> Entry {
    Entry::StepStarted { step: StepId(step), attempt }
}

fn begun(step: u32) -> Entry {
    Entry::OperationBegun { step: StepId(step), operation: OperationRef("unit".to_owned()) }
}

fn output(step: u32) -> Entry {
    Entry::Output { step: StepId(step), text: "x".to_owned() }
}

fn finished(step: u32, how: How) -> Entry {
    Entry::StepFinished { step: StepId(step), how, observed: Vec::new() }
}

fn failed(step: u32, in_doubt: bool) -> Entry {
    Entry::StepFailed { step: StepId(step), error: "x".to_owned(), in_doubt }
}

fn records(entries: &[Entry]) -> Vec<Record> {
    (0..)
        .zip(entries)
        .map(|(sequence, entry)| Record { sequence, at: Timestamp::UNIX_EPOCH, entry: entry.clone() })
        .collect()
}

fn legal(entries: &[Entry]) -> bool {
    fold(&records(entries)).is_ok()
}

/// A run with each kind of turn: a step done, one found done, one failed and tried again, one given up in doubt and
/// taken up, one done anew after it had finished.
fn story() -> Vec<Entry> {
    vec![
        started(),
        begins(1, 1),
        begun(1),
        output(1),
        finished(1, How::Done),
        finished(2, How::AlreadyDone),
        begins(3, 1),
        failed(3, false),
        held(),
        resumed(),
        begins(3, 2),
        begun(3),
        failed(3, true),
        held(),
        resumed(),
        finished(3, How::TakenUpAgain),
        begins(1, 2),
        resumed(),
        begun(1),
        finished(1, How::Done),
        Entry::RunFinished,
    ]
}

#[test]
fn every_prefix_of_a_run_folds() {
    for length in 1..=story().len() {
        assert!(legal(&story()[..length]), "{length}");
    }
    let state = fold(&records(&story())).expect("a state");
    assert!(state.finished);
    assert_eq!(state.steps[&StepId(1)], StepState::Finished { attempt: 2, how: How::Done, sequence: 19 });
}

#[test]
fn what_no_run_could_have_written_is_refused() {
    let illegal: [&[Entry]; 14] = [
        &[],
        &[resumed()],
        &[started(), started()],
        &[started(), begun(1)],
        &[started(), output(1)],
        &[started(), finished(1, How::Done)],
        &[started(), finished(1, How::TakenUpAgain)],
        &[started(), failed(1, false)],
        &[started(), begins(1, 2)],
        &[started(), begins(1, 1), begins(1, 2)],
        &[started(), begins(1, 1), failed(1, false), begins(1, 1)],
        &[started(), begins(1, 1), Entry::RunFinished],
        &[started(), held(), begins(1, 1)],
        &[started(), Entry::RunFinished, resumed()],
    ];
    for entries in illegal {
        assert!(!legal(entries), "{entries:?}");
    }
}

proptest! {
    #[test]
    fn a_record_left_out_leaves_a_gap(index in 0_usize..20) {
        let mut records = records(&story());
        records.remove(index);
        prop_assert!(fold(&records).is_err());
    }

    #[test]
    fn two_records_swapped_are_refused(first in 0_usize..21, second in 0_usize..21) {
        prop_assume!(first != second);
        let mut records = records(&story());
        records.swap(first, second);
        prop_assert!(fold(&records).is_err());
    }

    #[test]
    fn a_fold_never_goes_back_on_attempts(entries in proptest::collection::vec(entry(), 0..40)) {
        let mut state = fold(&records(&[started()])).expect("a start");
        for entry in entries {
            let record = Record { sequence: state.next_sequence, at: Timestamp::UNIX_EPOCH, entry };
            let before: Vec<_> = state.steps.iter().map(|(step, state)| (*step, state.attempt())).collect();
            let mut next = state.clone();
            if next.follow(&record).is_err() {
                prop_assert_eq!(&next, &state);
                continue;
            }
            for (step, attempt) in before {
                prop_assert!(next.attempt(step) >= attempt);
            }
            prop_assert!(!state.finished);
            let resumes = matches!(record.entry, Entry::RunResumed { .. });
            prop_assert!(state.held.is_none() || resumes);
            state = next;
        }
    }
}

fn entry() -> impl Strategy<Value = Entry> {
    let step = 1_u32..4;
    prop_oneof![
        Just(resumed()),
        Just(held()),
        Just(Entry::RunFinished),
        (step.clone(), 1_u32..4).prop_map(|(step, attempt)| begins(step, attempt)),
        step.clone().prop_map(begun),
        step.clone().prop_map(output),
        step.clone().prop_map(|step| finished(step, How::Done)),
        step.clone().prop_map(|step| finished(step, How::AlreadyDone)),
        (step, any::<bool>()).prop_map(|(step, in_doubt)| failed(step, in_doubt)),
    ]
}
