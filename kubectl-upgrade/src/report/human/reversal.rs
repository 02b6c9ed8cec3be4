//! The way back: how each step is undone, steps that are undone alike said together.

use upgrade_core::plan::{Plan, Reversal, Step};

use crate::report::text::{Page, Tone, hang, pad, paint, ranges};

/// So many numbers of steps are shown before the rest is counted.
const SHOWN_RANGES: usize = 6;

/// How one step is undone, in words.
pub(crate) fn reversal_words(reversal: &Reversal) -> String {
    match reversal {
        Reversal::Nothing => "nothing to undo".to_owned(),
        Reversal::Inverse(how) => how.clone(),
        Reversal::Restore { backup, how } => format!("from the backup of step {backup}: {how}"),
        Reversal::Impossible(why) => format!("cannot be undone: {why}"),
    }
}

/// Adds the section.
pub(crate) fn way_back(page: &mut Page, plan: &Plan, columns: usize) {
    page.line(paint(Tone::Heading, "Way back"));
    let groups = grouped(plan);
    let labels: Vec<String> = groups.iter().map(|(_, steps)| label(steps)).collect();
    let column = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    for ((words, _), label) in groups.iter().zip(&labels) {
        page.lines(hang(&format!("  {}  ", pad(label, column)), words, columns));
    }
}

/// The reversals, those that cost most first; the node's own name stands for any node.
fn grouped(plan: &Plan) -> Vec<(String, Vec<u32>)> {
    let mut groups: Vec<(u8, String, Vec<u32>)> = Vec::new();
    for step in plan.steps() {
        let words = without_node(step);
        match groups.iter_mut().find(|(_, known, _)| *known == words) {
            Some((_, _, steps)) => steps.push(step.id.0),
            None => groups.push((cost(&step.reversal), words, vec![step.id.0])),
        }
    }
    groups.sort_by_key(|(cost, _, _)| *cost);
    groups.into_iter().map(|(_, words, steps)| (words, steps)).collect()
}

/// What matters most to the one who decides comes first.
const fn cost(reversal: &Reversal) -> u8 {
    match reversal {
        Reversal::Restore { .. } => 0,
        Reversal::Impossible(_) => 1,
        Reversal::Inverse(_) => 2,
        Reversal::Nothing => 3,
    }
}

fn without_node(step: &Step) -> String {
    let words = reversal_words(&step.reversal);
    step.action.node().map_or(words.clone(), |node| anonymous(&words, node.as_str()))
}

/// `text` with every whole word that is `node` replaced by `NODE`.
pub(crate) fn anonymous(text: &str, node: &str) -> String {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, name) in text.match_indices(node).filter(|(_, name)| !name.is_empty()) {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        if !before.ends_with(in_name) && !after.starts_with(in_name) {
            out.push_str(text.get(copied..at).unwrap_or_default());
            out.push_str("NODE");
            copied = at + name.len();
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

fn label(steps: &[u32]) -> String {
    let all = ranges(steps);
    let shown: Vec<&str> = all.split(", ").collect();
    let steps_word = if steps.len() == 1 { "step" } else { "steps" };
    match shown.get(..SHOWN_RANGES) {
        Some(first) if shown.len() > SHOWN_RANGES => format!("{steps_word} {}, …", first.join(", ")),
        _ => format!("{steps_word} {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_taken_out() {
        assert_eq!(anonymous("uncordon w-1, not w-11 or eu-w-1", "w-1"), "uncordon NODE, not w-11 or eu-w-1");
        assert_eq!(anonymous("w-1", "w-1"), "NODE");
    }

    #[test]
    fn long_lists_of_steps_are_cut() {
        assert_eq!(label(&[4]), "step 4");
        assert_eq!(label(&[1, 2, 5]), "steps 1–2, 5");
        assert_eq!(label(&[1, 3, 5, 7, 9, 11, 13]), "steps 1, 3, 5, 7, 9, 11, …");
    }
}
