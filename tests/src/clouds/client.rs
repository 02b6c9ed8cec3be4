//! A vendor's own command line, run as on a machine that knows nothing but what it is told.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What the command said.
#[derive(Debug)]
pub struct Said {
    /// Whether it went well.
    pub ok: bool,
    /// What it printed.
    pub out: String,
    /// What it complained of.
    pub err: String,
}

impl Said {
    /// What it printed, as JSON.
    ///
    /// # Panics
    /// When it failed, or printed something else.
    #[must_use]
    pub fn json(&self) -> Value {
        assert!(self.ok, "{}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Runs a client made by [`client`].
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn by(command: &mut Command) -> Self {
        let output = command.output().expect("failed to start the vendor's client");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A client with a home of its own, nothing of this machine's environment but the path, and nobody to ask.
#[must_use]
pub fn client(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .stdin(Stdio::null());
    command
}
