//! The components file: which component of a hand-built cluster runs where, under what, and how it is replaced.
//!
//! Discovery writes it, a person reviews and keeps it, and a plan reads it back. What is said here is checked strictly
//! and never guessed; what runs is still observed before every step, and observation wins about versions. Reading YAML
//! and looking at hosts are others' work.

mod discover;
mod document;
mod error;
mod image;
mod source;
mod write;

pub use discover::discover;
pub use document::Document;
pub use error::ComponentsError;
pub use image::Image;
pub use source::{Checksum, Source, SourceError};
pub use write::write;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::component::Component;
use crate::ids::NodeName;
use crate::inventory::RunsAs;
use crate::version::Version;

/// `apiVersion` of the file.
pub const API_VERSION: &str = "kubectl-upgrade/v1";

/// `kind` of the file.
pub const KIND: &str = "Components";

/// What the file says, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// Where new binaries come from, for components without a source of their own.
    pub source: Option<Source>,
    /// The releases that the source holds; without any, the newest patches that the calendar knows are taken.
    pub versions: Vec<Version>,
    /// Checksums that are known beforehand; for the others the file beside the binary is asked.
    pub checksums: Vec<Checksum>,
    /// What is done about CoreDNS.
    pub coredns: Care,
    /// The hosts, in the file's order, which is the order in which they are upgraded.
    pub hosts: Vec<ComponentHost>,
}

/// One host and what runs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentHost {
    /// Its name; its Node's, where a kubelet runs on it.
    pub name: NodeName,
    /// Where it is reached, when the hosts file does not say.
    pub address: Option<String>,
    /// Its architecture as release files write it.
    pub arch: String,
    /// What runs on it.
    pub parts: Vec<Part>,
}

/// One component on one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub component: Component,
    /// What starts it.
    pub runs: RunsAs,
    /// The file its unit starts.
    pub binary: Option<String>,
    /// The image of its static pod, for a version still to be filled in.
    pub image: Option<Image>,
    /// Its version when the file was written.
    pub version: Option<Version>,
    /// Who replaces it.
    pub execute: Execution,
    /// Where its new binary comes from, over the file's common source.
    pub source: Option<Source>,
    /// The version to take it to, where that does not follow from the cluster's: etcd.
    pub to: Option<Version>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The files of its unit.
    pub files: Vec<String>,
}

/// Who replaces a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Execution {
    /// This tool, on the host.
    Automatic,
    /// A person; the tool shows what to do and looks whether it was done.
    #[default]
    Manual,
}

/// What is done about an add-on that runs in pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// The tool changes its image.
    Automatic,
    /// The plan has a step for it, which a person carries out.
    #[default]
    Manual,
    /// Nothing.
    Leave,
}

impl fmt::Display for Care {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Automatic => "automatic",
            Self::Manual => "manual",
            Self::Leave => "leave",
        })
    }
}

impl fmt::Display for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Automatic => "automatic",
            Self::Manual => "manual",
        })
    }
}

impl Components {
    /// The host of that name.
    #[must_use]
    pub fn host(&self, name: &NodeName) -> Option<&ComponentHost> {
        self.hosts.iter().find(|host| host.name == *name)
    }

    /// Every host that runs the component, in order, with how.
    pub fn parts(&self, component: Component) -> impl Iterator<Item = (&ComponentHost, &Part)> {
        self.hosts.iter().filter_map(move |host| Some((host, host.part(component)?)))
    }

    /// Where the part's new binary comes from.
    #[must_use]
    pub fn source_of<'a>(&'a self, part: &'a Part) -> Option<&'a Source> {
        part.source.as_ref().or(self.source.as_ref())
    }

    /// The checksum that the file pins for a binary.
    #[must_use]
    pub fn checksum(&self, component: Component, version: &Version, arch: &str) -> Option<&str> {
        let same = |pin: &&Checksum| pin.component == component && pin.version == *version && pin.arch == arch;
        self.checksums.iter().find(same).map(|pin| pin.sha256.as_str())
    }
}

impl ComponentHost {
    /// The component on it, if it runs it.
    #[must_use]
    pub fn part(&self, component: Component) -> Option<&Part> {
        self.parts.iter().find(|part| part.component == component)
    }
}

impl Part {
    /// The value of a flag among its arguments: `--flag=value` or `--flag value`, the last one given.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        flag(&self.arguments, name)
    }
}

/// The value of a flag among arguments: `--flag=value` or `--flag value`, the last one given.
#[must_use]
pub fn flag<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let mut found = None;
    for (index, argument) in arguments.iter().enumerate() {
        let Some(rest) = argument.trim_start_matches('-').strip_prefix(name).filter(|_| argument.starts_with('-'))
        else {
            continue;
        };
        if let Some(value) = rest.strip_prefix('=') {
            found = Some(value);
        } else if rest.is_empty() {
            found = arguments.get(index + 1).map(String::as_str).filter(|next| !next.starts_with('-'));
        }
    }
    found.map(|value| value.trim_matches('"'))
}

#[cfg(test)]
mod tests;
