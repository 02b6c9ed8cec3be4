//! Why a command ends early: the exit code, the error and what to type next.

use std::error::Error;
use std::fmt;

use upgrade_core::inventory::{Gap, GapSubject};
use upgrade_provider::{ErrorKind, PortError};

use crate::exit::Exit;

/// A command's failure.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// What went wrong; its sources are the causes.
    pub(crate) error: Box<dyn Error + Send + Sync>,
    /// What to type next, one command each.
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// A failure with its cause.
    pub(crate) fn new(exit: Exit, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { exit, error: error.into(), hints: Vec::new() }
    }

    /// A failure of this program's own words, on top of an error that lies underneath.
    pub(crate) fn because(exit: Exit, message: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Self {
        Self::new(exit, Wrapped { message: message.into(), source: Box::new(source) })
    }

    /// Adds what to type next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to type next, where there is something.
    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

impl Failure {
    /// The failure as something that could not be seen, where the rest can be shown all the same.
    pub(crate) fn into_gap(self, subject: GapSubject) -> Gap {
        let mut why = self.error.to_string();
        let mut source = self.error.source();
        while let Some(inner) = source {
            why = format!("{why}: {inner}");
            source = inner.source();
        }
        Gap { subject, why, hint: self.hints.into_iter().next() }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        let exit = port_exit(error.kind);
        let hint = error.hint.clone();
        Self::new(exit, error).maybe_hint(hint)
    }
}

/// How a failure of a port ends the program.
pub(crate) const fn port_exit(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::Away => Exit::Unreachable,
        ErrorKind::Unauthorized | ErrorKind::Forbidden => Exit::Denied,
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Malformed => Exit::Failed,
    }
}

/// An error in this program's words with what lies underneath.
#[derive(Debug)]
struct Wrapped {
    message: String,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Wrapped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
