//! The decision just before a step, on freshly observed state.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the gate decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The goal holds; nothing is to be done.
    AlreadyDone,
    /// The step may start.
    Ready,
    /// Not now; it may pass by itself.
    Wait {
        /// What is waited for.
        reasons: Vec<String>,
        /// The moment that is waited for, where one is known: the step's own time counts from then.
        until: Option<Timestamp>,
    },
    /// A rule forbids it.
    Blocked {
        /// Each rule and what broke it.
        blocks: Vec<Block>,
    },
    /// The world is not as the plan expects.
    Drifted {
        /// Each difference.
        differences: Vec<Difference>,
    },
}

/// A rule that forbids a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The rule.
    pub rule: Rule,
    /// What broke it, by name.
    pub found: String,
    /// What to do; a command where there is one.
    pub remedy: Option<String>,
}

/// The rules a gate enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The version-skew policy.
    Skew,
    /// The support window of the version moved to.
    Support,
    /// Two PodDisruptionBudgets over one pod, which the eviction API refuses for ever.
    Budget,
    /// Pods that the drain policy does not allow to be evicted.
    DrainPolicy,
    /// An exclusion of the cloud, in which someone does not want the cluster changed.
    Exclusion,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Skew => "version skew",
            Self::Support => "support window",
            Self::Budget => "disruption budget",
            Self::DrainPolicy => "drain policy",
            Self::Exclusion => "maintenance exclusion",
        })
    }
}

/// Something that is not as the plan expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What the plan expects.
    pub expected: String,
    /// What was found.
    pub found: String,
}
