//! Objects as they come in: of the kind and in the place that the path names.

use serde_json::Value;

use crate::api::call::Call;
use crate::api::catalogue::Entry;
use crate::api::refusal::Refusal;
use crate::api::target::Target;
use crate::api::validate;
use crate::json::{self, text};

/// The object in the body, with its namespace filled in.
pub(crate) fn object(call: &Call, minor: u16, target: &Target) -> Result<Value, Refusal> {
    let entry = target.entry;
    let mut object = call.json().map_err(|refusal| match refusal.code {
        400 => unreadable(call, entry),
        _ => refusal,
    })?;
    if !object.is_object() {
        return Err(unreadable(call, entry));
    }
    check_kind(&object, entry)?;
    validate::readable(entry, minor, &object)?;
    place(&mut object, target)?;
    Ok(object)
}

fn unreadable(call: &Call, entry: &Entry) -> Refusal {
    let body = String::from_utf8_lossy(&call.body);
    let found = body.trim_start().chars().find(|c| !c.is_whitespace() && *c != '{').unwrap_or(' ');
    Refusal::bad_request(format!(
        "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: invalid \
         character '{found}' looking for beginning of object key string ({body})",
        entry.kind
    ))
}

fn check_kind(object: &Value, entry: &Entry) -> Result<(), Refusal> {
    let (kind, version) = (text(object, "/kind"), text(object, "/apiVersion"));
    let expected = entry.kind_api_version();
    if !kind.is_empty() && kind != entry.kind {
        let (short, own) = (entry.version, entry.kind);
        let internal = if entry.group.is_empty() { "core" } else { entry.group.split('.').next().unwrap_or_default() };
        return Err(Refusal::bad_request(format!(
            "{kind} in version {short:?} cannot be handled as a {own}: converting ({short}.{kind}) to ({internal}.{own}): \
             unknown conversion"
        )));
    }
    // Both versions of an eviction are taken by those who know the newer one.
    let other_eviction = entry.kind == "Eviction" && expected == "policy/v1" && version == "policy/v1beta1";
    if !version.is_empty() && version != expected && !other_eviction {
        let short = entry.version;
        return Err(Refusal::bad_request(format!(
            "{0} in version {short:?} cannot be handled as a {0}: no kind {0:?} is registered for version {version:?} in \
             scheme \"pkg/api/legacyscheme/scheme.go:30\"",
            entry.kind
        )));
    }
    Ok(())
}

fn place(object: &mut Value, target: &Target) -> Result<(), Refusal> {
    let own = text(object, "/metadata/namespace");
    match &target.namespace {
        Some(namespace) if !own.is_empty() && own != namespace => {
            let message = "the namespace of the provided object does not match the namespace sent on the request";
            Err(Refusal::bad_request(message))
        }
        Some(namespace) => {
            json::set(object, &["metadata", "namespace"], namespace.as_str());
            Ok(())
        }
        None => {
            json::remove(object, &["metadata", "namespace"]);
            Ok(())
        }
    }
}
