//! The kubectls of this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use upgrade_core::version::Version;

/// One kubectl.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) program: PathBuf,
    pub(crate) version: Version,
}

static ALL: LazyLock<Vec<Client>> = LazyLock::new(find);

/// One kubectl of each minor, oldest first. None, said by name, where the machine has none and does not have to.
pub(crate) fn all() -> &'static [Client] {
    if ALL.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "a kubectl must be installed on CI");
        println!("skipped: no kubectl on this machine");
    }
    &ALL
}

fn find() -> Vec<Client> {
    let mut found = BTreeMap::new();
    for program in places() {
        if let Some(version) = version(&program) {
            found.entry(version.minor()).or_insert(Client { program, version });
        }
    }
    let clients: Vec<Client> = found.into_values().collect();
    for client in &clients {
        println!("kubectl {}: {}", client.version, client.program.display());
    }
    clients
}

/// Where one may be: on the path, with its minor in its name in the Google Cloud SDK, and among what the testbed built.
fn places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/lib/google-cloud-sdk/bin".into());
    let mut places: Vec<PathBuf> = folders.iter().flat_map(|folder| named(folder, "kubectl")).collect();
    let cache = std::env::var_os("TESTBED_CACHE").map_or_else(home_cache, PathBuf::from);
    for binaries in named(&cache, "binaries-") {
        places.extend(children(&binaries).into_iter().map(|version| version.join("kubectl")));
    }
    places.retain(|place| place.is_file());
    places
}

fn home_cache() -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/kubectl-upgrade-testbed")
}

fn named(folder: &Path, start: &str) -> Vec<PathBuf> {
    let begins = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
    let is_plugin = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("kubectl-"));
    children(folder).into_iter().filter(|path| begins(path) && !is_plugin(path)).collect()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut children: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    children.sort();
    children
}

/// The version of a kubectl; none for what is no kubectl, and for one that only calls another.
fn version(program: &Path) -> Option<Version> {
    let output = Command::new(program).args(["version", "--client", "--output", "json"]).output().ok()?;
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let version = told["clientVersion"]["gitVersion"].as_str()?;
    if version.contains("dispatcher") {
        return None;
    }
    version.split(['-', '+']).next()?.parse().ok()
}
