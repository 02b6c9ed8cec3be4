//! The closed list of things a plan can do.
//!
//! Every parameter is chosen when the plan is made: whoever carries an action out decides nothing about the cluster's
//! shape. An action that can be run is an action that can be shown; both match on this enum without a catch-all.

use serde::{Deserialize, Serialize};

use super::cloud::{Carrier, CloudAction};
use super::component::ComponentAction;
use super::options::DrainPolicy;
use super::subject::Subject;
use crate::ids::{AddonName, NodeName};
use crate::inventory::PackageManager;
use crate::version::{Minor, Version};

/// One thing done to one node or its host, or to a part of a cluster that a cloud runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Take a snapshot of etcd through etcd, verify its hash, revision and size.
    SnapshotEtcd {
        /// The host whose member is asked.
        node: NodeName,
        /// The file on that host.
        file: String,
        /// Whether the host's own etcdctl is used, or the one in etcd's container.
        etcdctl_on_host: bool,
    },
    /// Archive files of a host.
    ArchiveFiles {
        /// The host.
        node: NodeName,
        /// The archive on that host.
        file: String,
        /// What goes in; paths that do not exist are left out.
        paths: Vec<String>,
    },
    /// Point the host's package repository at another minor.
    SwitchRepository {
        /// The host.
        node: NodeName,
        /// Its package manager; none when the host was not looked at, and then the plan cannot run.
        manager: Option<PackageManager>,
        /// The minor it serves now.
        from: Minor,
        /// The minor it shall serve.
        to: Minor,
        /// The exact lines that change.
        edits: Vec<RepositoryEdit>,
    },
    /// Install exact package versions, lifting and restoring their hold.
    InstallPackages {
        /// The host.
        node: NodeName,
        /// Its package manager; none when the host was not looked at, and then the plan cannot run.
        manager: Option<PackageManager>,
        /// What to install.
        packages: Vec<PackagePin>,
        /// Whether they are held again afterwards.
        hold: bool,
    },
    /// `kubeadm upgrade apply` on the first control-plane host.
    UpgradeApply {
        /// The host.
        node: NodeName,
        /// The version applied.
        version: Version,
        /// Further arguments, as this version of kubeadm knows them.
        arguments: Vec<String>,
    },
    /// `kubeadm upgrade node` on any other host.
    UpgradeNode {
        /// The host.
        node: NodeName,
        /// The version of the cluster.
        version: Version,
        /// The form this version of kubeadm has.
        form: NodeForm,
        /// Further arguments.
        arguments: Vec<String>,
    },
    /// Mark the node unschedulable, in this run's name.
    Cordon {
        /// The node.
        node: NodeName,
    },
    /// Evict the node's pods under their budgets.
    Drain {
        /// The node.
        node: NodeName,
        /// What the drain may and may not do.
        policy: DrainPolicy,
        /// What it would have to move, as seen when the plan was made. Late-bound: pods come and go.
        seen: DrainForecast,
    },
    /// Reload units and restart the kubelet at its new version.
    RestartKubelet {
        /// The host.
        node: NodeName,
        /// The version it must report.
        version: Version,
    },
    /// Make the node schedulable again, if the cordon is this run's.
    Uncordon {
        /// The node.
        node: NodeName,
    },
    /// Something done through a cloud, or to a whole node pool.
    Cloud(CloudAction),
    /// Something done to a component of a hand-built cluster.
    Component(ComponentAction),
}

/// The forms of `kubeadm upgrade node` through the versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeForm {
    /// `kubeadm upgrade node`, from 1.15.
    Node,
    /// `kubeadm upgrade node config --kubelet-version`, before 1.15.
    Config,
    /// `kubeadm upgrade node experimental-control-plane`, before 1.15.
    ExperimentalControlPlane,
}

/// A package at an exact version, as the package manager writes both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackagePin {
    /// `kubeadm`, `kubelet`, `kubectl`.
    pub name: String,
    /// `1.34.2-1.1`.
    pub version: String,
}

