//! Packages: what is installed, what the lists say, and what repositories really hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use upgrade_core::commands::package::version_of;
use upgrade_core::commands::repository::{minor_in, url_in};
use upgrade_core::version::Version;

use super::files::Files;
use crate::blueprint;

/// The packages of Kubernetes that have versions of their own here.
pub(super) const NAMES: [&str; 3] = ["kubeadm", "kubectl", "kubelet"];

/// A package that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its version: `1.34.2-1.1`.
    pub version: String,
    /// Whether it is held.
    pub held: bool,
}

/// A host's packages.
#[derive(Clone, Debug)]
pub(super) struct Packages {
    pub(super) installed: BTreeMap<String, Installed>,
    /// What the lists that apt keeps say, by repository, newest first.
    pub(super) lists: BTreeMap<String, Vec<String>>,
    /// dpkg was killed while it changed packages.
    pub(super) interrupted: bool,
    pub(super) repositories: Arc<Repositories>,
}

/// What repositories hold: the same everywhere.
#[derive(Clone, Debug)]
pub(super) struct Repositories {
    versions: Vec<String>,
    per_minor: bool,
}

/// One line of package sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) url: String,
    pub(super) suite: String,
    pub(super) file: String,
}

impl Repositories {
    pub(super) fn of(packages: &blueprint::Packages) -> Self {
        let mut versions: Vec<Version> = packages.offered.clone();
        versions.sort();
        versions.dedup();
        let named = versions.iter().rev().map(|version| package_version(version, packages.per_minor));
        let mut versions: Vec<String> = named.collect();
        versions.extend(packages.exact.iter().filter(|exact| !versions.contains(exact)).cloned().collect::<Vec<_>>());
        versions.sort_by(|a, b| (version_of(b), b).cmp(&(version_of(a), a)));
        Self { versions, per_minor: packages.per_minor }
    }

    /// What the repository at the URL holds of each of our packages, newest first; none where there is no repository.
    pub(super) fn at(&self, url: &str) -> Option<Vec<String>> {
        match minor_in(url) {
            Some(minor) if self.per_minor => {
                let of_minor = |version: &&String| version_of(version).is_some_and(|version| version.minor() == minor);
                let versions: Vec<String> = self.versions.iter().filter(of_minor).cloned().collect();
                if versions.is_empty() { None } else { Some(versions) }
            }
            Some(_) => None,
            None if is_debian(url) => Some(Vec::new()),
            None if self.per_minor => None,
            None => Some(self.versions.clone()),
        }
    }

    pub(super) fn per_minor(&self) -> bool {
        self.per_minor
    }
}

/// The version of the packages of a release.
pub(super) fn package_version(version: &Version, per_minor: bool) -> String {
    let revision = if per_minor { "-1.1" } else { "-00" };
    format!("{}{revision}", version.to_string().replacen('-', "~", 1))
}

fn is_debian(url: &str) -> bool {
    url.contains("debian.org") || url.contains("ubuntu.com")
}

/// The sources that are configured.
pub(super) fn sources(files: &Files) -> Vec<Source> {
    let directory = "/etc/apt/sources.list.d";
    let parts = files.list(directory).into_iter().map(|name| format!("{directory}/{name}"));
    let all = std::iter::once("/etc/apt/sources.list".to_owned()).chain(parts);
    all.flat_map(|path| sources_in(files, &path)).collect()
}

/// The sources in one file.
pub(super) fn sources_in(files: &Files, path: &str) -> Vec<Source> {
    let Some(text) = files.text(path) else { return Vec::new() };
    if path.ends_with(".sources") {
        return text.split("\n\n").filter_map(|stanza| source_of_stanza(stanza, path)).collect();
    }
    text.lines().filter_map(|line| source_of_line(line, path)).collect()
}

fn source_of_line(line: &str, file: &str) -> Option<Source> {
    let rest = line.trim().strip_prefix("deb")?.strip_prefix([' ', '\t'])?;
    let url = url_in(rest)?;
    let after = rest.split_once(url).map(|(_, after)| after).unwrap_or_default();
    let suite: Vec<&str> = after.split_whitespace().collect();
    Some(Source { url: url.trim_end_matches('/').to_owned(), suite: suite_name(&suite), file: file.to_owned() })
}

fn source_of_stanza(stanza: &str, file: &str) -> Option<Source> {
    let field = |name: &str| {
        let lines = stanza.lines().filter_map(|line| line.split_once(':'));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        found.next()
    };
    if field("Enabled").is_some_and(|enabled| enabled == "no" || enabled == "false") {
        return None;
    }
    let url = field("URIs")?.split_whitespace().next()?;
    let suite = [field("Suites").unwrap_or_default(), field("Components").unwrap_or_default()].join(" ");
    let suite: Vec<&str> = suite.split_whitespace().collect();
    Some(Source { url: url.trim_end_matches('/').to_owned(), suite: suite_name(&suite), file: file.to_owned() })
}

/// How apt writes suite and component in its lists.
fn suite_name(words: &[&str]) -> String {
    match words {
        [] | ["/"] => String::new(),
        [suite] if suite.ends_with('/') => (*suite).to_owned(),
        [suite, component, ..] => format!("{suite}/{component} amd64"),
        [suite] => (*suite).to_owned(),
    }
}

impl Packages {
    /// What apt's lists offer of our packages: version and source, in the order of versions.
    pub(super) fn offered(&self, files: &Files) -> Vec<(String, Source)> {
        let mut offered = Vec::new();
        for source in sources(files) {
            for version in self.lists.get(&source.url).into_iter().flatten() {
                offered.push((version.clone(), source.clone()));
            }
        }
        offered.sort_by(|(a, _), (b, _)| (version_of(b), b).cmp(&(version_of(a), a)));
        offered
    }
}
