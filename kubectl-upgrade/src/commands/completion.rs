//! Completion scripts.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::Cli;
use crate::exit::Exit;
use crate::settings::Settings;

/// Prints the script of a shell.
pub(super) fn completion(shell: Shell, settings: &Settings) -> Exit {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "kubectl-upgrade", &mut script);
    settings.terminal.data(&String::from_utf8_lossy(&script));
    Exit::Done
}
