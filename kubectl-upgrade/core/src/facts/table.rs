//! The one form all tables have: tab-separated text with `#` comments, a line `checked<TAB>date`, and a header.
//!
//! Must not panic whatever the text: a table may come from a user's file.

use std::str::FromStr;

use jiff::civil::Date;

/// What stands in a field that has no value.
const NONE: &str = "-";

/// Why a table could not be read: where, what should have stood there and what did.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the table of {table}, line {line}: expected {expected}, found {found:?}")]
pub struct TableError {
    /// What the table lists.
    pub table: &'static str,
    /// The line, counted from 1; 0 when the text ended too early.
    pub line: usize,
    /// What should have stood there.
    pub expected: String,
    /// What was read.
    pub found: String,
}

/// A row type and the table it is read from.
pub(super) trait FromRow<'a>: Sized {
    /// What the table lists, for errors.
    const TABLE: &'static str;

    /// Reads one row.
    fn read(row: &Row<'a, '_>) -> Result<Self, TableError>;
}

/// One row with its header.
pub(super) struct Row<'a, 'h> {
    table: &'static str,
    line: usize,
    header: &'h [&'a str],
    fields: Vec<&'a str>,
}

impl<'a> Row<'a, '_> {
    /// The field of a column, if the table has the column and the field is not `-`.
    pub(super) fn get(&self, column: &str) -> Option<&'a str> {
        let index = self.header.iter().position(|name| *name == column)?;
        self.fields.get(index).copied().filter(|field| *field != NONE && !field.is_empty())
    }

    /// The field of a column that must have a value.
    pub(super) fn text(&self, column: &str) -> Result<&'a str, TableError> {
        self.get(column).ok_or_else(|| self.error(format!("a value in column {column}"), NONE))
    }

    /// The parsed field of a column that must have a value; `what` names it in the error.
    pub(super) fn value<T: FromStr>(&self, column: &str, what: &str) -> Result<T, TableError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| self.error(format!("{what} in column {column}"), text))
    }

    /// The parsed field of a column that may be empty.
    pub(super) fn optional<T: FromStr>(&self, column: &str, what: &str) -> Result<Option<T>, TableError> {
        match self.get(column) {
            None => Ok(None),
            Some(_) => self.value(column, what).map(Some),
        }
    }

    /// An error about this row.
    pub(super) fn error(&self, expected: String, found: &str) -> TableError {
        TableError { table: self.table, line: self.line, expected, found: found.to_owned() }
    }
}

/// Reads a whole table: the day it was checked, and its rows in order.
pub(super) fn read<'a, T: FromRow<'a>>(text: &'a str) -> Result<(Date, Vec<T>), TableError> {
    let error = |line, expected: &str, found: &str| TableError {
        table: T::TABLE,
        line,
        expected: expected.to_owned(),
        found: found.to_owned(),
    };
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_end()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));

    let checked = "a line \"checked<TAB>YYYY-MM-DD\" before the header";
    let (line, first) = lines.next().ok_or_else(|| error(0, checked, ""))?;
    let date = first.strip_prefix("checked\t").and_then(|date| date.trim().parse::<Date>().ok());
    let date = date.ok_or_else(|| error(line, checked, first))?;

    let (_, header) = lines.next().ok_or_else(|| error(0, "a header line with the names of the columns", ""))?;
    let header: Vec<&str> = header.split('\t').collect();
    let rows = lines.map(|(line, text)| {
        let fields: Vec<&str> = text.split('\t').map(str::trim).collect();
        let row = Row { table: T::TABLE, line, header: &header, fields };
        if row.fields.len() == header.len() {
            T::read(&row)
        } else {
            Err(row.error(format!("{} fields separated by tabs", header.len()), text))
        }
    });
    Ok((date, rows.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Minor;

    #[derive(Debug, PartialEq)]
    struct Pair(Minor, Option<Date>);

    impl<'a> FromRow<'a> for Pair {
        const TABLE: &'static str = "pairs";

        fn read(row: &Row<'a, '_>) -> Result<Self, TableError> {
            Ok(Self(row.value("minor", "a minor")?, row.optional("day", "a date")?))
        }
    }

    #[test]
    fn comments_and_empty_fields_are_understood() {
        let (checked, rows) =
            read::<Pair>("# why\nchecked\t2026-11-22\nminor\tday\n1.34\t-\n\n1.35\t2026-01-02\r\n").unwrap();
        assert_eq!(checked, jiff::civil::date(2026, 11, 22));
        assert_eq!(rows, [Pair(Minor::new(1, 34), None), Pair(Minor::new(1, 35), Some(jiff::civil::date(2026, 1, 2)))]);
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, says) in [
            ("", "line 0: expected a line \"checked<TAB>YYYY-MM-DD\" before the header, found \"\""),
            (
                "minor\tday",
                "line 1: expected a line \"checked<TAB>YYYY-MM-DD\" before the header, found \"minor\\tday\"",
            ),
            ("checked\t2026-11-22", "line 0: expected a header line"),
            ("checked\t2026-11-22\nminor\tday\n1.34", "line 3: expected 2 fields separated by tabs, found \"1.34\""),
            ("checked\t2026-11-22\nminor\tday\nx\t-", "line 3: expected a minor in column minor, found \"x\""),
            ("checked\t2026-11-22\nminor\tday\n-\t-", "line 3: expected a value in column minor, found \"-\""),
            (
                "checked\t2026-11-22\nminor\tday\n1.34\t2026-02-30",
                "line 3: expected a date in column day, found \"2026-02-30\"",
            ),
        ] {
            let error = read::<Pair>(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
