//! How the nodes of a pool are replaced.

use std::time::Duration;

/// The settings of a pool's rollouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// In which way.
    pub strategy: Strategy,
    /// How many nodes there may be beyond the pool's size.
    pub max_surge: Amount,
    /// How many nodes may be missing.
    pub max_unavailable: Amount,
    /// How long pods of one node may take to leave.
    pub drain_timeout: Duration,
    /// What becomes of a node whose pods did not leave.
    pub undrainable: Undrainable,
    /// How long is waited after each node.
    pub soak: Duration,
    /// How blue-green goes.
    pub blue_green: BlueGreen,
}

/// In which way nodes are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Node by node: `max_surge` at a time come before an old one goes, `max_unavailable` at a time go before.
    Surge,
    /// A whole second pool; the first is drained in batches and kept until the end of the soak.
    BlueGreen,
}

/// A count, or a part of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Count(u32),
    /// So many in a hundred.
    Percent(u32),
}

impl Amount {
    /// How many of a pool of that size, rounded up.
    #[must_use]
    pub const fn up(self, size: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (size * percent).div_ceil(100),
        }
    }

    /// How many of a pool of that size, rounded down.
    #[must_use]
    pub const fn down(self, size: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => size * percent / 100,
        }
    }
}

/// What becomes of a node whose pods did not leave in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undrainable {
    /// The rollout fails, the node is made schedulable again.
    Fail,
    /// The pods are deleted, budgets or not.
    Force,
    /// The node stays cordoned, its replacement is kept, the rollout goes on and fails at its end.
    Quarantine,
}

/// How a blue-green rollout goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlueGreen {
    /// How many blue nodes are drained at a time.
    pub batch: Amount,
    /// How long is waited after each batch.
    pub batch_soak: Duration,
    /// How long both pools stand in the end.
    pub soak: Duration,
}

impl Default for Settings {
    /// One more at a time; an hour for each node, then by force.
    fn default() -> Self {
        Self {
            strategy: Strategy::Surge,
            max_surge: Amount::Count(1),
            max_unavailable: Amount::Count(0),
            drain_timeout: Duration::from_secs(3_600),
            undrainable: Undrainable::Force,
            soak: Duration::ZERO,
            blue_green: BlueGreen {
                batch: Amount::Count(1),
                batch_soak: Duration::ZERO,
                soak: Duration::from_secs(3_600),
            },
        }
    }
}
