//! What was observed of one cluster at one time.
//!
//! An inventory says what *is*, never what should be. Whatever could not be seen is a [`Gap`], and a check that needs a
//! gap answers *unknown*, never *ok*. Observing is the adapters' work; nothing here looks at the world.

mod adopt;
mod api_use;
mod cloud;
mod dns;
mod evidence;
mod host;
mod karpenter;
mod node;
mod recurrence;
mod schedule;
mod workload;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use adopt::SELF_MANAGED;
pub use api_use::{API_USE_COUNTED_FROM, ApiUse, RequestedApi};
pub use cloud::{
    Addon, BlueGreen, CloudCluster, CloudNames, CloudOperation, CloudState, Insight, InsightStatus, MaintenanceWindow,
    Moves, Network, Offer, Pool, PoolKind, PoolSize, Precision, Rollback, Subnet,
};
pub use dns::Dns;
pub use evidence::{ControlPlanePod, Evidence, NodeMarks};
pub use host::{
    CgroupVersion, EtcdMember, Host, HostComponent, InstalledPackage, OperatingSystem, PackageManager, Repository,
    RepositoryFile, RepositoryLayout, RunsAs,
};
pub use karpenter::{DisruptionBudget, ImageChoice, NodeClaim, NodePool};
pub use node::{Node, Readiness};
pub use recurrence::{Recurrence, RecurrenceError};
pub use schedule::{Opening, Schedule, countdown};
pub use workload::{Budget, BudgetAllowance, Owner, Pod, PodPhase};

use crate::component::Component;
use crate::ids::{ClusterUid, NodeName, PoolName};
use crate::version::Version;

/// Everything observed, with what could not be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// When its questions were asked; the answers are of then, or a little later.
    pub observed_at: Timestamp,
    /// Which cluster.
    pub cluster: ClusterIdentity,
    /// What bears on who built the cluster and who owns its upgrades.
    pub evidence: Evidence,
    /// Every component instance whose version was read, kubelets included.
    pub components: Vec<Instance>,
    /// Every Node.
    pub nodes: Vec<Node>,
    /// The pods in scope of the observation.
    pub pods: Vec<Pod>,
    /// The PodDisruptionBudgets in scope of the observation.
    pub budgets: Vec<Budget>,
    /// What the hosts answered, by node. Empty when no host was asked.
    pub hosts: BTreeMap<NodeName, Host>,
    /// kubeadm's own record, where there is one.
    pub kubeadm: Option<KubeadmRecord>,
    /// What the cloud says that runs the cluster; none when none does, or it was not asked.
    #[serde(default)]
    pub cloud: Option<CloudCluster>,
    /// The NodePools of Karpenter; empty where it is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_pools: Vec<NodePool>,
    /// The Deployment of CoreDNS, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
    /// How many API servers announce themselves; none where they do not (before 1.26).
    #[serde(default)]
    pub api_servers_announced: Option<usize>,
    /// Whether the control plane answers reads that reach etcd.
    pub health: Health,
    /// Which deprecated APIs were requested; none when it was not asked or could not be seen.
    #[serde(default)]
    pub api_use: Option<ApiUse>,
    /// What became of the operation that was asked about.
    pub operation: Option<OperationOutcome>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

/// Which cluster an inventory, a plan and a journal are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterIdentity {
    /// The cluster's name in the kubeconfig, or `clusterName` of kubeadm's record.
    pub name: String,
    /// The URL that was asked.
    pub server: String,
    /// The UID of its kube-system namespace.
    pub uid: ClusterUid,
}

/// One running instance of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Which component.
    pub component: Component,
    /// Where it runs.
    pub place: Place,
    /// Its version.
    pub version: Version,
    /// Where the version was read.
    pub source: VersionSource,
    /// What the version alone does not say: the runtime's name, the image.
    pub detail: Option<String>,
}

