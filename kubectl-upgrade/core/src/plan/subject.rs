//! What a lane of a plan is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{AddonName, NodeName, PoolName};

/// What the steps of a lane are about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A node, or the host it runs on.
    Node(NodeName),
    /// The control plane that a cloud runs.
    ControlPlane,
    /// A node pool.
    Pool(PoolName),
    /// An add-on that a cloud manages.
    Addon(AddonName),
}

impl Subject {
    /// The node, where it is one.
    #[must_use]
    pub const fn node(&self) -> Option<&NodeName> {
        match self {
            Self::Node(node) => Some(node),
            Self::ControlPlane | Self::Pool(_) | Self::Addon(_) => None,
        }
    }

    /// The pool, where it is one.
    #[must_use]
    pub const fn pool(&self) -> Option<&PoolName> {
        match self {
            Self::Pool(pool) => Some(pool),
            Self::Node(_) | Self::ControlPlane | Self::Addon(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => f.pad(node.as_str()),
            Self::ControlPlane => f.pad("control plane"),
            Self::Pool(pool) => f.pad(&format!("pool {pool}")),
            Self::Addon(addon) => f.pad(&format!("add-on {addon}")),
        }
    }
}
