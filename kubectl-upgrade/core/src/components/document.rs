//! The file as it is written, before anything about it is believed.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    API_VERSION, Care, Checksum, ComponentHost, Components, ComponentsError, Execution, Image, KIND, Part, Source,
};
use crate::component::Component;
use crate::ids::NodeName;
use crate::inventory::RunsAs;
use crate::version::Version;

/// The file's fields. Unknown ones are refused by whoever reads it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    api_version: String,
    kind: String,
    source: Option<Source>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    checksums: Vec<RawChecksum>,
    #[serde(default)]
    coredns: Care,
    #[serde(default)]
    hosts: Vec<RawHost>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawChecksum {
    component: String,
    version: String,
    arch: String,
    sha256: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawHost {
    host: String,
    address: Option<String>,
    arch: Option<String>,
    #[serde(default)]
    components: Vec<RawPart>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawPart {
    component: String,
    unit: Option<String>,
    manifest: Option<String>,
    binary: Option<String>,
    image: Option<String>,
    version: Option<String>,
    #[serde(default)]
    execute: Execution,
    source: Option<Source>,
    to: Option<String>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
}

impl Document {
    /// Checks everything that can be without looking at a host.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn check(self) -> Result<Components, ComponentsError> {
        if self.api_version != API_VERSION || self.kind != KIND {
            return Err(ComponentsError::Kind { found: format!("{}, {}", self.api_version, self.kind) });
        }
        let source = self.source.map(|source| checked(source, "source")).transpose()?;
        let versions = self.versions.iter().enumerate();
        let versions = versions.map(|(index, text)| version(text, &format!("versions[{index}]")));
        let checksums = self.checksums.into_iter().enumerate();
        let mut components = Components {
            versions: versions.collect::<Result<_, _>>()?,
            checksums: checksums
                .map(|(index, raw)| checksum(raw, &format!("checksums[{index}]")))
                .collect::<Result<_, _>>()?,
            source,
            coredns: self.coredns,
            hosts: Vec::new(),
        };
        for (index, raw) in self.hosts.into_iter().enumerate() {
            let place = format!("hosts[{index}]");
            let host = host(raw, &place, components.source.is_some())?;
            if components.host(&host.name).is_some() {
                return Err(ComponentsError::HostTwice { place, host: host.name });
            }
            components.hosts.push(host);
        }
        if components.hosts.iter().all(|host| host.parts.is_empty()) {
            return Err(ComponentsError::Empty);
        }
        Ok(components)
    }
}

fn host(raw: RawHost, place: &str, common_source: bool) -> Result<ComponentHost, ComponentsError> {
    let name = NodeName::new(word(raw.host, &format!("{place}.host"))?);
    let address = raw.address.map(|address| word(address, &format!("{place}.address"))).transpose()?;
    let arch = word(raw.arch.unwrap_or_else(|| "amd64".to_owned()), &format!("{place}.arch"))?;
    let mut parts: Vec<Part> = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, raw) in raw.components.into_iter().enumerate() {
        let place = format!("{place}.components[{index}]");
        let part = part(raw, &place)?;
        let component = part.component;
        if !seen.insert(component) {
            return Err(ComponentsError::ComponentTwice { place, host: name, component });
        }
        let fetched = part.execute == Execution::Automatic && matches!(part.runs, RunsAs::Unit(_));
        if fetched && part.source.is_none() && !common_source {
            return Err(ComponentsError::NoSource { place, host: name, component });
        }
        let pulled = part.execute == Execution::Automatic && matches!(part.runs, RunsAs::StaticPod(_));
        if pulled && part.image.is_none() {
            return Err(ComponentsError::NoImage { place, host: name, component });
        }
        parts.push(part);
    }
    Ok(ComponentHost { name, address, arch, parts })
}

