//! Which versions of the groups used here the server serves.

use std::collections::{BTreeMap, BTreeSet};

use super::selector::EmptySelector;
use crate::api::Api;
use crate::failure::Failure;
use crate::wire::{GroupList, ResourceList};

/// The API groups served, each with its versions.
pub(crate) struct Served(BTreeMap<String, BTreeSet<String>>);

/// A version of the policy group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyVersion {
    /// Before 1.21.
    V1beta1,
    /// From 1.21.
    V1,
}

impl PolicyVersion {
    pub(crate) const fn api_version(self) -> &'static str {
        match self {
            Self::V1beta1 => "policy/v1beta1",
            Self::V1 => "policy/v1",
        }
    }

    pub(crate) const fn empty_selector(self) -> EmptySelector {
        match self {
            Self::V1beta1 => EmptySelector::Nothing,
            Self::V1 => EmptySelector::Everything,
        }
    }
}

impl Served {
    pub(crate) async fn ask(api: &Api) -> Result<Self, Failure> {
        let list: GroupList = api.get("/apis").await?;
        let versions = |group: &crate::wire::Group| group.versions.iter().map(|v| v.version.clone()).collect();
        Ok(Self(list.groups.iter().map(|group| (group.name.clone(), versions(group))).collect()))
    }

    pub(crate) fn groups(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }

    pub(crate) fn has(&self, group: &str, version: &str) -> bool {
        self.0.get(group).is_some_and(|versions| versions.contains(version))
    }

    /// The version of PodDisruptionBudgets.
    pub(crate) fn policy(&self) -> PolicyVersion {
        if self.has("policy", "v1") { PolicyVersion::V1 } else { PolicyVersion::V1beta1 }
    }

    /// The version of Leases: `v1` from 1.14, `v1beta1` from 1.12, none before.
    pub(crate) fn leases(&self) -> Option<&'static str> {
        ["v1", "v1beta1"].into_iter().find(|version| self.has("coordination.k8s.io", version))
    }
}

/// The version of the Eviction that `pods/eviction` takes; not always that of the budgets: at 1.21 the budgets are v1
/// already and evictions still v1beta1.
pub(crate) async fn eviction_version(api: &Api) -> Result<PolicyVersion, Failure> {
    let list: ResourceList = api.get("/api/v1").await?;
    let v1 = list.resources.iter().any(|resource| resource.name == "pods/eviction" && resource.version == "v1");
    Ok(if v1 { PolicyVersion::V1 } else { PolicyVersion::V1beta1 })
}
