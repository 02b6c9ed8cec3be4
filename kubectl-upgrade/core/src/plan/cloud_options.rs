//! What the person planning chose about a cluster that a cloud runs.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::options::Amount;
use crate::ids::PoolName;

/// What is chosen about clusters that a cloud runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudOptions {
    /// The pools to move, in this order; all of them, in name order, when empty.
    pub pools: Vec<PoolName>,
    /// The pool to move first, and alone.
    pub canary: Option<PoolName>,
    /// How pools follow the control plane over several minors.
    pub node_hops: NodeHops,
    /// The versions of launch templates that pools go to with their last move.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<PoolName, String>,
    /// How the cloud replaces nodes during the run; put back afterwards. What is absent stays as it is.
    pub surge: Surge,
    /// What happens to fields of add-ons that someone else has changed.
    pub conflicts: Conflicts,
    /// What is overridden, each by name.
    pub force: Vec<Force>,
    /// Whether the control plane may skip minors in one hop where its cloud offers that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip_minors: bool,
    /// Whether pools whose version stays go to the newest image of it all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub node_images: bool,
    /// In how many seconds an upgrade of the control plane in two steps can still go back; one step when absent.
    pub control_plane_soak_s: Option<u32>,
}

/// How pools follow the control plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeHops {
    /// At every minor.
    #[default]
    Each,
    /// Only when the skew policy demands it, and at the end: every node is drained as seldom as can be.
    Fewest,
}

/// What happens to fields that someone else has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conflicts {
    /// The update fails.
    #[default]
    None,
    /// They are set to the add-on's defaults.
    Overwrite,
    /// They are kept.
    Preserve,
}

impl fmt::Display for Conflicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Overwrite => "overwrite",
            Self::Preserve => "preserve",
        })
    }
}

/// What can be overridden. Never done unless asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Force {
    /// The cloud's own checks that stand in the way of the control plane.
    Checks,
    /// Budgets, when a pod's time to leave a node is up.
    Evictions,
    /// Operations of others that go on: they are stopped.
    Operations,
}

/// How a cloud replaces the nodes of a pool. What is absent is not set, or stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surge {
    /// How many more nodes than the pool has.
    pub max_surge: Option<SurgeAmount>,
    /// How many fewer.
    pub max_unavailable: Option<SurgeAmount>,
    /// The cloud's own word for its way: `DEFAULT`, `MINIMAL`, `SURGE`, `BLUE_GREEN`.
    pub strategy: Option<String>,
    /// How long pods get to leave a node, in seconds.
    pub drain_timeout_s: Option<u32>,
    /// How long it waits between nodes, in seconds.
    pub soak_s: Option<u32>,
    /// What becomes of a node that cannot be drained, in the cloud's own word: `Schedule`, `Cordon`.
    pub undrainable: Option<String>,
}

impl Surge {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What of `current` these settings would change, as it is now.
    #[must_use]
    pub fn replaced_in(&self, current: &Self) -> Self {
        fn was<T: Clone>(set: Option<&T>, current: Option<&T>) -> Option<T> {
            set.and(current).cloned()
        }
        Self {
            max_surge: was(self.max_surge.as_ref(), current.max_surge.as_ref()),
            max_unavailable: was(self.max_unavailable.as_ref(), current.max_unavailable.as_ref()),
            strategy: was(self.strategy.as_ref(), current.strategy.as_ref()),
            drain_timeout_s: was(self.drain_timeout_s.as_ref(), current.drain_timeout_s.as_ref()),
            soak_s: was(self.soak_s.as_ref(), current.soak_s.as_ref()),
            undrainable: was(self.undrainable.as_ref(), current.undrainable.as_ref()),
        }
    }

    /// Whether everything set here is so in `current`.
    #[must_use]
    pub fn holds_in(&self, current: &Self) -> bool {
        fn same<T: PartialEq>(set: Option<&T>, current: Option<&T>) -> bool {
            set.is_none() || set == current
        }
        same(self.max_surge.as_ref(), current.max_surge.as_ref())
            && same(self.max_unavailable.as_ref(), current.max_unavailable.as_ref())
            && same(self.strategy.as_ref(), current.strategy.as_ref())
            && same(self.drain_timeout_s.as_ref(), current.drain_timeout_s.as_ref())
            && same(self.soak_s.as_ref(), current.soak_s.as_ref())
            && same(self.undrainable.as_ref(), current.undrainable.as_ref())
    }
}

impl fmt::Display for Surge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = |seconds: u32| format!("{} min", seconds.div_ceil(60));
        let parts = [
            self.max_surge.map(|amount| format!("max surge {amount}")),
            self.max_unavailable.map(|amount| format!("max unavailable {amount}")),
            self.strategy.as_ref().map(|word| format!("strategy {word}")),
            self.drain_timeout_s.map(|seconds| format!("drain timeout {}", minutes(seconds))),
            self.soak_s.map(|seconds| format!("node soak {}", minutes(seconds))),
            self.undrainable.as_ref().map(|word| format!("undrainable nodes {word}")),
        ];
        f.pad(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// An [`Amount`] that may be nothing: a pool may surge without a node less, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SurgeAmount(pub Amount);

impl FromStr for SurgeAmount {
    type Err = SurgeAmountError;

    fn from_str(text: &str) -> Result<Self, SurgeAmountError> {
        let error = || SurgeAmountError { found: text.to_owned() };
        let digits = text.strip_suffix('%').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error());
        }
        let number: u32 = digits.parse().map_err(|_| error())?;
        match (text.ends_with('%'), u8::try_from(number)) {
            (true, Ok(101..) | Err(_)) => Err(error()),
            (true, Ok(percent)) => Ok(Self(Amount::Percent(percent))),
            (false, _) => Ok(Self(Amount::Count(number))),
        }
    }
}

impl fmt::Display for SurgeAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for SurgeAmount {
    type Error = SurgeAmountError;

    fn try_from(text: String) -> Result<Self, SurgeAmountError> {
        text.parse()
    }
}

impl From<SurgeAmount> for String {
    fn from(amount: SurgeAmount) -> Self {
        amount.to_string()
    }
}

/// Text that should have been a [`SurgeAmount`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a count such as 0 or 2, or a percentage from 0% to 100%, found {found:?}")]
pub struct SurgeAmountError {
    /// What was read.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surge_may_be_nothing() {
        for text in ["0", "2", "0%", "33%", "100%"] {
            assert_eq!(text.parse::<SurgeAmount>().unwrap().to_string(), text);
        }
        for text in ["", "-1", "101%", "%", "1.5", "many"] {
            assert!(text.parse::<SurgeAmount>().is_err(), "{text}");
        }
    }

    #[test]
    fn settings_are_put_back_to_what_they_replaced() {
        let amount = |text: &str| Some(text.parse().unwrap());
        let current = Surge { max_surge: amount("1"), max_unavailable: amount("0"), ..Surge::default() };
        let wanted = Surge { max_surge: amount("3"), ..Surge::default() };
        assert!(!wanted.holds_in(&current));
        let before = wanted.replaced_in(&current);
        assert_eq!(before, Surge { max_surge: amount("1"), ..Surge::default() });
        assert!(before.holds_in(&current));
    }
}
