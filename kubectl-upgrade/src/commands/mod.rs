//! The commands, one file each, and what they share.

mod assess;
mod completion;
mod door;
mod inventory;
mod look;
mod person;
mod plan;
mod planning;
mod play;
mod rehearse;
mod restoring;
mod resume;
mod rollback;
mod run;
mod running;
mod sandbox;
mod status;
mod versions;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
pub(crate) use door::Way;
pub(crate) use look::Look;
pub(crate) use person::AtKeyboard;

/// Does what was typed.
pub(crate) async fn dispatch(cli: Cli, settings: &Settings) -> Result<Exit, Failure> {
    match cli.command {
        Command::Plan(arguments) => plan::plan(&arguments, &cli.connection, settings).await,
        Command::Rehearse(arguments) => rehearse::rehearse(&arguments, &cli.connection, settings).await,
        Command::Run(arguments) => run::run(&arguments, &cli.connection, settings).await,
        Command::Status(arguments) => status::status(&arguments, settings).await,
        Command::Resume(arguments) => resume::resume(&arguments, &cli.connection, settings).await,
        Command::Rollback(arguments) => rollback::rollback(&arguments, &cli.connection, settings).await,
        Command::Versions(arguments) => versions::versions(&arguments, &cli.connection, settings).await,
        Command::Inventory(arguments) => inventory::inventory(&arguments, &cli.connection, settings).await,
        Command::Sandbox(command) => sandbox::sandbox(&command, &cli.connection, settings).await,
        Command::Completion { shell } => Ok(completion::completion(shell, settings)),
    }
}
