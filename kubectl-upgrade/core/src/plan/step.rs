//! Stages, lanes and steps.
//!
//! A stage ends before the next begins. Its lanes (a node or a pool each) run side by side up to a limit; the steps of a lane
//! follow each other.

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::condition::Condition;
use super::subject::Subject;
use crate::ids::StepId;

/// A part of the plan that ends before the next begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What kind of work it is.
    pub kind: StageKind,
    /// The index of the hop it belongs to; none for what comes before all hops.
    pub hop: Option<usize>,
    /// How many lanes may be under way at once; at least 1.
    pub at_once: usize,
    /// The lanes, in the order they start.
    pub lanes: Vec<Lane>,
}

/// The kinds of stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageKind {
    /// Backups before the first change.
    Backup,
    /// Nodes that must move before the control plane may.
    LaggingNodes,
    /// The control plane, strictly one host at a time.
    ControlPlane,
    /// The kubelets of the control-plane hosts, strictly one at a time.
    ControlPlaneKubelets,
    /// The workers.
    Workers,
    /// What a cloud is asked for, or put on hosts, before the control plane moves.
    Preparation,
    /// The members of etcd, strictly one at a time.
    Etcd,
    /// The API servers, strictly one at a time.
    ApiServers,
    /// What talks to all API servers: controller-managers and schedulers.
    Controllers,
    /// The add-ons.
    Addons,
    /// etcd, put back to a snapshot.
    Restore,
}

/// The steps of one node, pool or other subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// What they are about.
    pub subject: Subject,
    /// What is done to it, in order.
    pub steps: Vec<Step>,
}

/// One action with all that surrounds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number, as shown.
    pub id: StepId,
    /// What is done.
    pub action: Action,
    /// What must hold for it to start; otherwise the world drifted from the plan.
    pub expects: Vec<Condition>,
    /// What holds when it is done. Observed, never assumed.
    pub goal: Vec<Condition>,
    /// How long it may take.
    pub limits: Limits,
    /// How it is undone.
    pub reversal: Reversal,
    /// What is away while it goes on, in words; none when nothing is.
    pub interrupts: Option<String>,
}

/// How long a step may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds from its start until it has failed.
    pub deadline_s: u32,
    /// Seconds without any progress until it has failed.
    pub quiet_s: u32,
}

/// How a step is undone, said when the plan is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversal {
    /// It changes nothing that would have to be undone.
    Nothing,
    /// By an inverse action, in words.
    Inverse(String),
    /// From the backup that the step of this number took, in words.
    Restore {
        /// The step that took the backup.
        backup: StepId,
        /// How.
        how: String,
    },
    /// Not at all, and why.
    Impossible(String),
}
