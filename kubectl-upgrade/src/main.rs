//! The `kubectl upgrade` plugin: arguments, settings, text. What it plans and does is decided in other crates.

mod cli;
mod clouds;
mod commands;
mod exit;
mod failure;
mod registry;
mod report;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;
use exit::Exit;
use failure::Failure;
use report::Terminal;
use settings::Settings;

/// A plan reads megabytes into many small pieces on several threads: a fifth of its time was the system's allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (exit, terminal) = match Settings::of(&cli.show) {
        Ok(settings) => (run(cli, &settings), settings.terminal),
        Err(failure) => (Err(failure), Terminal::default()),
    };
    exit.unwrap_or_else(|failure| {
        terminal.note(&report::failure(&failure));
        failure.exit
    })
    .into()
}

fn run(cli: Cli, settings: &Settings) -> Result<Exit, Failure> {
    for file in settings::shadows() {
        settings.terminal.note(&format!("warning: kubectl calls {} instead of this plugin's command", file.display()));
    }
    // Only fails when a provider is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = if cli.command.is_simulated() {
        upgrade_rehearsal::runtime()
    } else {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()
    };
    let runtime = runtime.map_err(|error| Failure::because(Exit::Failed, "failed to start", error))?;
    let exit = runtime.block_on(commands::dispatch(cli, settings));
    // A rehearsal that was interrupted is not waited for.
    runtime.shutdown_background();
    exit
}
