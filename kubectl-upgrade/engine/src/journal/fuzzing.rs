//! The bytes of a journal without a file, for fuzz targets alone.

use upgrade_core::journal::Record;

use super::format::{Link, parse, render};

/// What [`crate::RunDirectory::records`] reads from a file of these bytes.
///
/// # Errors
/// When the bytes are damaged; the number of the line, counted from 1.
pub fn read(bytes: &[u8]) -> Result<Vec<Record>, usize> {
    parse(bytes).map(|parsed| parsed.records).map_err(|damage| damage.line)
}

/// The bytes that a run leaves which wrote these records.
///
/// # Errors
/// When a record cannot be written as JSON.
pub fn write(records: &[Record]) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    let mut link = Link::first();
    for record in records {
        let (line, next) = render(record, &link)?;
        bytes.extend_from_slice(line.as_bytes());
        link = next;
    }
    Ok(bytes)
}
