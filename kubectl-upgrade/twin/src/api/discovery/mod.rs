//! What is served, told to clients.

mod aggregated;
mod rendered;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::ACCEPT;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::catalogue::{self, Entry};
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Asked, page_not_found};
use aggregated::Telling;

/// The first minor that tells under which version resources are stored.
const HASH_SINCE: u16 = 15;

/// The paths there are.
pub(crate) fn root(code: u16, asked: &Asked<'_>) -> Reply {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for (group, versions) in group_versions(asked.minor(), asked.custom) {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions.iter().map(|version| format!("/apis/{group}/{version}")));
    }
    paths.extend(["/healthz", "/livez", "/readyz", "/version"].map(str::to_owned));
    paths.sort();
    Reply::json(code, format!("{:#}", json!({"paths": paths})))
}

/// The versions of the core group.
pub(crate) fn core_versions(asked: &Asked<'_>) -> Result<Reply, Refusal> {
    if let Some(together) = together(asked, true)? {
        return Ok(together);
    }
    Ok(answered(&json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [
            {"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"},
            {"clientCIDR": "10.96.0.0/12", "serverAddress": "10.96.0.1:443"},
        ],
    })))
}

/// All groups with their versions.
pub(crate) fn groups(asked: &Asked<'_>) -> Result<Reply, Refusal> {
    if let Some(together) = together(asked, false)? {
        return Ok(together);
    }
    Ok(rendered::once(asked, || {
        let groups = group_versions(asked.minor(), asked.custom);
        let groups: Vec<Value> = groups.iter().map(|(group, versions)| group_json(group, versions)).collect();
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    }))
}

/// Everything in one answer, where that is asked for.
fn together(asked: &Asked<'_>, core: bool) -> Result<Option<Reply>, Refusal> {
    match Telling::accepted(asked.call.header(ACCEPT), asked.minor()) {
        None => Err(Refusal::not_acceptable()),
        Some(Telling::Apart) => Ok(None),
        Some(Telling::Together(version)) => {
            let list = aggregated::list((asked.minor(), asked.custom), core, version);
            let media_type = aggregated::media_type(version);
            Ok(Some(Reply { media_type, ..answered(&list) }))
        }
    }
}

/// One group with its versions.
pub(crate) fn group(asked: &Asked<'_>, name: &str) -> Reply {
    let groups = group_versions(asked.minor(), asked.custom);
    let Some((group, versions)) = groups.iter().find(|(group, _)| *group == name) else { return page_not_found() };
    let mut json = group_json(group, versions);
    if let Some(json) = json.as_object_mut() {
        json.insert("kind".to_owned(), "APIGroup".into());
        json.insert("apiVersion".to_owned(), "v1".into());
    }
    answered(&json)
}

/// The resources of one version of a group.
pub(crate) fn resources(asked: &Asked<'_>, group: &str, version: &str) -> Result<Reply, Refusal> {
    let minor = asked.minor();
    let of_version = |entry: &&Entry| entry.group == group && entry.version == version;
    if catalogue::served_with(minor, asked.custom).any(|entry| of_version(&entry)) {
        let served = || catalogue::served_with(minor, asked.custom).filter(of_version);
        return Ok(rendered::once(asked, || resource_list(served().collect(), minor)));
    }
    // Of a group that is served, other versions are told apart from what was never heard of.
    let heard_of = group.is_empty() || catalogue::served(minor).any(|entry| entry.group == group);
    if heard_of { Err(Refusal::nothing_there()) } else { Ok(page_not_found()) }
}

fn resource_list(mut entries: Vec<&Entry>, minor: u16) -> Value {
    entries.sort_by_key(|entry| (entry.resource, entry.subresource));
    let resources: Vec<Value> = entries.iter().map(|entry| resource_json(entry, minor)).collect();
    let version = entries.first().map(|entry| entry.api_version());
    let mut json = json!({"kind": "APIResourceList", "groupVersion": version, "resources": resources});
    if let (Some(json), false) = (json.as_object_mut(), entries.iter().any(|entry| entry.group.is_empty())) {
        json.insert("apiVersion".to_owned(), "v1".into());
    }
    json
}

/// The groups other than the core one with their versions, in the order of discovery.
pub(crate) fn group_versions(minor: u16, custom: bool) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
    for entry in catalogue::served_with(minor, custom).filter(|entry| !entry.group.is_empty()) {
        match groups.iter_mut().find(|(group, _)| *group == entry.group) {
            Some((_, versions)) if versions.contains(&entry.version) => {}
            Some((_, versions)) => versions.push(entry.version),
            None => groups.push((entry.group, vec![entry.version])),
        }
    }
    groups
}

fn group_json(group: &str, versions: &[&str]) -> Value {
    let version = |version: &&str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    let versions: Vec<Value> = versions.iter().map(version).collect();
    json!({"name": group, "preferredVersion": versions.first(), "versions": versions})
}

fn resource_json(entry: &Entry, minor: u16) -> Value {
    let name = match entry.subresource {
        Some(subresource) => format!("{}/{subresource}", entry.resource),
        None => entry.resource.to_string(),
    };
    let mut json = json!({
        "name": name,
        "singularName": entry.singular(minor),
        "namespaced": entry.namespaced,
        "kind": entry.kind,
        "verbs": entry.verbs,
    });
    if let Some(json) = json.as_object_mut() {
        if let Some((group, version)) = entry.kind_of {
            json.insert("group".to_owned(), group.into());
            json.insert("version".to_owned(), version.into());
        }
        if !entry.short.is_empty() {
            json.insert("shortNames".to_owned(), entry.short.clone().into());
        }
        if !entry.categories.is_empty() {
            json.insert("categories".to_owned(), entry.categories.clone().into());
        }
        if minor >= HASH_SINCE && entry.can("list") && entry.can("watch") {
            json.insert("storageVersionHash".to_owned(), storage_hash(entry, minor).into());
        }
    }
    json
}

/// What tells clients that a resource is stored as another version than before: the oldest one that is served.
fn storage_hash(entry: &Entry, minor: u16) -> String {
    let same = |other: &&Entry| other.resource == entry.resource && other.subresource.is_none();
    let in_core = catalogue::served(minor).filter(same).any(|other| other.group.is_empty());
    let group = if in_core { "" } else { entry.group };
    let stored =
        catalogue::served_with(minor, true).filter(same).filter(|other| other.group == group).last().unwrap_or(entry);
    let digest = Sha256::digest(format!("{}/{}/{}", stored.group, stored.version, stored.kind));
    STANDARD.encode(digest.get(..8).unwrap_or_default())
}

fn answered(json: &Value) -> Reply {
    Reply::json(200, format!("{json}\n"))
}