/// Where a component instance runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// On one node.
    Node(NodeName),
    /// On many, from one DaemonSet of kube-system.
    DaemonSet(String),
    /// From one Deployment of kube-system.
    Deployment(String),
    /// Behind the API endpoint, with nothing to tell which host.
    Endpoint,
    /// Where the plugin runs.
    Here,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node(name) => write!(f, "{name}"),
            Self::DaemonSet(name) => write!(f, "DaemonSet {name}"),
            Self::Deployment(name) => write!(f, "Deployment {name}"),
            Self::Endpoint => f.write_str("endpoint"),
            Self::Here => f.write_str("here"),
        }
    }
}

/// Where a version was read (facts: "where versions are read").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionSource {
    /// `GET /version`.
    VersionEndpoint,
    /// The image of a static pod's mirror.
    MirrorPodImage,
    /// The image in a DaemonSet or Deployment.
    WorkloadImage,
    /// `status.nodeInfo` of the Node.
    NodeInfo,
    /// A command on the host.
    Host,
    /// The components file, for a host that was not asked.
    ComponentsFile,
    /// A program beside the plugin.
    LocalProgram,
}

/// kubeadm's own record: ConfigMap `kube-system/kubeadm-config`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubeadmRecord {
    /// `kubernetesVersion` of ClusterConfiguration: what kubeadm finished last, not what runs.
    pub version: Version,
    /// `apiVersion` of ClusterConfiguration, such as `kubeadm.k8s.io/v1beta4`.
    pub api_version: String,
    /// `controlPlaneEndpoint`; empty when there is none.
    pub endpoint: String,
    /// `imageRepository`.
    pub image_repository: String,
    /// Whether etcd runs outside the cluster (`etcd.external`).
    pub external_etcd: bool,
    /// `featureGates` names that are on, as kubeadm's own gates can vanish in a later minor.
    pub feature_gates: Vec<String>,
    /// `failCgroupV1` of the kubelet-config ConfigMap, when it is set.
    pub fail_cgroup_v1: Option<bool>,
}

/// Whether the control plane answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// A read that reaches etcd succeeded. `/readyz` alone says yes while etcd hangs.
    pub etcd_read: bool,
    /// Names of failing `/readyz` checks.
    pub failing: Vec<String>,
}

/// What became of a command that was started detached on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationOutcome {
    /// Never begun, or nothing is left of it.
    Absent,
    /// Still running.
    Running,
    /// Ended with this status.
    Ended {
        /// Its exit status.
        exit_status: i32,
    },
    /// Gone without leaving a status: killed, or the host went down.
    Lost,
}

/// Something that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What is missing.
    pub subject: GapSubject,
    /// Why: the error or the reason, in words.
    pub why: String,
    /// What to do to see it; a command where there is one.
    pub hint: Option<String>,
}

/// What a gap is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapSubject {
    /// A component's version, everywhere or at one place.
    Component(Component, Option<Place>),
    /// A host that did not answer.
    Host(NodeName),
    /// The pods.
    Pods,
    /// The PodDisruptionBudgets.
    Budgets,
    /// kubeadm's record.
    KubeadmRecord,
    /// Marks needed to recognise the cluster's kind.
    Evidence,
    /// Which deprecated APIs were requested.
    ApiUse,
    /// What the cloud says of the cluster, or a part of it that could not be asked for.
    Cloud,
    /// Karpenter's NodePools.
    NodePools,
}