fn part(raw: RawPart, place: &str) -> Result<Part, ComponentsError> {
    let component = component(&raw.component, &format!("{place}.component"))?;
    let runs = runs(raw.unit, raw.manifest, place)?;
    let binary = raw.binary.map(|path| absolute(path, &format!("{place}.binary"))).transpose()?;
    if binary.is_none() && matches!(runs, RunsAs::Unit(_)) {
        let (expected, found) = ("the binary that the unit starts", "none");
        return Err(ComponentsError::OneOf { place: place.to_owned(), expected, found });
    }
    let image = raw.image.map(|text| image(text, &format!("{place}.image"))).transpose()?;
    if image.is_some() && matches!(runs, RunsAs::Unit(_)) {
        let (expected, found) = ("an image for static pods alone", "one for a unit");
        return Err(ComponentsError::OneOf { place: place.to_owned(), expected, found });
    }
    let files = raw.files.into_iter().enumerate();
    Ok(Part {
        component,
        runs,
        binary,
        image,
        version: raw.version.map(|text| version(&text, &format!("{place}.version"))).transpose()?,
        execute: raw.execute,
        source: raw.source.map(|source| checked(source, &format!("{place}.source"))).transpose()?,
        to: raw.to.map(|text| version(&text, &format!("{place}.to"))).transpose()?,
        arguments: raw.arguments,
        files: files
            .map(|(index, path)| absolute(path, &format!("{place}.files[{index}]")))
            .collect::<Result<_, _>>()?,
    })
}

fn runs(unit: Option<String>, manifest: Option<String>, place: &str) -> Result<RunsAs, ComponentsError> {
    let expected = "one of unit and manifest";
    match (unit, manifest) {
        (Some(unit), None) => {
            let place = format!("{place}.unit");
            let unit = word(unit, &place)?;
            let fits = |char: char| char.is_ascii_alphanumeric() || "@:._-\\".contains(char);
            if unit.ends_with(".service") && unit.chars().all(fits) {
                return Ok(RunsAs::Unit(unit));
            }
            Err(ComponentsError::Value { place, expected: "the name of a unit, NAME.service", found: unit })
        }
        (None, Some(path)) => manifest_at(path, &format!("{place}.manifest")),
        (Some(_), Some(_)) => Err(ComponentsError::OneOf { place: place.to_owned(), expected, found: "both" }),
        (None, None) => Err(ComponentsError::OneOf { place: place.to_owned(), expected, found: "neither" }),
    }
}

/// What is kept of it stands beside its directory.
fn manifest_at(path: String, place: &str) -> Result<RunsAs, ComponentsError> {
    let path = absolute(path, place)?;
    if path.rfind('/').is_some_and(|at| at > 0) {
        return Ok(RunsAs::StaticPod(path));
    }
    let expected = "the absolute path of a file in a directory of its own";
    Err(ComponentsError::Value { place: place.to_owned(), expected, found: path })
}

fn component(text: &str, place: &str) -> Result<Component, ComponentsError> {
    let known = Component::ON_HOSTS.into_iter().find(|component| component.name() == text);
    known.ok_or_else(|| ComponentsError::UnknownComponent { place: place.to_owned(), found: text.to_owned() })
}

fn version(text: &str, place: &str) -> Result<Version, ComponentsError> {
    text.parse().map_err(|source| ComponentsError::Version { place: place.to_owned(), source })
}

fn checksum(raw: RawChecksum, place: &str) -> Result<Checksum, ComponentsError> {
    let hex = raw.sha256.len() == 64 && raw.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hex {
        let (place, expected) = (format!("{place}.sha256"), "64 hexadecimal digits");
        return Err(ComponentsError::Value { place, expected, found: raw.sha256 });
    }
    Ok(Checksum {
        component: component(&raw.component, &format!("{place}.component"))?,
        version: version(&raw.version, &format!("{place}.version"))?,
        arch: word(raw.arch, &format!("{place}.arch"))?,
        sha256: raw.sha256.to_ascii_lowercase(),
    })
}

fn checked(source: Source, place: &str) -> Result<Source, ComponentsError> {
    match source.check() {
        Ok(()) => Ok(source),
        Err(error) => Err(ComponentsError::Source { place: place.to_owned(), source: error }),
    }
}

fn image(text: String, place: &str) -> Result<Image, ComponentsError> {
    Image::new(text).map_err(|error| ComponentsError::Source { place: place.to_owned(), source: error })
}

/// One word that no program takes for an option.
fn word(text: String, place: &str) -> Result<String, ComponentsError> {
    let wrong = text.is_empty()
        || text.starts_with('-')
        || text.contains(|char: char| char.is_whitespace() || char.is_control());
    if wrong {
        return Err(ComponentsError::Value { place: place.to_owned(), expected: "one word", found: text });
    }
    Ok(text)
}

fn absolute(path: String, place: &str) -> Result<String, ComponentsError> {
    let clean = path.starts_with('/') && !path.ends_with('/') && !path.chars().any(char::is_control);
    if clean && !path.split('/').any(|part| part == "..") {
        return Ok(path);
    }
    Err(ComponentsError::Value { place: place.to_owned(), expected: "the absolute path of a file", found: path })
}
