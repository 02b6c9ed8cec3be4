//! What a person does to a component by hand.

use upgrade_core::component::Component;
use upgrade_core::version::Version;

use super::{Program, UnitFile, restart};
use crate::world::World;

/// Puts the program of that version in the place of the one that runs, and restarts its unit. Whether there was one.
pub fn replace_by_hand(world: &mut World, node: &str, component: Component, version: &Version) -> bool {
    let Some(host) = world.hosts.get_mut(node) else { return false };
    let running = host
        .services
        .iter()
        .find(|(_, service)| service.runs.as_ref().is_some_and(|program| program.component == component));
    let Some(unit) = running.map(|(unit, _)| unit.clone()) else { return false };
    let command = UnitFile::read(&host.files, &unit).and_then(|file| file.command());
    let text = Program::new(component, version, host.arch()).text();
    let written = command.is_some_and(|(path, _)| host.files.write(&path, text, 0o755).is_ok());
    if written {
        restart(world, node, &unit);
    }
    written
}

/// The version of the component that runs there and answers.
#[must_use]
pub fn serving(world: &World, node: &str, component: Component) -> Option<Version> {
    let service = world.hosts.get(node)?.serving(component)?;
    service.runs.as_ref().map(|program| program.version.clone())
}
