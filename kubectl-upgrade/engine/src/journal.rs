//! The journal on disk: one record a line, appended and synced before the effect it announces.
//!
//! Each line carries a checksum over itself and the line before it. A line that a crash cut short is dropped: nothing
//! was done on its account. Any other damage is refused: a journal that lies is worse than none.

mod format;
mod writer;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use writer::Journal;

use upgrade_core::journal::{FoldError, Record};

/// Reads a journal without changing it; one that does not exist is empty.
///
/// # Errors
/// When it could not be read or is damaged.
pub(crate) fn read(path: &Path) -> Result<Vec<Record>, JournalError> {
    match fs::read(path) {
        Ok(bytes) => Ok(format::parse(&bytes).map_err(|damage| damaged(path, damage))?.records),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(JournalError::Read { path: path.to_owned(), source }),
    }
}

fn damaged(path: &Path, damage: format::Damage) -> JournalError {
    JournalError::Damaged {
        path: path.to_owned(),
        line: damage.line,
        expected: damage.expected.to_owned(),
        found: damage.found,
    }
}

/// Why the journal could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It could not be written. No effect was begun on account of what was to be written.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process on this machine writes it.
    #[error("expected {} to be free, found it in use by another process", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A line is not what was written.
    #[error("line {line} of {}: expected {expected}, found {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What should be there.
        expected: String,
        /// What is.
        found: String,
    },
    /// A record that cannot follow the ones before it.
    #[error("failed to add a record")]
    Illegal(#[from] FoldError),
}
