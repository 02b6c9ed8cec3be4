//! What etcd members must run before etcd moves on by a minor.

use super::table::{FromRow, Row, TableError};
use crate::version::{Minor, Version};

/// The condition of one etcd minor upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EtcdRule {
    /// The etcd minor that is left.
    pub from: Minor,
    /// The etcd minor that follows.
    pub to: Minor,
    /// The oldest release every member may run.
    pub required: Version,
    /// The release every member had better run.
    pub advised: Option<Version>,
    /// What goes wrong otherwise.
    pub why: &'static str,
    /// The tag of the source.
    pub source: &'static str,
}

impl FromRow<'static> for EtcdRule {
    const TABLE: &'static str = "etcd rules";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            from: row.value("from", "a minor")?,
            to: row.value("to", "a minor")?,
            required: row.value("required", "a version")?,
            advised: row.optional("advised", "a version")?,
            why: row.text("why")?,
            source: row.text("source")?,
        })
    }
}
