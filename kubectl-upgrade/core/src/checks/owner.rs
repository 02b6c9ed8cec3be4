//! KU0101 and KU0103: who else has a say in the cluster's versions.

use super::CheckContext;
use super::words::unseen;
use crate::detect;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{GapSubject, Inventory};

/// KU0101, and that it cannot be told where marks could not be seen.
pub(super) fn owner(inventory: &Inventory, _: &CheckContext<'_>) -> Vec<Finding> {
    let detection = detect::detect(&inventory.evidence, &inventory.cluster.server);
    let mut findings = detect::owned(&detection);
    let gaps = inventory.gaps.iter().filter(|gap| gap.subject == GapSubject::Evidence);
    findings.extend(gaps.map(|gap| unseen(FindingCode::ForeignOwner, Severity::Warning, "marks of an owner", gap)));
    findings
}

/// KU0103.
pub(super) fn declared(inventory: &Inventory, _: &CheckContext<'_>) -> Vec<Finding> {
    detect::declared(&inventory.evidence)
}
