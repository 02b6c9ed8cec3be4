//! What the person planning chose, kept in the plan so that running it needs no second source of choices.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cloud_options::{CloudOptions, SurgeAmount};
use crate::finding::FindingCode;
use crate::ids::NodeName;

/// The choices that shape a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// How workers move.
    pub strategy: Strategy,
    /// What drains may do.
    pub drain: DrainPolicy,
    /// Nodes left alone.
    pub excluded: Vec<NodeName>,
    /// Workers that go first, in this order; the others follow in order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<NodeName>,
    /// Blockers accepted by name.
    pub accepted: Vec<FindingCode>,
    /// Where backups go on the control-plane hosts.
    pub backup_directory: String,
    /// Names for kubeadm's `--ignore-preflight-errors`.
    pub ignore_preflight: Vec<String>,
    /// The directory given to kubeadm's `--patches`, on the hosts. kubeadm does not remember patches.
    pub patches: Option<String>,
    /// Whether new binaries are switched in without being asked whether they take their unit's arguments.
    #[serde(default)]
    pub unasked: bool,
    /// What is chosen about clusters that a cloud runs.
    #[serde(default)]
    pub cloud: CloudOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strategy: Strategy::Rolling { max_unavailable: Amount::Count(1) },
            drain: DrainPolicy::default(),
            excluded: Vec::new(),
            order: Vec::new(),
            accepted: Vec::new(),
            backup_directory: "/var/backups/kubectl-upgrade".to_owned(),
            ignore_preflight: Vec::new(),
            patches: None,
            unasked: false,
            cloud: CloudOptions::default(),
        }
    }
}

/// How the workers move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// So many at a time.
    Rolling {
        /// At most so many workers down at once.
        max_unavailable: Amount,
    },
    /// All at once.
    AllAtOnce,
    /// By a new pool beside each old one: the old is drained into it and deleted.
    NewPools {
        /// So many of an old pool's nodes are drained at once.
        at_once: Amount,
        /// How long a new pool must have been ready before the old one is drained, in seconds.
        soak_s: u32,
    },
}

/// A count, or a percentage of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Amount {
    /// So many.
    Count(u32),
    /// So many in a hundred; 1 to 100.
    Percent(u8),
}

impl Amount {
    /// How many of `total`: a percentage is rounded down, as Kubernetes does for maxUnavailable, but never to zero, or
    /// nothing would ever move.
    #[must_use]
    pub fn of(self, total: usize) -> usize {
        match self {
            Self::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Self::Percent(percent) => (total * usize::from(percent) / 100).max(1),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        match text.parse().map(|SurgeAmount(amount)| amount) {
            Ok(Self::Count(0) | Self::Percent(0)) | Err(_) => Err(AmountError { found: text.to_owned() }),
            Ok(amount) => Ok(amount),
        }
    }
}

impl TryFrom<String> for Amount {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.to_string()
    }
}

/// Text that should have been an [`Amount`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a count such as 2 or a percentage from 1% to 100%, found {found:?}")]
pub struct AmountError {
    /// What was read.
    pub found: String,
}

/// What a drain may and may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainPolicy {
    /// Evict pods that keep data in emptyDir volumes; the data is lost.
    pub delete_empty_dir_data: bool,
    /// Evict pods without a controller; they do not come back.
    pub force: bool,
    /// How long a drain may take, in seconds, before the run holds.
    pub timeout_s: u32,
    /// Overrides the pods' own termination grace period, in seconds.
    pub grace_period_s: Option<u32>,
}

impl Default for DrainPolicy {
    fn default() -> Self {
        // Long enough for a slow StatefulSet, short enough that a blocked budget is seen within the hour.
        Self { delete_empty_dir_data: false, force: false, timeout_s: 900, grace_period_s: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_strictly() {
        assert_eq!("3".parse(), Ok(Amount::Count(3)));
        assert_eq!("25%".parse(), Ok(Amount::Percent(25)));
        for text in ["", "0", "0%", "101%", "300%", "-1", "+1", "1.5", "%", "ten"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_percentage_is_of_the_whole_and_never_nothing() {
        assert_eq!(Amount::Percent(50).of(5), 2);
        assert_eq!(Amount::Percent(10).of(3), 1);
        assert_eq!(Amount::Percent(100).of(4), 4);
        assert_eq!(Amount::Count(7).of(3), 7);
    }
}
