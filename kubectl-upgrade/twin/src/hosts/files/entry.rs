//! One entry of a directory.

use std::sync::Arc;

/// A file, a directory or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which of them, and its content.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Its size in bytes where it is not its text's: the data of etcd is not kept.
    pub size: Option<u64>,
    /// When it was last changed, in seconds since 1970.
    pub modified: i64,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file with its text.
    File(Arc<String>),
    /// A symbolic link and where it leads.
    Link(String),
}

impl Entry {
    pub(crate) fn directory(mode: u32, modified: i64) -> Self {
        Self { kind: Kind::Directory, mode, size: None, modified }
    }

    pub(crate) fn file(text: impl Into<String>, mode: u32, modified: i64) -> Self {
        Self { kind: Kind::File(Arc::new(text.into())), mode, size: None, modified }
    }

    /// A file of that size whose content does not matter.
    pub(crate) fn sized(size: u64, mode: u32, modified: i64) -> Self {
        Self { size: Some(size), ..Self::file("", mode, modified) }
    }

    #[cfg(test)]
    pub(crate) fn link(to: &str) -> Self {
        Self { kind: Kind::Link(to.to_owned()), mode: 0o777, size: None, modified: 0 }
    }

    pub(crate) fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory)
    }

    pub(crate) fn text(&self) -> Option<Arc<String>> {
        match &self.kind {
            Kind::File(text) => Some(Arc::clone(text)),
            Kind::Directory | Kind::Link(_) => None,
        }
    }

    /// Its size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let own = match &self.kind {
            Kind::Directory => 4096,
            Kind::File(text) => text.len() as u64,
            Kind::Link(to) => to.len() as u64,
        };
        self.size.unwrap_or(own)
    }
}

/// Why something cannot be done with a file, in the C library's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Errno {
    #[error("No such file or directory")]
    NoEntry,
    #[error("Not a directory")]
    NotDirectory,
    #[error("Is a directory")]
    IsDirectory,
    #[error("File exists")]
    Exists,
    #[error("Directory not empty")]
    NotEmpty,
    #[error("No space left on device")]
    NoSpace,
    #[error("Too many levels of symbolic links")]
    Loop,
}
