//! How findings put things.

use std::fmt::Display;

use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Gap;

/// How many names are written out before the rest is counted.
const NAMED: usize = 4;

/// `w-1, w-2` or `w-1, w-2, w-3, w-4 and 20 more`, each once, in order.
pub(super) fn names<T: Display + Ord>(items: impl IntoIterator<Item = T>) -> String {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items.dedup();
    let named: Vec<_> = items.iter().take(NAMED).map(ToString::to_string).collect();
    match items.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// `1 pod`, `3 pods`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A finding with a remedy.
pub(super) fn finding(
    code: FindingCode,
    severity: Severity,
    subject: impl Into<String>,
    found: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding { code, severity, subject: subject.into(), found: found.into(), remedy: Some(remedy.into()) }
}

/// A finding that something could not be seen.
pub(super) fn unseen(code: FindingCode, severity: Severity, subject: impl Into<String>, gap: &Gap) -> Finding {
    Finding {
        code,
        severity,
        subject: subject.into(),
        found: format!("could not be seen: {}", gap.why),
        remedy: gap.hint.clone(),
    }
}
