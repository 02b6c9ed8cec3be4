//! How far apart two components may be, from a minor on.

use super::table::{FromRow, Row, TableError};
use crate::component::Component;
use crate::version::Minor;

/// One row of the skew table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The component that is judged.
    pub component: Component,
    /// The component it is judged against.
    pub against: Component,
    /// The row holds for `component` of this minor and newer, until the next row of the pair.
    pub from: Minor,
    /// How many minors `component` may be older.
    pub older: u16,
    /// How many minors `component` may be newer.
    pub newer: u16,
    /// The tag of the source.
    pub source: &'static str,
}

impl FromRow<'static> for Window {
    const TABLE: &'static str = "skew windows";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        let component = |column| {
            let name = row.text(column)?;
            let found = Component::ALL.into_iter().find(|component| component.name() == name);
            found.ok_or_else(|| row.error(format!("a component in column {column}"), name))
        };
        Ok(Self {
            component: component("component")?,
            against: component("against")?,
            from: row.value("from", "a minor")?,
            older: row.value("older", "a number of minors")?,
            newer: row.value("newer", "a number of minors")?,
            source: row.text("source")?,
        })
    }
}
