//! Discovery in one answer, as `apidiscovery.k8s.io` has it.

use serde_json::{Value, json};

use crate::api::accept;
use crate::api::catalogue::{self, Entry};

/// The minors whose servers answer in `v2beta1`: the feature is on by default from 1.27; servers of 1.35 and 1.36 were
/// seen to refuse it.
const V2BETA1: std::ops::Range<u16> = 27..35;

/// The first minor whose servers answer in `v2`.
const V2_SINCE: u16 = 30;

/// How discovery is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Group by group.
    Apart,
    /// In one answer of that version.
    Together(&'static str),
}

impl Telling {
    /// The first way that the `Accept` header asks for and servers of that minor know; none when there is none.
    pub(crate) fn accepted(header: &str, minor: u16) -> Option<Self> {
        if header.trim().is_empty() {
            return Some(Self::Apart);
        }
        accept::alternatives(header).find_map(|accepted| match accepted.parameter("as") {
            "" => matches!(accepted.media, "application/json" | "application/yaml" | "application/*" | "*/*")
                .then_some(Self::Apart),
            "APIGroupDiscoveryList" if accepted.is_form("APIGroupDiscoveryList", "apidiscovery.k8s.io") => {
                match accepted.parameter("v") {
                    "v2" if minor >= V2_SINCE => Some(Self::Together("v2")),
                    "v2beta1" if V2BETA1.contains(&minor) => Some(Self::Together("v2beta1")),
                    _ => None,
                }
            }
            _ => None,
        })
    }
}

/// The media type of an answer of that version.
pub(crate) fn media_type(version: &str) -> &'static str {
    match version {
        "v2" => "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        _ => "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
    }
}

/// The core group, or all others, with everything in them.
pub(crate) fn list((minor, custom): (u16, bool), core: bool, version: &str) -> Value {
    let mut groups: Vec<(&str, Vec<&str>)> = super::group_versions(minor, custom);
    if core {
        groups = vec![("", vec!["v1"])];
    }
    let items: Vec<Value> = groups.iter().map(|(group, versions)| one_group(minor, group, versions)).collect();
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": items,
    })
}

fn one_group(minor: u16, group: &str, versions: &[&str]) -> Value {
    let one_version = |version: &&str| {
        let of_version =
            catalogue::served_with(minor, true).filter(|entry| entry.group == group && entry.version == *version);
        let entries: Vec<&Entry> = of_version.collect();
        let resources = entries.iter().filter(|entry| entry.subresource.is_none());
        let resources: Vec<Value> = resources.map(|entry| resource(entry, &entries, minor)).collect();
        json!({"version": version, "resources": resources, "freshness": "Current"})
    };
    let versions: Vec<Value> = versions.iter().map(one_version).collect();
    let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
    json!({"metadata": metadata, "versions": versions})
}

fn resource(entry: &Entry, of_version: &[&Entry], minor: u16) -> Value {
    let mut told = json!({
        "resource": entry.resource.plural(),
        "responseKind": kind(entry),
        "scope": if entry.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": entry.singular(minor),
        "verbs": entry.verbs,
    });
    let subresources: Vec<Value> = of_version
        .iter()
        .filter(|other| other.resource == entry.resource)
        .filter_map(|other| {
            let name = other.subresource?;
            Some(json!({"subresource": name, "responseKind": kind(other), "verbs": other.verbs}))
        })
        .collect();
    if let Some(told) = told.as_object_mut() {
        for (key, words) in [("shortNames", &entry.short), ("categories", &entry.categories)] {
            if !words.is_empty() {
                told.insert(key.to_owned(), words.clone().into());
            }
        }
        if !subresources.is_empty() {
            told.insert("subresources".to_owned(), subresources.into());
        }
    }
    told
}

/// Group and version are told only where they are not the resource's own.
fn kind(entry: &Entry) -> Value {
    let (group, version) = entry.kind_of.unwrap_or_default();
    json!({"group": group, "version": version, "kind": entry.kind})
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECTL: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                           application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
    const OLD_ALONE: &str = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

    #[test]
    fn each_minor_tells_as_it_can() {
        assert_eq!(Telling::accepted(KUBECTL, 20), Some(Telling::Apart));
        assert_eq!(Telling::accepted(KUBECTL, 28), Some(Telling::Together("v2beta1")));
        assert_eq!(Telling::accepted(KUBECTL, 36), Some(Telling::Together("v2")));
        assert_eq!(Telling::accepted(OLD_ALONE, 36), None);
        assert_eq!(Telling::accepted("", 36), Some(Telling::Apart));
    }

    #[test]
    fn subresources_are_told_with_their_resource() {
        let core = list((36, false), true, "v2");
        let resources = core["items"][0]["versions"][0]["resources"].as_array().unwrap();
        let pods = resources.iter().find(|one| one["resource"] == "pods").unwrap();
        let eviction = pods["subresources"].as_array().unwrap().iter().find(|one| one["subresource"] == "eviction");
        let kind = json!({"group": "policy", "version": "v1", "kind": "Eviction"});
        assert_eq!(eviction.unwrap()["responseKind"], kind);
        assert_eq!(pods["shortNames"], json!(["po"]));
        let others = list((36, false), false, "v2");
        assert!(others["items"].as_array().unwrap().iter().any(|group| group["metadata"]["name"] == "apps"));
    }
}
