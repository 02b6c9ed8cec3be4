//! Where commands read from and write to.

use std::sync::{Arc, Mutex, PoisonError};

use super::Ran;
use crate::hosts::place::Place;

/// The three streams of a command.
#[derive(Clone)]
pub(crate) struct Io {
    pub(crate) stdin: Source,
    pub(crate) stdout: Sink,
    pub(crate) stderr: Sink,
}

/// Something to write to. Copies write to the same place.
#[derive(Clone)]
pub(crate) enum Sink {
    /// Nowhere.
    Null,
    /// Memory.
    Buffer(Arc<Mutex<String>>),
    /// The end of a file.
    File { path: String, mode: u32 },
}

impl Sink {
    pub(crate) fn buffer() -> Self {
        Self::Buffer(Arc::default())
    }

    /// Writes; a full disk is the reader's to find, as most programs do not look.
    pub(crate) fn write(&self, place: &Place, text: &str) -> Ran<()> {
        self.try_write(place, text).map(|_| ())
    }

    /// Writes and says whether there was room.
    pub(crate) fn try_write(&self, place: &Place, text: &str) -> Ran<bool> {
        match self {
            Self::Null => {}
            Self::Buffer(buffer) => buffer.lock().unwrap_or_else(PoisonError::into_inner).push_str(text),
            Self::File { path, mode } => {
                return place.files(|files| files.append(path, text, *mode).is_ok());
            }
        }
        Ok(true)
    }

    /// What was written to memory.
    pub(crate) fn take(&self) -> String {
        match self {
            Self::Buffer(buffer) => std::mem::take(&mut *buffer.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::Null | Self::File { .. } => String::new(),
        }
    }
}

/// Something to read from. Copies read on where another stopped.
#[derive(Clone, Default)]
pub(crate) struct Source(Arc<Mutex<(Arc<String>, usize)>>);

impl Source {
    pub(crate) fn of(text: impl Into<Arc<String>>) -> Self {
        Self(Arc::new(Mutex::new((text.into(), 0))))
    }

    /// Everything that is left.
    pub(crate) fn rest(&self) -> String {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = state.0.get(state.1..).unwrap_or_default().to_owned();
        state.1 = state.0.len();
        rest
    }

    /// The next line with its newline, where it has one; none at the end.
    pub(crate) fn line(&self) -> Option<String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = state.0.get(state.1..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?.to_owned();
        state.1 += line.len();
        Some(line)
    }
}
