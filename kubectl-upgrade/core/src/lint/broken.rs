//! What a linter reports.

use std::fmt;

use crate::ids::StepId;

/// A law that a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The law.
    pub law: Law,
    /// The step it is broken at; none when it is the plan as a whole.
    pub step: Option<StepId>,
    /// How.
    pub found: String,
}

/// The laws of plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// Steps are numbered from 1 in the order shown, and every one can be reached.
    Numbering,
    /// Every step is about a node of the cluster, the node of its lane.
    Node,
    /// Hops lead from one to the next, one minor at most each, never back.
    Hops,
    /// Every move to a version is one of the plan's hops.
    Version,
    /// Never two control-plane hosts down at once.
    ControlPlaneAlone,
    /// Every cordon has its uncordon.
    Cordon,
    /// A kubelet changes only on a node that was drained.
    Drained,
    /// A backup comes before the first change of the control plane.
    Backup,
    /// No state breaks the skew policy, or worsens a violation the cluster started with.
    Skew,
    /// No version out of support is moved to unless the plan says so.
    Support,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}: {}", self.found),
            None => f.write_str(&self.found),
        }
    }
}

impl Broken {
    pub(super) fn at(law: Law, step: StepId, found: impl Into<String>) -> Self {
        Self { law, step: Some(step), found: found.into() }
    }

    pub(super) fn whole(law: Law, found: impl Into<String>) -> Self {
        Self { law, step: None, found: found.into() }
    }
}
