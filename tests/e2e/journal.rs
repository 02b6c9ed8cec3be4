//! What a run left in its state directory, read with the product's own types.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use upgrade_core::ids::StepId;
use upgrade_core::journal::{Entry, Record};
use upgrade_core::plan::{Action, Plan, PlanFile};

/// The folder of the only run under a state directory.
fn run_folder(state: &Path) -> Option<PathBuf> {
    let only =
        |folder: &Path| std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(|path| path.is_dir());
    only(&only(state)?)
}

/// The records so far; a line still being written is left out.
pub(crate) fn records(state: &Path) -> Vec<Record> {
    let Some(folder) = run_folder(state) else { return Vec::new() };
    let text = std::fs::read_to_string(folder.join("journal.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            serde_json::from_value(line.get("record")?.clone()).ok()
        })
        .collect()
}

/// The plan the run runs.
pub(crate) fn plan(state: &Path) -> Plan {
    let folder = run_folder(state).expect("a run");
    PlanFile::read(&std::fs::read_to_string(folder.join("plan.json")).expect("its plan"))
        .expect("an unchanged plan")
        .plan
}

/// Waits until a step with such an action is under way, for at most so long.
#[track_caller]
pub(crate) fn wait_until_begun(state: &Path, at_most: Duration, wanted: impl Fn(&Action) -> bool) -> StepId {
    let began = Instant::now();
    while began.elapsed() < at_most {
        for record in records(state) {
            if let Entry::OperationBegun { step, .. } = record.entry
                && plan(state).step(step).is_some_and(|step| wanted(&step.action))
            {
                return step;
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no such step began within {at_most:?}; the journal: {:#?}", records(state));
}

/// The steps that finished, in the order in which they did.
pub(crate) fn finished(state: &Path) -> Vec<StepId> {
    let finished = |record: Record| match record.entry {
        Entry::StepFinished { step, .. } => Some(step),
        _ => None,
    };
    records(state).into_iter().filter_map(finished).collect()
}

/// The journal's actions are the plan's: each step of the plan finished, in its order where lanes do not overlap.
#[track_caller]
pub(crate) fn assert_equals_plan(state: &Path) {
    let plan = plan(state);
    let finished = finished(state);
    for lane in plan.stages.iter().flat_map(|stage| &stage.lanes) {
        let planned: Vec<StepId> = lane.steps.iter().map(|step| step.id).collect();
        let mut done: Vec<StepId> = finished.iter().copied().filter(|id| planned.contains(id)).collect();
        // A resumed run may verify a step again; what counts is the first time, in order.
        let mut seen = std::collections::BTreeSet::new();
        done.retain(|id| seen.insert(*id));
        assert_eq!(done, planned, "the lane of {}", lane.subject);
    }
    let known = |id: &StepId| plan.step(*id).is_some();
    assert!(finished.iter().all(known), "the journal has steps that the plan has not: {finished:?}");
    assert!(matches!(records(state).last().map(|record| &record.entry), Some(Entry::RunFinished)));
}
