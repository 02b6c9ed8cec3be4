//! A simulated copy of a real cluster, made from what was read of it.
//!
//! Nodes, workloads, budgets, placement rules, volumes and versions come from the snapshot, packages and repositories
//! from the look at the hosts. What the copy cannot act out is named, so that a forecast can say what it does not know.

mod by_hand;
mod machines;
mod managed;
mod unlike;

use serde_json::Value;
use upgrade_cluster::Snapshot;
use upgrade_core::component::Component;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{Inventory, RepositoryLayout};
use upgrade_core::plan::{Plan, ProviderKind};
use upgrade_twin::blueprint::{Blueprint, Form, Packages};
use upgrade_twin::json::{at, text};
use upgrade_twin::{Faults, Tempo};

pub use unlike::Unlike;

/// A copy, ready to be set up.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What it is made of.
    pub blueprint: Blueprint,
    /// What it cannot act out.
    pub unlike: Vec<Unlike>,
}

/// Why there can be no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// No API server's version is known.
    #[error("expected the version of an API server, found none")]
    NoApiServer,
    /// The plan's steps need hosts that were not looked at.
    #[error("expected a look at every host that the plan works on, found none at {}", names(nodes))]
    HostsUnseen {
        /// The nodes.
        nodes: Vec<NodeName>,
    },
    /// Static pods that kubeadm does not know of, by names that a copy does not know them by.
    #[error(
        "expected static pods with manifests /etc/kubernetes/manifests/COMPONENT.yaml and images COMPONENT:VERSION, found others on \
         {}",
        names(nodes)
    )]
    StaticPods {
        /// The hosts.
        nodes: Vec<NodeName>,
    },
    /// Binaries that come out of packages, which a copy cannot unpack.
    #[error("expected binaries that are fetched from addresses or files, found one out of package {package}")]
    Packages {
        /// The package.
        package: String,
    },
}

fn names(nodes: &[NodeName]) -> String {
    nodes.iter().map(NodeName::as_str).collect::<Vec<_>>().join(", ")
}

impl Copy {
    /// The copy of the cluster that both looks are of, for that plan to be rehearsed on.
    ///
    /// # Errors
    /// When what it has to be made of was not seen.
    pub fn of(snapshot: Snapshot, inventory: &Inventory, plan: &Plan) -> Result<Self, CopyError> {
        let newest = inventory.instances(Component::ApiServer).map(|server| &server.version).max();
        let recorded = inventory.kubeadm.as_ref().map(|record| &record.version);
        let version = recorded.or(newest).ok_or(CopyError::NoApiServer)?.clone();
        let unlike = unlike::of(&snapshot, inventory, plan);
        let objects = &snapshot.objects;
        let (form, machines) = match (&inventory.cloud, plan.provider) {
            (Some(cloud), _) => {
                let mut machines = machines::of(inventory, objects, &version, plan)?;
                let managed = managed::of(cloud, inventory, objects, &mut machines, plan);
                (Form::Managed(Box::new(managed)), machines)
            }
            (None, ProviderKind::Manual) => {
                let (built, machines) = by_hand::of(inventory, objects, &version, plan)?;
                (Form::HandBuilt(built), machines)
            }
            (None, ProviderKind::Kubeadm | ProviderKind::Eks | ProviderKind::Gke | ProviderKind::Aks) => {
                (Form::Kubeadm, machines::of(inventory, objects, &version, plan)?)
            }
        };
        let blueprint = Blueprint {
            name: inventory.cluster.name.clone(),
            epoch: inventory.observed_at,
            form,
            version,
            machines,
            packages: packages(inventory),
            objects: snapshot.objects.into_iter().filter(is_copied).collect(),
            tempo: Tempo::default(),
            faults: Faults::default(),
        };
        Ok(Self { blueprint, unlike })
    }
}

/// What is offered anywhere is offered everywhere: which hosts lack a package is the plan's finding, not the copy's.
fn packages(inventory: &Inventory) -> Packages {
    let offered = inventory.hosts.values().flat_map(|host| host.offered.values().flatten());
    let installed = inventory.hosts.values().flat_map(|host| host.installed.values().map(|package| &package.version));
    let mut exact: Vec<String> = offered.chain(installed).cloned().collect();
    exact.sort();
    exact.dedup();
    let per_minor =
        inventory.hosts.values().any(|host| matches!(host.repository.layout, RepositoryLayout::PerMinor(_)));
    Packages { offered: Vec::new(), exact, per_minor }
}

/// What is about to go is not copied, nor what only names the rules of admission.
fn is_copied(object: &Value) -> bool {
    let named = ["HorizontalPodAutoscaler", "ValidatingWebhookConfiguration"].contains(&text(object, "/kind"));
    at(object, "/metadata/deletionTimestamp").is_null() && !named
}
