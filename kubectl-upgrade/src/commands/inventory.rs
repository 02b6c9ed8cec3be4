//! `kubectl upgrade inventory`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use upgrade_core::components::{self, Components};
use upgrade_core::detect::ClusterKind;
use upgrade_core::inventory::{Gap, GapSubject};
use upgrade_core::plan::ProviderKind;

use super::door::Door;
use super::look::{Glance, Look, look};
use crate::cli::{ConnectionArgs, InventoryArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Reach, Settings};

/// Asks every host what runs there and writes a components file for a person to review.
pub(super) async fn inventory(
    arguments: &InventoryArgs,
    connection: &ConnectionArgs,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let reach = Reach::of(connection, &arguments.hosts);
    let door = Door::or_sandbox(&reach, connection, &arguments.hosts, &arguments.sandbox)?;
    let provider = arguments.provider.map(ProviderKind::from);
    let glance = Glance { door: &door, provider, ask_hosts: !arguments.hosts.no_hosts, pods: false };
    let look = look(glance, settings).await?;
    let kind = provider.or_else(|| look.detection.provider());
    if kind != Some(ProviderKind::Manual) {
        return Err(other_kind(look.detection.kind));
    }
    let found = components::discover(&look.inventory);
    let silent: Vec<&Gap> = hosts_not_seen(&look).collect();
    for gap in &silent {
        settings.terminal.note(&format!("warning: not seen: {}", gap.why));
    }
    if found.hosts.is_empty() {
        return Err(Failure::new(Exit::Unreachable, "expected components on the hosts, found none")
            .hint("name every host, those without a Node too: --hosts hosts.yaml"));
    }
    let text = components::write(&found);
    match &arguments.out {
        Some(path) => {
            save(path, &text)?;
            settings.terminal.note(&written(&found, path));
        }
        None => settings.terminal.data(&text),
    }
    Ok(if silent.is_empty() { Exit::Done } else { Exit::Unreachable })
}

fn hosts_not_seen(look: &Look) -> impl Iterator<Item = &Gap> {
    look.inventory.gaps.iter().filter(|gap| matches!(gap.subject, GapSubject::Host(_)))
}

fn other_kind(kind: ClusterKind) -> Failure {
    Failure::new(Exit::Usage, format!("expected a hand-built cluster, found {kind}"))
        .hint("if it was built by hand all the same: kubectl upgrade inventory --provider manual")
}

/// What a person wrote into a file is not thrown away.
fn save(path: &Path, text: &str) -> Result<(), Failure> {
    let name = path.display();
    let written = OpenOptions::new().write(true).create_new(true).open(path);
    written.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let failure = Failure::because(Exit::Usage, format!("failed to write {name}"), error);
        failure.hint("choose a name that is not taken yet, and carry your changes over")
    })
}

fn written(found: &Components, path: &Path) -> String {
    let parts: usize = found.hosts.iter().map(|host| host.parts.len()).sum();
    let (hosts, name) = (found.hosts.len(), path.display());
    format!(
        "{parts} components on {hosts} hosts are in {name}; review it, say where new binaries come from, then\n\
         kubectl upgrade plan --components {name}"
    )
}
