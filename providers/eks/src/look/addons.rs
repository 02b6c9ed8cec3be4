//! Add-ons, and the versions that go with each minor.

use std::collections::BTreeMap;

use aws_sdk_eks::types::{Addon as Described, AddonVersionInfo};
use futures::{StreamExt as _, TryStreamExt as _};
use upgrade_core::ids::AddonName;
use upgrade_core::inventory::{Addon, CloudState};
use upgrade_core::version::Minor;
use upgrade_provider::{ErrorKind, PortError};

use super::AT_ONCE;
use super::state;
use crate::provider::Eks;

pub(super) async fn all(eks: &Eks) -> Result<Vec<Addon>, PortError> {
    let call = eks.call("list the add-ons", "ListAddons");
    let pages = eks.client.list_addons().cluster_name(&eks.names.cluster).into_paginator().items().send();
    let names: Vec<String> = pages.collect::<Result<_, _>>().await.map_err(|error| call.failed(error))?;
    let found = futures::stream::iter(names).map(|name| async move { describe(eks, &name).await });
    let addons: Vec<Option<Addon>> = found.buffered(AT_ONCE).try_collect().await?;
    Ok(addons.into_iter().flatten().collect())
}

async fn describe(eks: &Eks, name: &str) -> Result<Option<Addon>, PortError> {
    let purpose = format!("look at add-on {name}");
    let call = eks.call(&purpose, "DescribeAddon");
    let asked = eks.client.describe_addon().cluster_name(&eks.names.cluster).addon_name(name).send().await;
    match asked.map_err(|error| call.failed(error)) {
        Ok(answer) => Ok(answer.addon.map(|addon| Addon {
            name: AddonName::new(name),
            version: addon.addon_version().unwrap_or_default().to_owned(),
            state: state(&addon),
            compatible: BTreeMap::new(),
        })),
        // It has gone since.
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn state(addon: &Described) -> CloudState {
    let issues = addon.health().map(|health| health.issues()).unwrap_or_default();
    let codes = issues.iter().map(|issue| issue.code().map(AsRef::as_ref));
    state::state(addon.status().map(AsRef::as_ref), codes)
}

/// The versions that go with each minor, EKS's default first, then the newest.
pub(super) async fn compatible(eks: &Eks, name: &AddonName) -> Result<BTreeMap<Minor, Vec<String>>, PortError> {
    let purpose = format!("ask which versions of add-on {name} there are");
    let call = eks.call(&purpose, "DescribeAddonVersions");
    let pages = eks.client.describe_addon_versions().addon_name(name.as_str()).into_paginator().items().send();
    let found: Vec<_> = pages.collect::<Result<_, _>>().await.map_err(|error| call.failed(error))?;
    let mut compatible: BTreeMap<Minor, Vec<String>> = BTreeMap::new();
    for info in found.iter().flat_map(|addon| addon.addon_versions()) {
        enter(&mut compatible, info);
    }
    Ok(compatible)
}

fn enter(compatible: &mut BTreeMap<Minor, Vec<String>>, info: &AddonVersionInfo) {
    let Some(version) = info.addon_version() else { return };
    for with in info.compatibilities() {
        let Some(minor) = with.cluster_version().and_then(|text| text.parse().ok()) else { continue };
        let versions = compatible.entry(minor).or_default();
        let place = if with.default_version() { 0 } else { versions.len() };
        versions.insert(place, version.to_owned());
    }
}
