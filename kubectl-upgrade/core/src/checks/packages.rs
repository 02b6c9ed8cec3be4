//! KU0402: the packages of every hop must be on offer at every host.

use std::collections::BTreeMap;

use super::CheckContext;
use super::words::{finding, names};
use crate::commands::package::version_of;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::NodeName;
use crate::inventory::{Host, Inventory, Node, RepositoryLayout};
use crate::path::nodes_due_before;
use crate::version::Version;

/// What is wrong with a hop's version at a host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lack {
    /// No repository there offers kubeadm at all.
    Repository,
    /// The minor was not asked about or could not be.
    Unasked,
    /// The minor is offered, the version is not.
    Version,
}

/// KU0402, one for each version and way of lacking it.
pub(super) fn missing(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut lacking: BTreeMap<(&Version, Lack), Vec<&NodeName>> = BTreeMap::new();
    for node in inventory.nodes.iter().filter(|node| context.moves(node)) {
        // Hand-built hosts get binaries, and say in the components file where from.
        let Some(host) = inventory.hosts.get(&node.name).filter(|host| host.components.is_empty()) else { continue };
        for version in wanted(node, inventory, context) {
            if let Some(lack) = lack(host, version) {
                lacking.entry((version, lack)).or_default().push(&node.name);
            }
        }
    }
    lacking.into_iter().map(|((version, lack), hosts)| found(version, lack, &hosts)).collect()
}

/// Every hop's version; before them the one a kubelet has to catch up with, and that alone when there is no hop.
fn wanted<'a>(node: &Node, inventory: &'a Inventory, context: &'a CheckContext<'_>) -> Vec<&'a Version> {
    let Some((from, to)) = context.hops.first() else {
        return inventory.oldest_api_server().filter(|version| node.kubelet < **version).into_iter().collect();
    };
    let lagging = nodes_due_before(to.minor(), node.kubelet.minor()).then_some(from);
    lagging.into_iter().chain(context.hops.iter().map(|(_, to)| to)).collect()
}

fn lack(host: &Host, version: &Version) -> Option<Lack> {
    let installed = |name: &str| host.installed.get(name).and_then(|package| version_of(&package.version));
    if ["kubeadm", "kubelet"].iter().all(|name| installed(name).as_ref() == Some(version)) {
        return None;
    }
    if host.repository.layout == RepositoryLayout::Missing {
        return Some(Lack::Repository);
    }
    match host.offered.get(&version.minor()) {
        None => Some(Lack::Unasked),
        Some(offered) if offered.iter().any(|text| version_of(text).as_ref() == Some(version)) => None,
        Some(_) => Some(Lack::Version),
    }
}

fn found(version: &Version, lack: Lack, hosts: &[&NodeName]) -> Finding {
    let minor = version.minor();
    let (found, remedy) = match lack {
        Lack::Repository => (
            "no repository offers kubeadm".to_owned(),
            format!("set up https://pkgs.k8s.io/core:/stable:/v{minor} or a mirror of it on these hosts"),
        ),
        Lack::Unasked => (
            format!("what is offered for {minor} could not be seen"),
            format!("let these hosts reach the repository of {minor}, then plan again"),
        ),
        Lack::Version => (
            "the repository does not offer it".to_owned(),
            format!("choose a version that all hosts are offered, or bring the mirror up to date: --to {minor}"),
        ),
    };
    let subject = format!("kubeadm {version} on {}", names(hosts));
    finding(FindingCode::PackageMissing, Severity::Blocker, subject, found, remedy)
}
