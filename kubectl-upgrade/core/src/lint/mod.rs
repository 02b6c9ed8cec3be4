//! Proves of a whole plan, made here or loaded, what no single step can show.
//!
//! The plan is played over a model of the states it passes through and reaches. The linter knows nothing of how plans
//! are made: it is the second opinion.

mod broken;
mod order;
mod shape;
mod skew;
mod support;

pub use broken::{Broken, Law};

use crate::facts::Facts;
use crate::inventory::Inventory;
use crate::plan::Plan;

/// Every law the plan breaks when it starts from the inventory; empty for a plan that may run.
#[must_use]
pub fn lint(plan: &Plan, inventory: &Inventory, facts: &Facts) -> Vec<Broken> {
    let mut broken = shape::check(plan, inventory);
    broken.extend(order::check(plan, inventory));
    broken.extend(skew::check(plan, inventory));
    broken.extend(support::check(plan, facts));
    broken
}

#[cfg(test)]
mod tests;
