//! `kubectl upgrade versions`.

use super::door::Door;
use super::look::{Glance, look};
use crate::cli::{ConnectionArgs, VersionsArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{human, machine};
use crate::settings::{Reach, Settings};

/// Shows every component's version, what is allowed now, and the support left.
pub(super) async fn versions(
    arguments: &VersionsArgs,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let reach = Reach::of(connection, &arguments.hosts);
    let door = Door::or_sandbox(&reach, connection, &arguments.hosts, &arguments.sandbox)?;
    let glance = Glance { door: &door, provider: None, ask_hosts: !arguments.hosts.no_hosts, pods: false };
    let standing = look(glance, settings).await?.standing();
    let text = match machine(settings.format, &standing)? {
        Some(text) => text,
        None => human::versions(&standing, settings.terminal.columns()),
    };
    settings.terminal.data(&text);
    Ok(Exit::Done)
}
