//! The server about itself: its version and its health.

use serde_json::json;
use upgrade_core::version::{Minor, Version};

use super::reply::Reply;

/// The checks that servers list when asked for all of them.
const CHECKS: &[&str] = &[
    "ping",
    "log",
    "etcd",
    "poststarthook/start-apiextensions-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/apiservice-registration-controller",
    "autoregister-completion",
];

/// The first minor whose servers tell what they emulate.
const EMULATION_SINCE: u16 = 33;

/// What versions say of their build where nothing depends on it.
pub(super) const GO_VERSION: &str = "go1.22.0";
pub(super) const BUILD_DATE: &str = "2024-01-01T00:00:00Z";
pub(super) const GIT_COMMIT: &str = "0000000000000000000000000000000000000000";

/// The answer to `/version`.
pub(crate) fn version(version: &Version, emulates: Option<Minor>) -> Reply {
    let minor = version.minor();
    let mut told = json!({
        "major": minor.major.to_string(),
        "minor": minor.minor.to_string(),
        "gitVersion": format!("v{}", version.to_string().trim_start_matches('v')),
        "gitCommit": GIT_COMMIT,
        "gitTreeState": "clean",
        "buildDate": BUILD_DATE,
        "goVersion": GO_VERSION,
        "compiler": "gc",
        "platform": "linux/amd64",
    });
    if let (Some(told), true) = (told.as_object_mut(), minor.minor >= EMULATION_SINCE) {
        let emulates = emulates.unwrap_or(minor);
        told.insert("emulationMajor".to_owned(), emulates.major.to_string().into());
        told.insert("emulationMinor".to_owned(), emulates.minor.to_string().into());
        told.insert("minCompatibilityMajor".to_owned(), minor.major.to_string().into());
        told.insert("minCompatibilityMinor".to_owned(), minor.back(1).minor.to_string().into());
    }
    Reply::json(200, format!("{told:#}"))
}

/// The answer to `/livez`, `/readyz` or `/healthz`: `path` is the word and, where one is named, the check.
pub(crate) fn health(path: &[&str], verbose: bool) -> Reply {
    let (word, check) = path.split_first().map_or(("", String::new()), |(word, check)| (*word, check.join("/")));
    if !check.is_empty() && !CHECKS.contains(&check.as_str()) {
        return Reply::text(404, "404 page not found\n");
    }
    if !verbose || !check.is_empty() {
        return Reply::text(200, "ok");
    }
    let lines: String = CHECKS.iter().map(|check| format!("[+]{check} ok\n")).collect();
    Reply::text(200, format!("{lines}{word} check passed\n"))
}