/// One line replaced in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryEdit {
    /// The file.
    pub path: String,
    /// The line as it is.
    pub before: String,
    /// The line as it shall be.
    pub after: String,
}

/// What a drain would have to move, as seen when the plan was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainForecast {
    /// Pods that would be evicted.
    pub evicted: u32,
    /// Pods that stay: DaemonSets' and mirrors.
    pub left: u32,
    /// Budgets that cover an evicted pod, by name.
    pub budgets: Vec<String>,
}

impl Action {
    /// The node it is done to; none when it is done to something else.
    #[must_use]
    pub fn node(&self) -> Option<&NodeName> {
        match self {
            Self::SnapshotEtcd { node, .. }
            | Self::ArchiveFiles { node, .. }
            | Self::SwitchRepository { node, .. }
            | Self::InstallPackages { node, .. }
            | Self::UpgradeApply { node, .. }
            | Self::UpgradeNode { node, .. }
            | Self::Cordon { node }
            | Self::Drain { node, .. }
            | Self::RestartKubelet { node, .. }
            | Self::Uncordon { node } => Some(node),
            Self::Cloud(_) => None,
            Self::Component(action) => action.host(),
        }
    }

    /// What it is done to.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::SnapshotEtcd { node, .. }
            | Self::ArchiveFiles { node, .. }
            | Self::SwitchRepository { node, .. }
            | Self::InstallPackages { node, .. }
            | Self::UpgradeApply { node, .. }
            | Self::UpgradeNode { node, .. }
            | Self::Cordon { node }
            | Self::Drain { node, .. }
            | Self::RestartKubelet { node, .. }
            | Self::Uncordon { node } => Subject::Node(node.clone()),
            Self::Component(action) => match action.host() {
                Some(host) => Subject::Node(host.clone()),
                None => Subject::Addon(AddonName::new("coredns")),
            },
            Self::Cloud(CloudAction::UpgradeAddon { addon, .. }) => Subject::Addon(addon.clone()),
            Self::Cloud(action) => action.pool().map_or(Subject::ControlPlane, |pool| Subject::Pool(pool.clone())),
        }
    }

    /// Who carries it out.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        match self {
            Self::SnapshotEtcd { .. }
            | Self::ArchiveFiles { .. }
            | Self::SwitchRepository { .. }
            | Self::InstallPackages { .. }
            | Self::UpgradeApply { .. }
            | Self::UpgradeNode { .. }
            | Self::RestartKubelet { .. } => Carrier::Host,
            Self::Cordon { .. } | Self::Drain { .. } | Self::Uncordon { .. } => Carrier::Cluster,
            Self::Cloud(action) => action.carrier(),
            Self::Component(action) => action.carrier(),
        }
    }

    /// Whether it puts everything that the API knows back to what it was earlier.
    #[must_use]
    pub const fn rewinds(&self) -> bool {
        matches!(self, Self::Component(action) if action.rewinds())
    }

    /// Whether it restarts control-plane components, so that the API may be away while it goes on.
    #[must_use]
    pub const fn restarts_control_plane(&self) -> bool {
        match self {
            Self::UpgradeApply { .. }
            | Self::Cloud(CloudAction::UpgradeControlPlane { .. } | CloudAction::RollbackControlPlane { .. }) => true,
            Self::Component(action) => action.restarts_control_plane(),
            Self::UpgradeNode { form, .. } => matches!(form, NodeForm::Node | NodeForm::ExperimentalControlPlane),
            Self::SnapshotEtcd { .. }
            | Self::ArchiveFiles { .. }
            | Self::SwitchRepository { .. }
            | Self::InstallPackages { .. }
            | Self::Cordon { .. }
            | Self::Drain { .. }
            | Self::RestartKubelet { .. }
            | Self::Uncordon { .. }
            | Self::Cloud(_) => false,
        }
    }
}
