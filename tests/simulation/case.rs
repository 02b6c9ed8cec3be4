//! One simulated upgrade, made of a seed: the cluster, what is wanted, and what goes wrong meanwhile.

use std::time::Duration;

use upgrade_core::plan::Options;
use upgrade_core::target::Target;
use upgrade_twin::Faults;
use upgrade_twin::blueprint::{Blueprint, Machine};

use crate::breach::Breach;

/// A story to be told.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    /// The cluster, without faults: planning is not what is tested for them.
    pub(crate) blueprint: Blueprint,
    pub(crate) target: Target,
    pub(crate) options: Options,
    /// What fails once the run begins.
    pub(crate) faults: Faults,
    /// What others do to the cluster, so long after the run began.
    pub(crate) mishaps: Vec<(Duration, Mishap)>,
    /// When the plug is pulled, in order.
    pub(crate) plugs: Vec<Plug>,
    /// Whether every drain can end by itself.
    pub(crate) can_drain: bool,
    /// How long the plug stays out.
    pub(crate) downtime: Duration,
    /// A promise that is broken on purpose.
    pub(crate) breach: Option<Breach>,
}

/// When the plug is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plug {
    /// After so many records of the journal, counted over the whole story.
    Record(usize),
    /// So long after the tool was last started: in the middle of whatever it does then.
    After(Duration),
}

impl Case {
    /// The same without faults, without other people, and with the plug in.
    pub(crate) fn calm(self) -> Self {
        Self { faults: Faults::default(), mishaps: Vec::new(), plugs: Vec::new(), ..self }
    }

    /// Whether faults or other people are part of it.
    pub(crate) fn is_troubled(&self) -> bool {
        !self.mishaps.is_empty() || !self.faults.api.is_empty() || !self.hosts_are_sound()
    }

    /// Whether nothing but the tool takes pods, nodes or API servers away.
    pub(crate) fn is_quiet(&self) -> bool {
        self.mishaps.is_empty() && self.hosts_are_sound()
    }

    fn hosts_are_sound(&self) -> bool {
        self.faults.host.is_empty() && self.faults.command <= 0.0
    }
}

/// What others do to a cluster while it is upgraded.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    /// A person cordons a node.
    Cordon(String),
    /// An autoscaler adds a node.
    Join(Box<Machine>),
    /// An autoscaler takes a node away.
    Leave(String),
    /// A host loses its power for a while.
    PowerCut(String, Duration),
    /// Nothing reaches any API server for a while.
    ApiAway(Duration),
    /// A person scales a workload down to nothing and back.
    Restart(String),
}
