//! How long the rest of a run will take, learnt from what it has done so far.
//!
//! What each step typically takes is what rehearsals and `plan` go by too. Nothing is estimated before enough was done to
//! learn from.

use std::time::Duration;

use upgrade_core::plan::{Plan, Stage, Step};
use upgrade_rehearsal::typical;
use upgrade_twin::Tempo;

use super::story::Story;

/// So much of the typical time must have passed before the run's own pace says something.
const ENOUGH_S: u64 = 60;

/// Seconds left, after `worked_s` seconds of work.
pub(crate) fn remaining_s(plan: &Plan, story: &Story, worked_s: u64) -> Option<u64> {
    let finished: Vec<_> = story.finished_steps().collect();
    let tempo = Tempo::default();
    let (mut done, mut left) = (Duration::ZERO, Duration::ZERO);
    for (stage, step) in steps(plan) {
        let sum = if finished.contains(&step.id) { &mut done } else { &mut left };
        *sum += typical(plan, stage, &step.action, &tempo);
    }
    // Only their proportions matter: the pace is the run's own.
    (done.as_secs() >= ENOUGH_S).then(|| left.as_secs().saturating_mul(worked_s) / done.as_secs())
}

fn steps(plan: &Plan) -> impl Iterator<Item = (&Stage, &Step)> {
    let lanes = plan.stages.iter().flat_map(|stage| stage.lanes.iter().map(move |lane| (stage, lane)));
    lanes.flat_map(|(stage, lane)| lane.steps.iter().map(move |step| (stage, step)))
}
