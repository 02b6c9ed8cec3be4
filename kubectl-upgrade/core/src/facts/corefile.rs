//! Words that a Corefile may no longer have.

use super::table::{FromRow, Row, TableError};
use crate::version::Version;

/// A plugin, or an option of one, that CoreDNS no longer knows: it exits at start over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedDirective {
    /// The plugin.
    pub plugin: &'static str,
    /// The option of it; none where the plugin itself is gone.
    pub option: Option<&'static str>,
    /// The first release without it.
    pub removed: Version,
    /// What to write instead.
    pub remedy: &'static str,
    /// The tag of the source.
    pub source: &'static str,
}

impl FromRow<'static> for RemovedDirective {
    const TABLE: &'static str = "removed words of Corefiles";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            plugin: row.text("plugin")?,
            option: row.get("option"),
            removed: row.value("removed", "a version")?,
            remedy: row.text("remedy")?,
            source: row.text("source")?,
        })
    }
}
