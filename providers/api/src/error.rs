//! The one error of the ports: what the engine must know to decide between waiting, holding and giving up.

use std::error::Error;

/// Why a call through a port failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PortError {
    /// What it means for the run.
    pub kind: ErrorKind,
    /// What was attempted, expected and found; a lower-case fragment.
    pub message: String,
    /// What to type next.
    pub hint: Option<String>,
    /// What lies underneath.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a failure means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The other side is away, slow or busy: it may pass by itself.
    Away,
    /// Credentials were refused. While a control plane restarts this passes by itself.
    Unauthorized,
    /// A right is missing.
    Forbidden,
    /// What was asked for does not exist.
    NotFound,
    /// Someone else changed it meanwhile.
    Conflict,
    /// The other side understood and refused.
    Refused,
    /// The answer could not be understood.
    Malformed,
}

impl PortError {
    /// An error without a source or hint.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, source: None }
    }

    /// Adds what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what lies underneath.
    #[must_use]
    pub fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}
