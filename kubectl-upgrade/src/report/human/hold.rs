//! The block that says why a run stopped. It answers four questions: what was expected and found, what state everything
//! is in, why, and what to type next.

use upgrade_core::journal::HoldReason;
use upgrade_core::plan::Plan;

use super::words::action_name;
use crate::report::story::Hold;
use crate::report::text::{Page, Tone, hang, paint};

/// The whole block.
pub(crate) fn held(plan: &Plan, hold: &Hold, columns: usize) -> String {
    let mut page = Page::default();
    page.lines(hang("", &heading(plan, hold), columns).into_iter().map(|line| paint(Tone::Bad, &line)));
    facts(&mut page, "found", &hold.found, columns);
    facts(&mut page, "state", &hold.state, columns);
    for (index, command) in hold.next.iter().enumerate() {
        page.line(format!("{}{command}", label(if index == 0 { "next" } else { "" })));
    }
    page.into_text()
}

fn heading(plan: &Plan, hold: &Hold) -> String {
    let why = match hold.reason {
        HoldReason::Blocked => "a rule forbids it",
        HoldReason::Drifted => "the cluster is not as the plan expects",
        HoldReason::Failed => "it failed",
        HoldReason::Interrupted => "interrupted",
        HoldReason::LockLost => "the lock was lost to another run",
    };
    match hold.step.and_then(|id| plan.step(id)) {
        Some(step) => {
            let (total, node) = (plan.steps().count(), step.action.subject());
            format!("held at step {} of {total} ({node}, {}): {why}", step.id, action_name(&step.action))
        }
        None => format!("held between steps: {why}"),
    }
}

fn facts(page: &mut Page, name: &str, facts: &[String], columns: usize) {
    for (index, fact) in facts.iter().enumerate() {
        page.lines(hang(&label(if index == 0 { name } else { "" }), fact, columns));
    }
}

fn label(name: &str) -> String {
    format!("  {name:<8}")
}
