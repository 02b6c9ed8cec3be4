//! How much of the world an observation looks at.

use serde::{Deserialize, Serialize};

use crate::ids::{NodeName, RunId, StepId};
use crate::version::Minor;

/// What to look at. Nodes, component versions and health are always part of it: every gate needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which pods and budgets.
    pub pods: PodScope,
    /// Which hosts, beyond the API.
    pub hosts: HostScope,
    /// Whether to gather evidence of the cluster's kind.
    pub evidence: bool,
    /// What to ask the cloud that runs the cluster.
    pub cloud: CloudScope,
}

/// What to ask a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudScope {
    /// Nothing.
    None,
    /// How the cluster, its pools and add-ons stand, and what is going on: what a gate needs.
    State,
    /// That, and what is on offer, found and allowed: what a plan needs.
    All,
}

/// Which pods and budgets to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodScope {
    /// None.
    None,
    /// Those of one node, and the budgets over them.
    Node(NodeName),
    /// All.
    All,
}

/// Which hosts to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostScope {
    /// None.
    None,
    /// One, and what became of an operation there.
    One {
        /// The host.
        node: NodeName,
        /// The operation.
        operation: Option<OperationKey>,
    },
    /// All, with what their repositories offer for these minors.
    All {
        /// The minors.
        minors: Vec<Minor>,
    },
}

/// What names a step's operation on a host for as long as the run lives: beginning it twice begins it once.
///
/// The run is part of it, so that a plan run a second time is not taken for done because it was done the first time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OperationKey {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// Which attempt: a failed one leaves its traces under its own name.
    pub attempt: u32,
}

impl std::fmt::Display for OperationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-step-{}-attempt-{}", self.run, self.step, self.attempt)
    }
}
