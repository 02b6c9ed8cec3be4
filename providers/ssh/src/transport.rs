//! The one thing asked of a connection: run a script as root, say what it printed.

use std::time::Duration;

use async_trait::async_trait;

use crate::error::SshError;
use crate::target::Target;

/// Runs scripts on hosts. The real one is [`crate::SshClient`]; tests bring their own.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Runs the script as root with an empty standard input and waits for its end.
    ///
    /// # Errors
    /// When the script was not started, or its end was not seen. [`SshError::Timeout`] and [`SshError::Lost`] leave open
    /// how far it came. An exit status other than 0 is an answer, not an error.
    async fn run(&self, target: &Target, script: &Script) -> Result<Output, SshError>;
}

/// A POSIX shell script and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its text. Whatever is put into it must be quoted by [`upgrade_core::commands::quote`].
    pub text: String,
    /// How long it may take, connecting aside.
    pub timeout: Duration,
    /// How many bytes are kept of each stream; what comes after is read and dropped.
    pub keep: usize,
}

/// What a script printed and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its exit status; 128 + n after signal n.
    pub status: i32,
    /// Its standard output, up to [`Script::keep`] bytes. Bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// Its standard error, likewise.
    pub stderr: String,
}
