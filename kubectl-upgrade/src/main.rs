//! The `kubectl upgrade` plugin: arguments, settings, text. What it plans and does is decided in other crates.

mod cli;
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
use settings::Settings;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = Settings::of(&cli.show)
        .map_err(|failure| (failure, None))
        .and_then(|settings| run(cli, &settings).map_err(|failure| (failure, Some(settings.terminal))));
    match outcome {
        Ok(exit) => exit.into(),
        Err((failure, terminal)) => {
            let exit = failure.exit;
            terminal.unwrap_or_default().note(&report::failure(&failure));
            exit.into()
        }
    }
}

fn run(cli: Cli, settings: &Settings) -> Result<Exit, Failure> {
    // Only fails when a provider is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because(Exit::Failed, "failed to start", error))?;
    runtime.block_on(commands::dispatch(cli, settings))
}
