//! The journal on disk: one record a line, appended and synced before the effect it announces.
//!
//! Each line carries a checksum over itself and the line before it. A line that a crash cut short is dropped: nothing
//! was done on its account. Any other damage is refused: a journal that lies is worse than none.

mod format;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
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

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;
    use upgrade_core::ids::{ClusterUid, PlanDigest, RunId, StepId};
    use upgrade_core::journal::{Entry, HoldReason};

    use super::*;

    fn entries() -> Vec<Entry> {
        let (run, plan, cluster) = (RunId::new("r"), PlanDigest::new("d"), ClusterUid::new("c"));
        vec![
            Entry::RunStarted { run, plan, cluster, holder: "h".to_owned(), tool: "t".to_owned() },
            Entry::StepStarted { step: StepId(1), attempt: 1 },
            Entry::StepFailed { step: StepId(1), error: "no".to_owned(), in_doubt: false },
            Entry::Held {
                reason: HoldReason::Failed,
                step: Some(StepId(1)),
                found: Vec::new(),
                state: Vec::new(),
                next: Vec::new(),
            },
        ]
    }

    fn written(path: &Path) -> (Vec<u8>, Vec<Record>) {
        let mut journal = Journal::open(path).unwrap();
        let records = entries().into_iter().map(|entry| journal.append(Timestamp::UNIX_EPOCH, entry).unwrap());
        let records = records.collect();
        (fs::read(path).unwrap(), records)
    }

    #[test]
    fn a_line_cut_short_anywhere_is_dropped_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.jsonl");
        let (bytes, records) = written(&path);
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            // A record that lacks only its line feed is whole.
            let whole = bytes.iter().take(length + 1).filter(|byte| **byte == b'\n').count();
            assert_eq!(read(&path).unwrap(), records[..whole], "cut at {length}");
            let mut journal = Journal::open(&path).unwrap();
            for entry in entries().into_iter().skip(whole) {
                journal.append(Timestamp::UNIX_EPOCH, entry).unwrap();
            }
            assert_eq!(fs::read(&path).unwrap(), bytes, "cut at {length}");
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.jsonl");
        let (bytes, _) = written(&path);
        for position in 0..bytes.len() {
            for flip in [0x01, 0x20, 0x80, bytes[position] ^ b'\n'] {
                let mut damaged = bytes.clone();
                damaged[position] ^= flip;
                fs::write(&path, &damaged).unwrap();
                let refused = damaged == bytes || matches!(read(&path), Err(JournalError::Damaged { .. }));
                assert!(refused, "byte {position} changed by {flip}");
            }
        }
    }

    #[test]
    fn a_missing_or_moved_line_is_refused_by_its_number() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.jsonl");
        let (bytes, _) = written(&path);
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        fs::write(&path, [lines[0], lines[2], lines[3]].concat()).unwrap();
        assert!(matches!(read(&path), Err(JournalError::Damaged { line: 2, .. })));
        fs::write(&path, [lines[1], lines[0]].concat()).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Damaged { line: 1, .. })));
    }

    #[test]
    fn a_record_that_cannot_follow_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.jsonl");
        let (bytes, _) = written(&path);
        let mut journal = Journal::open(&path).unwrap();
        assert!(matches!(journal.append(Timestamp::UNIX_EPOCH, Entry::RunFinished), Err(JournalError::Illegal(_))));
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert!(matches!(Journal::open(&path), Err(JournalError::InUse { .. })));
    }
}
