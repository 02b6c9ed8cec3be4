//! The plan: immutable, serialisable data that says every step of an upgrade before the first is taken.
//!
//! A plan holds no code and no handle to the world. What is shown, saved, checked and run is this one value; its digest
//! is what the person at the keyboard agreed to.

mod action;
mod cloud;
mod cloud_condition;
mod cloud_options;
mod component;
mod condition;
mod digest;
mod dns;
mod options;
mod pod;
mod restore;
mod step;
mod subject;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use action::{Action, DrainForecast, NodeForm, PackagePin, RepositoryEdit};
pub use cloud::{Along, Carrier, CloudAction, LaunchTemplate, PoolForecast, Renewal};
pub(crate) use cloud::{SetUp, set_up};
pub use cloud_condition::CloudCondition;
pub use cloud_options::{CloudOptions, Conflicts, Force, NodeHops, Surge, SurgeAmount, SurgeAmountError};
pub(crate) use component::says;
pub use component::{ComponentAction, ComponentCondition, EtcdClient, Health, NewBinary};
pub use condition::{Condition, LEASE_FRESH_S, Verdict, lease_is_fresh};
pub use digest::{PlanFile, PlanFileError, digest};
pub use dns::NewDns;
pub use options::{Amount, AmountError, DrainPolicy, Options, Strategy};
pub use pod::{NewManifest, NewPod};
pub use restore::{EtcdRestore, KeptBinary, RestoredMember, StoppedServer, Watchers};
pub use step::{Lane, Limits, Reversal, Stage, StageKind, Step};
pub use subject::Subject;

use crate::finding::{Finding, Severity};
use crate::ids::{NodeName, PlanDigest, PoolName, StepId};
use crate::inventory::ClusterIdentity;
use crate::version::Version;

/// The format of stored plans. A change that an older reader would misread increases it.
pub const PLAN_FORMAT: u32 = 2;

/// A whole plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_FORMAT`] of the tool that made it.
    pub format: u32,
    /// Up, or back.
    pub kind: PlanKind,
    /// The plan this one continues, when it was made after a drift or a failure.
    pub parent: Option<PlanDigest>,
    /// The version of the tool that made it.
    pub tool: String,
    /// When the inventory it was made from was observed.
    pub made_at: Timestamp,
    /// The cluster it is for; no other is touched.
    pub cluster: ClusterIdentity,
    /// Who carries it out.
    pub provider: ProviderKind,
    /// What the nodes were at when it was made: if they are no longer, the plan is stale.
    pub basis: Vec<Basis>,
    /// The oldest API server when it was made.
    pub from: Version,
    /// Where it leads.
    pub target: Version,
    /// The way there.
    pub hops: Vec<Hop>,
    /// What was chosen.
    pub options: Options,
    /// What the checks found.
    pub findings: Vec<Finding>,
    /// What will be done, in order.
    pub stages: Vec<Stage>,
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// To a newer version.
    Upgrade,
    /// Back to where it came from.
    Rollback,
}

/// The backends that can carry out a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// Amazon EKS.
    Eks,
    /// Google Kubernetes Engine.
    Gke,
    /// Azure Kubernetes Service.
    Aks,
    /// kubeadm over SSH.
    Kubeadm,
    /// Component by component.
    Manual,
}

impl ProviderKind {
    /// Whether it works through a cloud.
    #[must_use]
    pub const fn is_cloud(self) -> bool {
        match self {
            Self::Eks | Self::Gke | Self::Aks => true,
            Self::Kubeadm | Self::Manual => false,
        }
    }
}

impl std::fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Eks => "eks",
            Self::Gke => "gke",
            Self::Aks => "aks",
            Self::Kubeadm => "kubeadm",
            Self::Manual => "manual",
        })
    }
}

/// One node as the plan was made for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The node.
    pub node: NodeName,
    /// Its kubelet.
    pub kubelet: Version,
    /// Its API server, on a control-plane node.
    pub api_server: Option<Version>,
    /// The pool it is one of, in a cluster that a cloud runs: nodes come and go there without anything having changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolName>,
}

/// One move of the control plane: to the next minor, or to a later patch of the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Where it starts.
    pub from: Version,
    /// Where it ends.
    pub to: Version,
    /// What is worth saying about it: that the minor is out of support, why a patch comes first.
    pub notes: Vec<String>,
}

impl Plan {
    /// Every step, in the order shown.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(|stage| stage.lanes.iter()).flat_map(|lane| lane.steps.iter())
    }

    /// The step of that number.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps().find(|step| step.id == id)
    }

    /// The findings that keep it from running, those accepted by name aside.
    pub fn blockers(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Blocker && !self.options.accepted.contains(&finding.code))
    }

    /// The nodes whose hosts the plan changes, each once, in order of first appearance.
    #[must_use]
    pub fn hosts(&self) -> Vec<NodeName> {
        let mut seen = BTreeSet::new();
        let nodes = self
            .steps()
            .filter(|step| matches!(step.action.carrier(), Carrier::Host | Carrier::Person))
            .filter_map(|step| step.action.node());
        nodes.filter(|node| seen.insert(*node)).cloned().collect()
    }
}
