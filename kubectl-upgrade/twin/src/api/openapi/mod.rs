//! As much of OpenAPI as `kubectl` needs: what a patch may carry, and kinds for `kubectl explain`.
//!
//! Version 2 has no definitions: without any, `kubectl` leaves validation to the server and takes the merge keys that it
//! knows itself; with ones that do not name every field it would warn.

mod v2;
mod v3;
mod wire;

use super::accept;
use super::catalogue::{self, Entry};
use super::refusal::Refusal;
use super::route::{Answer, Asked};

/// The first minor that serves version 3 by default.
const V3_SINCE: u16 = 24;

/// The first minor that validates fields by default.
const VALIDATION_SINCE: u16 = 25;

/// The answer to a path below `/openapi`.
pub(crate) fn answer(asked: &Asked<'_>, path: &[&str]) -> Result<Answer, Refusal> {
    let minor = asked.minor();
    match path {
        ["v2"] => Ok(v2(asked)),
        ["v3"] if minor >= V3_SINCE => Ok(v3::index(minor).into()),
        ["v3", "api", version] if minor >= V3_SINCE => v3::group_version(asked.version, "", version).map(Answer::from),
        ["v3", "apis", group, version] if minor >= V3_SINCE => {
            v3::group_version(asked.version, group, version).map(Answer::from)
        }
        _ => Err(Refusal::nothing_there()),
    }
}

fn v2(asked: &Asked<'_>) -> Answer {
    let wants_wire = accept::alternatives(asked.call.header(http::header::ACCEPT))
        .any(|accepted| accepted.media.ends_with("+protobuf") && accepted.media.contains("openapi"));
    if wants_wire {
        Answer::Bytes { media_type: "application/octet-stream", bytes: wire::document(asked.version).into() }
    } else {
        v2::document(asked.version).into()
    }
}

/// The resources that can be patched.
fn patched(minor: u16) -> impl Iterator<Item = &'static Entry> {
    catalogue::served(minor).filter(|entry| entry.subresource.is_none() && entry.can("patch"))
}

/// The path of one object, with the names of its parts in braces.
fn path_of(entry: &Entry) -> String {
    let root = if entry.group.is_empty() { "/api" } else { "/apis" };
    let namespaces = if entry.namespaced { "/namespaces/{namespace}" } else { "" };
    format!("{root}/{}{namespaces}/{}/{{name}}", entry.api_version(), entry.resource)
}

/// The parameters that a patch may carry.
fn parameters(minor: u16) -> impl Iterator<Item = &'static str> {
    let since = [("dryRun", 13), ("fieldManager", 14), ("force", 14), ("fieldValidation", VALIDATION_SINCE)];
    since.into_iter().filter(move |(_, since)| minor >= *since).map(|(name, _)| name)
}

#[cfg(test)]
mod tests;
