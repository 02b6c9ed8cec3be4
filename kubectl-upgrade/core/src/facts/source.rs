//! Where facts were read.

use super::table::{FromRow, Row, TableError};

/// A source that rows of the tables name by its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The short name rows use.
    pub tag: &'static str,
    /// What was read.
    pub what: &'static str,
    /// Which copy: a commit, or the day of the copy.
    pub copy: &'static str,
}

impl FromRow<'static> for Source {
    const TABLE: &'static str = "sources";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self { tag: row.text("tag")?, what: row.text("what")?, copy: row.text("copy")? })
    }
}
