//! Appending to a journal.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use upgrade_core::journal::{Entry, Record, RunState};

use super::format::{Link, Parsed, parse, render};
use super::{JournalError, damaged};
use crate::store::sync_directory;

/// A journal opened for writing; no other process can open it meanwhile.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    link: Link,
    /// Shared with whoever looks at it, so that it is copied only while someone still does.
    state: Option<Arc<RunState>>,
    /// Whether a write failed: what is on disk is not known, so nothing may follow.
    broken: bool,
}

impl Journal {
    /// Opens the journal, makes it when there is none, and drops a line that a crash cut short.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let write = |source| JournalError::Write { path: path.to_owned(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(write)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::InUse { path: path.to_owned() },
            TryLockError::Error(source) => write(source),
        })?;
        if let Some(parent) = path.parent() {
            sync_directory(parent).map_err(write)?;
        }
        let mut bytes = Vec::new();
        let read = |source| JournalError::Read { path: path.to_owned(), source };
        file.read_to_end(&mut bytes).map_err(read)?;
        let parsed = parse(&bytes).map_err(|damage| damaged(path, damage))?;
        repair(&mut file, &parsed, bytes.len()).map_err(write)?;
        let state = match parsed.records.as_slice() {
            [] => None,
            records => Some(Arc::new(upgrade_core::journal::fold(records)?)),
        };
        Ok(Self { path: path.to_owned(), file, link: parsed.link, state, broken: false })
    }

    /// What the records say so far; none before the run began.
    pub(crate) const fn state(&self) -> Option<&Arc<RunState>> {
        self.state.as_ref()
    }

    /// Appends a record and returns it once it is on disk for good.
    pub(crate) fn append(&mut self, at: Timestamp, entry: Entry) -> Result<Record, JournalError> {
        let sequence = self.state.as_ref().map_or(0, |state| state.next_sequence);
        let record = Record { sequence, at, entry };
        let first = match &self.state {
            None => Some(upgrade_core::journal::fold(std::slice::from_ref(&record))?),
            Some(state) => {
                state.admit(&record)?;
                None
            }
        };
        self.write(&record)?;
        match (&mut self.state, first) {
            (Some(state), _) => Arc::make_mut(state).follow(&record)?,
            (none, first) => *none = first.map(Arc::new),
        }
        Ok(record)
    }

    fn write(&mut self, record: &Record) -> Result<(), JournalError> {
        let write = |source| JournalError::Write { path: self.path.clone(), source };
        if self.broken {
            return Err(write(io::Error::other("an earlier record could not be written")));
        }
        let (line, link) = render(record, &self.link).map_err(|error| write(error.into()))?;
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|source| {
            self.broken = true;
            JournalError::Write { path: self.path.clone(), source }
        })?;
        self.link = link;
        Ok(())
    }
}

fn repair(file: &mut File, parsed: &Parsed, length: usize) -> io::Result<()> {
    if parsed.good < length {
        file.set_len(u64::try_from(parsed.good).map_err(io::Error::other)?)?;
        file.sync_all()?;
    }
    if parsed.unended {
        file.write_all(b"\n")?;
        file.sync_all()?;
    }
    Ok(())
}
