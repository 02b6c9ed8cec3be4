//! Pods and budgets, reduced to what drains and checks ask of them.

use serde::{Deserialize, Serialize};

use crate::ids::{NodeName, ObjectName};

/// What a drain needs to know of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// Its name.
    pub name: ObjectName,
    /// Where it runs; none while unscheduled.
    pub node: Option<NodeName>,
    /// Its controller, if any.
    pub owner: Option<Owner>,
    /// `status.phase`.
    pub phase: PodPhase,
    /// The Ready condition.
    pub ready: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether it mirrors a static pod (annotation `kubernetes.io/config.mirror`).
    pub mirror: bool,
    /// Whether it keeps data in emptyDir volumes, which a drain loses.
    pub empty_dir: bool,
}

/// The controller of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// `ReplicaSet`, `StatefulSet`, `DaemonSet`, `Job`, …
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// `status.phase` of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PodPhase {
    /// Accepted, not running yet.
    Pending,
    /// Running.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// The kubelet cannot be asked.
    Unknown,
}

/// A PodDisruptionBudget and the pods it protects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Its name.
    pub name: ObjectName,
    /// `spec.minAvailable` as written: a count or a percentage.
    pub min_available: Option<String>,
    /// `spec.maxUnavailable` as written.
    pub max_unavailable: Option<String>,
    /// `status.disruptionsAllowed`.
    pub disruptions_allowed: i32,
    /// `status.currentHealthy`.
    pub current_healthy: i32,
    /// `status.desiredHealthy`.
    pub desired_healthy: i32,
    /// `status.expectedPods`.
    pub expected_pods: i32,
    /// The pods its selector matches.
    pub pods: Vec<ObjectName>,
}

/// What a budget will ever allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetAllowance {
    /// An eviction is allowed right now.
    Now,
    /// None right now; one will be when more pods are healthy.
    Later,
    /// None, however healthy the pods: all of those expected must stay.
    Never,
}

impl Budget {
    /// Whether it allows an eviction now, later or never.
    #[must_use]
    pub fn allowance(&self) -> BudgetAllowance {
        if self.disruptions_allowed > 0 {
            BudgetAllowance::Now
        } else if self.expected_pods > 0 && self.desired_healthy >= self.expected_pods {
            BudgetAllowance::Never
        } else {
            BudgetAllowance::Later
        }
    }
}
