//! Which versions the hosts can install.

use super::Request;
use crate::commands::package;
use crate::inventory::{Host, Inventory};
use crate::version::{Minor, Version};

/// The versions of a minor that every host the plan changes can install; without a look at the hosts, the newest that
/// the calendar knows.
pub(super) fn by_all(inventory: &Inventory, request: &Request<'_>, minor: Minor) -> Vec<Version> {
    let mut hosts = inventory
        .nodes
        .iter()
        .filter(|node| node.control_plane || !request.options.excluded.contains(&node.name))
        .filter_map(|node| inventory.hosts.get(&node.name))
        .map(|host| by_one(host, minor));
    match hosts.next() {
        Some(first) => {
            hosts.fold(first, |common, other| common.into_iter().filter(|version| other.contains(version)).collect())
        }
        None => known(request, minor),
    }
}

fn by_one(host: &Host, minor: Minor) -> Vec<Version> {
    let offered = host.offered.get(&minor).map_or(&[][..], Vec::as_slice);
    offered.iter().filter_map(|text| package::version_of(text)).collect()
}

fn known(request: &Request<'_>, minor: Minor) -> Vec<Version> {
    let release = request.facts.calendar().get(minor);
    release.and_then(|release| release.last_patch.clone()).into_iter().collect()
}
