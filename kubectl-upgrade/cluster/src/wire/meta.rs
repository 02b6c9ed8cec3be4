//! Lists, metadata and discovery.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A list, or one page of it.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    #[serde(default)]
    pub(crate) metadata: ListMeta,
    /// `null` for an empty list of some servers.
    #[serde(default = "none")]
    pub(crate) items: Option<Vec<T>>,
}

fn none<T>() -> Option<T> {
    None
}

/// A list's own metadata.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListMeta {
    pub(crate) resource_version: String,
    /// Where the next page starts; empty on the last.
    #[serde(rename = "continue")]
    pub(crate) next: String,
}

/// Metadata with values.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Meta {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    pub(crate) generation: i64,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) managed_fields: Vec<ManagedFields>,
}

/// Who wrote an object.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ManagedFields {
    pub(crate) manager: String,
}

/// Any object, for its metadata.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ObjectMeta {
    pub(crate) metadata: Meta,
}

/// `GET /version`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VersionInfo {
    pub(crate) git_version: String,
}

/// `GET /apis`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct GroupList {
    pub(crate) groups: Vec<Group>,
}

/// One API group.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) versions: Vec<GroupVersion>,
}

/// One version of a group.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct GroupVersion {
    pub(crate) version: String,
}

/// `GET /api/v1`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ResourceList {
    pub(crate) resources: Vec<ApiResource>,
}

/// One resource of a group.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ApiResource {
    pub(crate) name: String,
    pub(crate) version: String,
}
