//! A components file from what hosts answered.

use super::{ComponentHost, Components, Execution, Image, Part, flag};
use crate::component::Component;
use crate::inventory::{Host, HostComponent, Inventory, RunsAs};

/// What the hosts of an inventory run, in the order in which an upgrade takes them: hosts of the control plane first.
///
/// Nothing is said of where new binaries come from, so every component is to be replaced by hand until a person
/// chooses otherwise.
#[must_use]
pub fn discover(inventory: &Inventory) -> Components {
    let mut hosts: Vec<ComponentHost> = inventory
        .hosts
        .iter()
        .filter(|(_, host)| !host.components.is_empty())
        .map(|(name, host)| ComponentHost {
            name: name.clone(),
            address: Some(host.address.clone()),
            arch: host.arch.clone().unwrap_or_else(|| "amd64".to_owned()),
            parts: parts(host),
        })
        .collect();
    hosts.sort_by_key(|host| {
        let serves = host.parts.iter().any(|part| part.component == Component::ApiServer);
        (!serves, host.name.clone())
    });
    Components { hosts, ..Components::default() }
}

fn parts(host: &Host) -> Vec<Part> {
    let found = |component| host.components.iter().find(move |part: &&HostComponent| part.component == component);
    Component::ON_HOSTS.into_iter().filter_map(found).map(part).collect()
}

fn part(found: &HostComponent) -> Part {
    Part {
        component: found.component,
        runs: found.runs.clone(),
        binary: found.binary.clone(),
        image: found.image.as_deref().map(|image| Image::like(image, found.component)),
        version: found.running.clone().or_else(|| found.installed.clone()),
        execute: Execution::Manual,
        source: None,
        to: None,
        arguments: found.arguments.clone(),
        files: files(found),
    }
}

/// What has to be kept to put the component back: its unit's files, and the configuration that its arguments name.
/// Certificates and keys stay where they are.
fn files(found: &HostComponent) -> Vec<String> {
    let mut files = found.unit_files.clone();
    if let RunsAs::StaticPod(manifest) = &found.runs {
        files.push(manifest.clone());
    }
    for name in
        ["config", "config-file", "encryption-provider-config", "admission-control-config-file", "audit-policy-file"]
    {
        files.extend(flag(&found.arguments, name).filter(|value| value.starts_with('/')).map(str::to_owned));
    }
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
    files
}
