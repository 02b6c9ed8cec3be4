//! Patches.

mod json;
mod lists;
mod merge;
mod strategic;

use serde_json::Value;

use super::catalogue::Entry;
use super::refusal::Refusal;
use strategic::StrategicError;

/// The kinds of patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Operations (RFC 6902).
    Json,
    /// What is to be set, null for what is to go (RFC 7386).
    Merge,
    /// As a merge, with lists merged by the keys of their elements.
    Strategic,
    /// What its manager wants.
    Apply,
}

impl Kind {
    /// By the media type.
    pub(crate) fn of(media_type: &str) -> Result<Self, Refusal> {
        match media_type {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" => Ok(Self::Strategic),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            _ => Err(Refusal::unsupported_media_type()),
        }
    }
}

/// The object after the patch.
pub(crate) fn apply(kind: Kind, _entry: &Entry, old: &Value, patch: &[u8]) -> Result<Value, Refusal> {
    let patch: Value = serde_json::from_slice(patch).map_err(|error| match kind {
        Kind::Merge => Refusal::new(500, "", "Invalid JSON Patch"),
        Kind::Json | Kind::Strategic | Kind::Apply => Refusal::bad_request(error.to_string()),
    })?;
    match kind {
        Kind::Json => json::apply(old, &patch),
        Kind::Merge => Ok(merge::apply(old.clone(), &patch)),
        Kind::Strategic => strategic::apply(old, &patch).map_err(|error| refused(&error)),
        Kind::Apply => Err(unknown()),
    }
}

fn refused(error: &StrategicError) -> Refusal {
    match error {
        StrategicError::Malformed(_) => Refusal::bad_request(error.to_string()),
        StrategicError::NoMergeKey { .. } => Refusal::new(500, "", error.to_string()),
    }
}

fn unknown() -> Refusal {
    let message = "the body of the request was in an unknown format - accepted media types include: \
                   application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, \
                   application/apply-patch+yaml";
    Refusal::new(415, "UnsupportedMediaType", message)
}
