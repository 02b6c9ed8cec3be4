//! The plan in the making: what the steps drafted so far have changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{NodeName, StepId};
use crate::inventory::{Host, Inventory, Node, Repository, RepositoryLayout};
use crate::plan::{Action, ComponentAction, Condition, DrainForecast, Limits, Options, Reversal, Step};
use crate::planner::{drains, managed};
use crate::version::{Minor, Version};

/// Steps are numbered, and repositories and kubelets followed, as the draft grows.
pub(super) struct Draft<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) options: &'a Options,
    nodes: BTreeMap<&'a NodeName, &'a Node>,
    forecasts: BTreeMap<&'a NodeName, DrainForecast>,
    last: u32,
    /// The step that took the last etcd snapshot, once drafted.
    pub(super) snapshot: Option<StepId>,
    kubelets: BTreeMap<NodeName, Version>,
    repositories: BTreeMap<NodeName, Repository>,
    kubeadm: BTreeMap<NodeName, Version>,
    /// The nodes with a cordon of an earlier run.
    cordoned: BTreeSet<NodeName>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(inventory: &'a Inventory, options: &'a Options) -> Self {
        let hosts = || inventory.hosts.iter();
        Self {
            inventory,
            options,
            nodes: inventory.nodes_by_name(),
            forecasts: drains::forecasts(inventory, &options.drain),
            last: 0,
            snapshot: None,
            kubelets: inventory.nodes.iter().map(|node| (node.name.clone(), node.kubelet.clone())).collect(),
            repositories: hosts().map(|(name, host)| (name.clone(), host.repository.clone())).collect(),
            kubeadm: hosts().filter_map(|(name, host)| Some((name.clone(), host.kubeadm.clone()?))).collect(),
            cordoned: inventory
                .nodes
                .iter()
                .filter(|node| node.unschedulable && node.cordoned_by.is_some())
                .map(|node| node.name.clone())
                .collect(),
        }
    }

    /// The nodes the plan may touch, in name order.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &'a Node> {
        let excluded = &self.options.excluded;
        self.nodes.values().copied().filter(|node| !excluded.contains(&node.name))
    }

    pub(super) fn node(&self, name: &NodeName) -> Option<&'a Node> {
        self.nodes.get(name).copied()
    }

    /// What a drain of the node would have to move.
    pub(super) fn forecast(&self, node: &NodeName) -> DrainForecast {
        self.forecasts.get(node).cloned().unwrap_or_default()
    }

    /// The control-plane nodes, excluded or not: none of them can be left out of a hop.
    pub(super) fn control_plane(&self) -> impl Iterator<Item = &'a Node> {
        self.inventory.control_plane().into_iter()
    }

    pub(super) fn host(&self, node: &NodeName) -> Option<&'a Host> {
        self.inventory.hosts.get(node)
    }

    /// The node's kubelet as the steps drafted so far leave it.
    pub(super) fn kubelet(&self, node: &NodeName) -> &Version {
        static NONE: Version = Version::new(0, 0, 0);
        self.kubelets.get(node).unwrap_or(&NONE)
    }

    pub(super) fn set_kubelet(&mut self, node: &NodeName, version: &Version) {
        self.kubelets.insert(node.clone(), version.clone());
    }

    /// Whether the steps drafted so far leave the node with the cordon of an earlier run.
    pub(super) fn is_cordoned_by_us(&self, node: &NodeName) -> bool {
        self.cordoned.contains(node)
    }

    pub(super) fn set_uncordoned(&mut self, node: &NodeName) {
        self.cordoned.remove(node);
    }

    /// The host's kubeadm as the steps drafted so far leave it; none when it is not known.
    pub(super) fn kubeadm(&self, node: &NodeName) -> Option<&Version> {
        self.kubeadm.get(node)
    }

    pub(super) fn set_kubeadm(&mut self, node: &NodeName, version: &Version) {
        self.kubeadm.insert(node.clone(), version.clone());
    }

    /// The host's repository as the steps drafted so far leave it; none when the host was not looked at.
    pub(super) fn repository(&self, node: &NodeName) -> Option<&Repository> {
        self.repositories.get(node)
    }

    pub(super) fn set_repository(&mut self, node: &NodeName, minor: Minor, repository: Repository) {
        let switched = Repository { layout: RepositoryLayout::PerMinor(minor), ..repository };
        self.repositories.insert(node.clone(), switched);
    }

    /// The next step.
    pub(super) fn step(&mut self, action: Action, expects: Vec<Condition>, goal: Vec<Condition>) -> Step {
        self.last += 1;
        let limits = limits(&action);
        Step { id: StepId(self.last), action, expects, goal, limits, reversal: Reversal::Nothing, interrupts: None }
    }
}

/// How long each action may take. Real kubeadm 1.33 to 1.35 took 152 s for an apply and gives each of four components
/// five minutes; a snapshot or an archive of gigabytes takes minutes on a slow disk; packages come over slow links.
fn limits(action: &Action) -> Limits {
    let (deadline_s, quiet_s) = match action {
        Action::SnapshotEtcd { .. } | Action::ArchiveFiles { .. } => (900, 600),
        Action::SwitchRepository { .. } => (300, 300),
        Action::InstallPackages { .. } => (900, 600),
        Action::UpgradeApply { .. } | Action::UpgradeNode { .. } => (1800, 900),
        Action::Cordon { .. } | Action::Uncordon { .. } => (120, 120),
        Action::Drain { policy, .. } => (policy.timeout_s, policy.timeout_s),
        Action::RestartKubelet { .. } => (300, 300),
        Action::Cloud(action) => return managed::limits(action),
        Action::Component(action) => match action {
            ComponentAction::SnapshotEtcd { .. } => (900, 600),
            ComponentAction::Prepare { .. } => (1800, 900),
            ComponentAction::Switch { .. } => (600, 300),
            ComponentAction::PreparePod { .. } => (1800, 900),
            // A kubelet takes its time for a static pod, more than a minute for etcd's; twice, when it goes back.
            ComponentAction::SwitchPod { .. } => (1200, 900),
            // Every part of it has its own time on its host, three minutes at most but for the restore of gigabytes.
            ComponentAction::RestoreEtcd(_) => (7200, 1800),
            // As long as the Deployment's controller by default goes on without progress, and again.
            ComponentAction::CoreDnsImage(_) => (1200, 600),
            // A week for the person; what they said was done must show within minutes.
            ComponentAction::ByHand { .. } | ComponentAction::CoreDns { .. } => (604_800, 120),
        },
    };
    Limits { deadline_s, quiet_s }
}
