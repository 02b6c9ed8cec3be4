//! What stands in the way of an upgrade, as findings.

use jiff::civil::Date;

use crate::facts::Facts;
use crate::finding::Finding;
use crate::inventory::Inventory;
use crate::plan::Options;
use crate::version::Version;

/// What checks are held against, besides the inventory.
#[derive(Clone, Debug)]
pub struct CheckContext<'a> {
    /// The hops planned, each from and to.
    pub hops: Vec<(Version, Version)>,
    /// Today.
    pub today: Date,
    /// The choices.
    pub options: &'a Options,
    /// The kubectl beside the plugin, if any.
    pub kubectl: Option<&'a Version>,
    /// The tables.
    pub facts: &'a Facts,
}

/// Every finding about the inventory.
#[must_use]
pub fn findings(_inventory: &Inventory, _context: &CheckContext<'_>) -> Vec<Finding> {
    Vec::new()
}