impl Inventory {
    /// The node of that name.
    #[must_use]
    pub fn node(&self, name: &NodeName) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == *name)
    }

    /// The nodes by name, for who asks for many of them.
    #[must_use]
    pub fn nodes_by_name(&self) -> BTreeMap<&NodeName, &Node> {
        self.nodes.iter().map(|node| (&node.name, node)).collect()
    }

    /// Enters what a host answered, with the versions of the components that run there. What the API shows of a
    /// component at the same place is kept.
    pub fn enter_host(&mut self, node: NodeName, host: Host) {
        let place = Place::Node(node.clone());
        self.components.retain(|known| known.source != VersionSource::Host || known.place != place);
        for part in host.components.iter().filter(|part| part.active) {
            let Some(version) = part.running.clone() else { continue };
            // The API shows none of those that are no pods, and its endpoint is one of the servers found here.
            self.gaps.retain(|gap| gap.subject != GapSubject::Component(part.component, None));
            self.components.retain(|known| known.component != part.component || known.place != Place::Endpoint);
            if self.version_at(part.component, &place).is_none() {
                let (component, place, source) = (part.component, place.clone(), VersionSource::Host);
                self.components.push(Instance { component, place, version, source, detail: None });
            }
        }
        self.hosts.insert(node, host);
        // Every server that announces itself was found on its host, whether it answers right now or not.
        let serves = |host: &&Host| host.components.iter().any(|part| part.component == Component::ApiServer);
        let found = self.hosts.values().filter(serves).count();
        if self.api_servers_announced.is_some_and(|announced| found >= announced) {
            let endpoint = GapSubject::Component(Component::ApiServer, Some(Place::Endpoint));
            self.gaps.retain(|gap| gap.subject != endpoint);
        }
    }

    /// The instances of one component.
    pub fn instances(&self, component: Component) -> impl Iterator<Item = &Instance> {
        self.components.iter().filter(move |instance| instance.component == component)
    }

    /// The version of `component` at `place`.
    #[must_use]
    pub fn version_at(&self, component: Component, place: &Place) -> Option<&Version> {
        self.instances(component).find(|instance| instance.place == *place).map(|instance| &instance.version)
    }

    /// The version of `component` on a node.
    #[must_use]
    pub fn version_on(&self, component: Component, node: &NodeName) -> Option<&Version> {
        self.version_at(component, &Place::Node(node.clone()))
    }

    /// The nodes of the control plane, in name order.
    #[must_use]
    pub fn control_plane(&self) -> Vec<&Node> {
        let mut nodes: Vec<_> = self.nodes.iter().filter(|node| node.control_plane).collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        nodes
    }

    /// The nodes that are not of the control plane, in name order.
    #[must_use]
    pub fn workers(&self) -> Vec<&Node> {
        let mut nodes: Vec<_> = self.nodes.iter().filter(|node| !node.control_plane).collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        nodes
    }

    /// The nodes of a pool, by the label that says so.
    pub fn nodes_of(&self, pool: &PoolName) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.pool.as_ref() == Some(pool))
    }

    /// The oldest API server observed.
    #[must_use]
    pub fn oldest_api_server(&self) -> Option<&Version> {
        self.instances(Component::ApiServer).map(|instance| &instance.version).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{healthy, host};

    fn part(component: Component, active: bool, version: &Version) -> HostComponent {
        HostComponent {
            component,
            runs: RunsAs::Unit("x.service".to_owned()),
            active,
            binary: None,
            image: None,
            running: Some(version.clone()),
            installed: None,
            arguments: Vec::new(),
            unit_files: Vec::new(),
            package: None,
        }
    }

    #[test]
    fn what_a_host_runs_is_entered_once_and_goes_when_it_stops() {
        let (old, new) = (Version::new(1, 19, 16), Version::new(1, 20, 15));
        let mut inventory = healthy(&old);
        inventory.components.clear();
        inventory.gaps = vec![Gap {
            subject: GapSubject::Component(Component::Scheduler, None),
            why: "no mirror pods".to_owned(),
            hint: None,
        }];
        let at = |inventory: &Inventory| inventory.version_on(Component::Scheduler, &NodeName::new("m1")).cloned();
        for (active, version, expected) in [(true, &old, Some(&old)), (true, &new, Some(&new)), (false, &new, None)] {
            let components = vec![part(Component::Scheduler, active, version)];
            inventory.enter_host(NodeName::new("m1"), Host { components, ..host(&old, true) });
            assert_eq!(at(&inventory).as_ref(), expected);
        }
        assert_eq!(inventory.gaps, []);
    }
}
