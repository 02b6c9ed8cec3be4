//! What was found on the hosts of a hand-built cluster that is copied: the same programs under the same units, with the
//! same arguments, the same images in static pods. Of files that are only kept, that they are there is enough.

use upgrade_core::component::Component;
use upgrade_core::components::{Source, flag};
use upgrade_core::inventory::{HostComponent, RunsAs};

use super::laid::{ARCH, Laid, unit_file};
use super::{DATA, Program, UNITS, pods, program};
use crate::blueprint::{Binary, Found};

/// What stands in files whose contents nobody asked for.
const UNREAD: &str = "# as on the original\n";

/// Whether the component runs on the machine when the story begins.
pub(super) fn runs(found: &Found, machine: &str, component: Component) -> bool {
    let mut parts = found.hosts.get(machine).into_iter().flatten();
    parts.any(|part| part.component == component && part.active)
}

/// The files of a machine's components, and the binaries that are to be taken from files on it.
pub(super) fn lay(found: &Found, machine: &str) -> Vec<Laid> {
    let parts = found.hosts.get(machine).into_iter().flatten();
    let mut laid: Vec<Laid> = parts.clone().flat_map(component).collect();
    for binary in &found.binaries {
        if let Source::Path(path) = &binary.from {
            let text = program_of(binary).text();
            laid.push((format!("{path}.sha256"), format!("{}\n", program::sum(&text)), 0o644));
            laid.push((path.clone(), text, 0o755));
        }
    }
    laid.extend(parts.flat_map(|part| &part.unit_files).map(|file| (file.clone(), UNREAD.to_owned(), 0o644)));
    laid
}

fn component(part: &HostComponent) -> Vec<Laid> {
    let version = part.running.as_ref().or(part.installed.as_ref());
    let mut laid = match (&part.runs, &part.binary, version, &part.image) {
        (RunsAs::Unit(unit), Some(path), Some(version), _) => {
            let notifies = matches!(part.component, Component::Etcd | Component::ApiServer);
            let before = if notifies { "Type=notify\n" } else { "" };
            vec![
                (path.clone(), Program::new(part.component, version, ARCH).text(), 0o755),
                (format!("{UNITS}/{unit}"), unit_file(part.component, before, path, &part.arguments), 0o644),
            ]
        }
        (RunsAs::StaticPod(path), _, _, Some(image)) => {
            vec![(path.clone(), pods::manifest(part.component, image, &part.arguments), 0o600)]
        }
        (RunsAs::Unit(_) | RunsAs::StaticPod(_), ..) => return Vec::new(),
    };
    if part.component == Component::Etcd {
        let data = flag(&part.arguments, "data-dir").unwrap_or("/var/lib/etcd");
        laid.push((format!("{data}/{DATA}"), "(data)\n".to_owned(), 0o600));
    }
    laid.extend(flag(&part.arguments, "config").map(|file| (file.to_owned(), UNREAD.to_owned(), 0o644)));
    laid
}

fn program_of(binary: &Binary) -> Program {
    Program::new(binary.component, &binary.version, ARCH).pinned(binary.sha256.clone())
}

/// What is at that address: a program, or the checksum of one; none when nothing is.
pub(in crate::hosts) fn fetched(found: &Found, url: &str) -> Option<String> {
    let text_of = |url: &str| {
        let is_there = |binary: &&Binary| matches!(&binary.from, Source::Url(there) if there == url);
        found.binaries.iter().find(is_there).map(|binary| program_of(binary).text())
    };
    text_of(url).or_else(|| Some(format!("{}\n", program::sum(&text_of(url.strip_suffix(".sha256")?)?))))
}
