//! The life of API kinds.

use super::table::{FromRow, Row, TableError};
use crate::version::Minor;

/// One version of an API kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKind {
    /// The group; empty for the core group.
    pub group: &'static str,
    /// The version within the group.
    pub version: &'static str,
    /// The kind. Lists are not listed: they share the life of their items.
    pub kind: &'static str,
    /// The first minor that serves it.
    pub introduced: Minor,
    /// The first minor that calls it deprecated.
    pub deprecated: Option<Minor>,
    /// The first minor that no longer serves it; announced only, when newer than the newest release.
    pub removed: Option<Minor>,
    /// `group/version/Kind` to move to; none when there is no successor.
    pub replacement: Option<&'static str>,
    /// The tag of the source.
    pub source: &'static str,
}

impl ApiKind {
    /// Whether an API server of this minor serves it.
    #[must_use]
    pub fn served_by(&self, minor: Minor) -> bool {
        self.introduced <= minor && self.removed.is_none_or(|removed| minor < removed)
    }
}

impl FromRow<'static> for ApiKind {
    const TABLE: &'static str = "API kinds";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Ok(Self {
            group: row.get("group").unwrap_or_default(),
            version: row.text("version")?,
            kind: row.text("kind")?,
            introduced: row.value("introduced", "a minor")?,
            deprecated: row.optional("deprecated", "a minor")?,
            removed: row.optional("removed", "a minor")?,
            replacement: row.get("replacement"),
            source: row.text("source")?,
        })
    }
}
