//! The components as the steps drafted so far leave them.

use std::collections::BTreeMap;

use crate::component::Component;
use crate::components::{ComponentHost, Components, Part};
use crate::ids::NodeName;
use crate::inventory::{Host, Inventory};
use crate::path;
use crate::plan::{Hop, Strategy};
use crate::planner::draft::Draft;
use crate::planner::{PlanError, Request};
use crate::version::{Minor, Version};

/// Steps are numbered, and versions followed, as the plan grows.
pub(super) struct Fleet<'a> {
    pub(super) draft: Draft<'a>,
    pub(super) request: &'a Request<'a>,
    pub(super) components: &'a Components,
    versions: BTreeMap<(NodeName, Component), Version>,
}

impl<'a> Fleet<'a> {
    /// # Errors
    /// When a component is not there, does not run, or nobody knows its version; when a node is left out.
    pub(super) fn new(
        inventory: &'a Inventory,
        request: &'a Request<'a>,
        components: &'a Components,
    ) -> Result<Self, PlanError> {
        if matches!(request.options.strategy, Strategy::NewPools { .. }) {
            return Err(PlanError::NoPools { provider: request.provider });
        }
        let mut versions = BTreeMap::new();
        for host in &components.hosts {
            for part in &host.parts {
                let version = version(inventory, host, part)?;
                versions.insert((host.name.clone(), part.component), version);
            }
        }
        let left_out = inventory.nodes.iter().find(|node| {
            let kubelet = components.host(&node.name).and_then(|host| host.part(Component::Kubelet));
            kubelet.is_none() && !request.options.excluded.contains(&node.name)
        });
        match left_out {
            Some(node) => Err(PlanError::NodeNotListed { node: node.name.clone() }),
            None => Ok(Self { draft: Draft::new(inventory, &request.options), request, components, versions }),
        }
    }

    /// A hop needs every kubelet and kube-proxy recent enough before it; the ones left alone most of all.
    pub(super) fn bears(&self, hop: &Hop) -> Result<(), PlanError> {
        let mut nodes = self.draft.inventory.nodes.iter();
        let too_old = nodes.find(|node| {
            let kubelet = self.versions.get(&(node.name.clone(), Component::Kubelet)).unwrap_or(&node.kubelet);
            path::nodes_due_before(hop.to.minor(), kubelet.minor())
        });
        match too_old {
            Some(node) => Err(PlanError::ExcludedTooOld {
                node: node.name.clone(),
                found: node.kubelet.clone(),
                hop: hop.to.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The component's version as the steps drafted so far leave it.
    pub(super) fn version(&self, host: &NodeName, component: Component) -> Option<&Version> {
        self.versions.get(&(host.clone(), component))
    }

    pub(super) fn set(&mut self, host: &NodeName, component: Component, version: &Version) {
        self.versions.insert((host.clone(), component), version.clone());
        if component == Component::Kubelet {
            self.draft.set_kubelet(host, version);
        }
    }

    /// The hosts that run the component, in the file's order.
    pub(super) fn hosts_of(&self, component: Component) -> Vec<&'a NodeName> {
        self.components.parts(component).map(|(host, _)| &host.name).collect()
    }

    /// Whether the component on the host is to go to the version: never back, and cloud-controller-managers, whose
    /// versions are their cloud's, only where the file says.
    pub(super) fn target(&self, host: &NodeName, part: &'a Part, to: &Version) -> Option<Version> {
        if self.request.options.excluded.contains(host) {
            return None;
        }
        let wanted = match part.component {
            Component::CloudControllerManager | Component::Etcd => part.to.clone()?,
            Component::ApiServer
            | Component::ControllerManager
            | Component::Scheduler
            | Component::Kubelet
            | Component::KubeProxy
            | Component::CoreDns
            | Component::ContainerRuntime
            | Component::Kubeadm
            | Component::Kubectl => to.clone(),
        };
        self.version(host, part.component).filter(|at| **at < wanted).map(|_| wanted)
    }

    pub(super) fn seen(&self, host: &NodeName) -> Option<&'a Host> {
        self.draft.inventory.hosts.get(host)
    }
}

/// What runs there; the file is believed only where the host was not asked.
fn version(inventory: &Inventory, host: &ComponentHost, part: &Part) -> Result<Version, PlanError> {
    let (name, component) = (host.name.clone(), part.component);
    if let Some(seen) = inventory.hosts.get(&host.name) {
        let Some(found) = seen.components.iter().find(|found| found.component == component && found.runs == part.runs)
        else {
            return Err(PlanError::ComponentMissing { host: name, component, runs: part.runs.to_string() });
        };
        if !found.active {
            return Err(PlanError::ComponentDown { host: name, component, runs: part.runs.to_string() });
        }
    }
    let seen = inventory.version_on(component, &host.name).or(part.version.as_ref());
    seen.cloned().ok_or(PlanError::ComponentUnknown { host: name, component })
}

/// The versions of a minor that the file names, or else the newest that the calendar knows.
pub(in crate::planner) fn offered(request: &Request<'_>, minor: Minor) -> Vec<Version> {
    let named = request.components.map(|components| components.versions.as_slice()).unwrap_or_default();
    let of_minor: Vec<Version> = named.iter().filter(|version| version.minor() == minor).cloned().collect();
    if !named.is_empty() {
        return of_minor;
    }
    let release = request.facts.calendar().get(minor);
    release.and_then(|release| release.last_patch.clone()).into_iter().collect()
}
