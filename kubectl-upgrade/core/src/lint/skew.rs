//! The states passed through keep the version-skew policy.

use super::broken::{Broken, Law};
use crate::inventory::Inventory;
use crate::plan::Plan;
use crate::transition;

pub(super) fn check(plan: &Plan, inventory: &Inventory) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut standing = transition::picture(inventory);
    for step in plan.steps() {
        let found = transition::violations(&standing, step);
        broken.extend(found.into_iter().map(|issue| Broken::at(Law::Skew, step.id, issue.to_string())));
        if let Some(after) = transition::after(&standing, step) {
            standing = after;
        }
    }
    broken
}
