//! What the operator wants to end at, as said with `--to`.
//!
//! Which version that is depends on the calendar and on what is offered, see [`crate::path`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::version::{Minor, Version};

/// The wanted end of an upgrade.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// Nothing was said: the newest supported minor that can be reached with what is offered.
    #[default]
    NewestReachable,
    /// `latest`: the newest released minor, its newest patch.
    Latest,
    /// `latest-patch`: the newest patch of the minor that runs.
    LatestPatch,
    /// `1.34`: the newest patch of this minor.
    Minor(Minor),
    /// `v1.34.2`: exactly this.
    Exact(Version),
}

/// How the default target is written where one must be written.
const NEWEST_REACHABLE: &str = "newest-reachable";

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewestReachable => f.write_str(NEWEST_REACHABLE),
            Self::Latest => f.write_str("latest"),
            Self::LatestPatch => f.write_str("latest-patch"),
            Self::Minor(minor) => minor.fmt(f),
            Self::Exact(version) => version.fmt(f),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text.trim() {
            NEWEST_REACHABLE => Ok(Self::NewestReachable),
            "latest" => Ok(Self::Latest),
            "latest-patch" => Ok(Self::LatestPatch),
            other => {
                let minor = other.parse().map(Self::Minor);
                let exact = || other.parse().map(Self::Exact);
                minor.or_else(|_| exact()).map_err(|_| TargetError { found: text.to_owned() })
            }
        }
    }
}

impl TryFrom<String> for Target {
    type Error = TargetError;

    fn try_from(text: String) -> Result<Self, TargetError> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

/// Text that is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a target such as 1.34, v1.34.2, latest, latest-patch or newest-reachable, found {found:?}")]
pub struct TargetError {
    /// What was read.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        for (text, target) in [
            ("1.34", Target::Minor(Minor::new(1, 34))),
            ("v1.34", Target::Minor(Minor::new(1, 34))),
            ("1.34.2", Target::Exact(Version::new(1, 34, 2))),
            (" v1.34.2 ", Target::Exact(Version::new(1, 34, 2))),
            ("v1.38.0-rc.1", Target::Exact("1.38.0-rc.1".parse().unwrap())),
            ("latest", Target::Latest),
            ("latest-patch", Target::LatestPatch),
            ("newest-reachable", Target::NewestReachable),
        ] {
            assert_eq!(text.parse::<Target>().unwrap(), target, "{text}");
            assert_eq!(target.to_string().parse::<Target>().unwrap(), target, "{text}");
            let json = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_was_expected() {
        for text in ["", "newest", "1", "1.34.x", "LATEST", "1.34.2.1", "stable", "-1.34"] {
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert!(error.starts_with("expected a target such as 1.34, v1.34.2"), "{error}");
            assert!(error.ends_with(&format!("found {text:?}")), "{error}");
        }
    }
}
