//! KU0204: an upgrade that stopped half-way.
//!
//! kubeadm itself asks only the API server, so a half-done apply shows nowhere but in the comparison of /version,
//! kubeadm's record and the images of the mirror pods (observed).

use std::collections::BTreeSet;

use super::CheckContext;
use super::words::finding;
use crate::component::Component;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{Inventory, Place};
use crate::version::Version;

/// The components one `kubeadm upgrade` moves together.
const TOGETHER: [Component; 3] = [Component::ApiServer, Component::ControllerManager, Component::Scheduler];

/// KU0204. A warning, not a blocker: applying the same version again is what repairs it.
pub(super) fn half_done(inventory: &Inventory, _: &CheckContext<'_>) -> Vec<Finding> {
    let mut seen: Vec<(String, Version)> = inventory
        .components
        .iter()
        .filter(|instance| TOGETHER.contains(&instance.component) && matches!(instance.place, Place::Node(_)))
        .map(|instance| (format!("{} on {}", instance.component, instance.place), instance.version.release()))
        .collect();
    if seen.is_empty() {
        return Vec::new();
    }
    if let Ok(version) = inventory.evidence.git_version.parse::<Version>() {
        seen.push(("/version".to_owned(), version.release()));
    }
    if let Some(record) = &inventory.kubeadm {
        seen.push(("kubeadm's record".to_owned(), record.version.release()));
    }
    let versions: BTreeSet<&Version> = seen.iter().map(|(_, version)| version).collect();
    let Some(newest) = versions.last().filter(|_| versions.len() > 1) else { return Vec::new() };
    let by_version: Vec<_> = versions.iter().map(|version| format!("{version}: {}", holders(&seen, version))).collect();
    let remedy = format!("finish it first: kubectl upgrade plan --to {newest}");
    vec![finding(FindingCode::HalfDone, Severity::Warning, "control plane", by_version.join("; "), remedy)]
}

fn holders(seen: &[(String, Version)], version: &Version) -> String {
    super::words::names(seen.iter().filter(|(_, held)| held == version).map(|(name, _)| name))
}
