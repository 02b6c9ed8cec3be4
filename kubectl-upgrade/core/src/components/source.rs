//! Where a new binary comes from, and how it is known to be the right one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::component::Component;
use crate::version::Version;

/// What a template may name.
const PLACEHOLDERS: [&str; 5] = ["{version}", "{release}", "{component}", "{os}", "{arch}"];

/// Where a component's new binary comes from. Each is a template: `{version}` stands for `v1.20.15`, `{release}` for
/// `1.20.15`, `{component}` for `kube-apiserver`, `{os}` for `linux`, `{arch}` for `amd64`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// From an HTTP server, by the host itself.
    Url(String),
    /// From a file on the host.
    Path(String),
    /// From a package of the host's package manager, such as `kubelet={release}-1.1`; only the binary is taken out.
    Package(String),
}

impl Source {
    /// # Errors
    /// When it is no address, no absolute path, or names what no template knows, or not the version.
    pub fn check(&self) -> Result<(), SourceError> {
        let text = self.template();
        let wrong = |expected: &'static str| Err(SourceError { expected, found: text.to_owned() });
        check_template(text)?;
        match self {
            Self::Url(_) if !text.starts_with("http://") && !text.starts_with("https://") => {
                wrong("http:// or https://")
            }
            Self::Path(_) if !text.starts_with('/') => wrong("an absolute path"),
            Self::Package(_) if text.starts_with('-') => wrong("the name of a package"),
            Self::Url(_) | Self::Path(_) | Self::Package(_) => Ok(()),
        }
    }

    /// The source of one binary, with nothing left to fill in.
    #[must_use]
    pub fn of(&self, component: Component, version: &Version, arch: &str) -> Self {
        let fill = |text: &String| filled(text, component, version, arch);
        match self {
            Self::Url(text) => Self::Url(fill(text)),
            Self::Path(text) => Self::Path(fill(text)),
            Self::Package(text) => Self::Package(fill(text)),
        }
    }

    /// The template, or what came of it.
    #[must_use]
    pub fn template(&self) -> &str {
        match self {
            Self::Url(text) | Self::Path(text) | Self::Package(text) => text,
        }
    }

    /// The key it has in the components file.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::Path(_) => "path",
            Self::Package(_) => "package",
        }
    }
}

/// Whether a text names only what templates know, the version among it, and is one word.
pub(super) fn check_template(text: &str) -> Result<(), SourceError> {
    let wrong = |expected: &'static str| Err(SourceError { expected, found: text.to_owned() });
    let rest = PLACEHOLDERS.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
    if rest.contains(['{', '}']) {
        return wrong("no other placeholders than {version}, {release}, {component}, {os} and {arch}");
    }
    if !text.contains("{version}") && !text.contains("{release}") {
        return wrong("{version} or {release} in it");
    }
    if text.chars().any(|char| char.is_whitespace() || char.is_control()) {
        return wrong("no blanks in it");
    }
    Ok(())
}

/// The template with nothing left to fill in.
pub(super) fn filled(text: &str, component: Component, version: &Version, arch: &str) -> String {
    text.replace("{version}", &version.tag())
        .replace("{release}", &version.to_string())
        .replace("{component}", component.name())
        .replace("{os}", "linux")
        .replace("{arch}", arch)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(text) | Self::Path(text) => f.write_str(text),
            Self::Package(text) => write!(f, "package {text}"),
        }
    }
}

/// A source that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct SourceError {
    /// What should have been there.
    pub expected: &'static str,
    /// What was.
    pub found: String,
}

/// The checksum of one binary, known beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Which.
    pub component: Component,
    /// At which version.
    pub version: Version,
    /// For which architecture.
    pub arch: String,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
}
