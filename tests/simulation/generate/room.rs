//! How much room a cluster has for pods while nodes are drained.

use upgrade_core::plan::{Options, Strategy};
use upgrade_twin::blueprint::Machine;

/// So much of each node is for other things than workloads.
const RESERVED_MILLI: u64 = 600;

/// The workers that take pods, and how many of them may be away at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) workers: u64,
    at_once: u64,
}

impl Room {
    pub(super) fn of(machines: &[Machine], options: &Options) -> Self {
        let workers = machines.iter().filter(|machine| !machine.control_plane);
        let at_once = match options.strategy {
            Strategy::AllAtOnce | Strategy::NewPools { .. } => workers.clone().count(),
            Strategy::Rolling { max_unavailable } => max_unavailable.of(workers.clone().count()),
        };
        let open = workers.filter(|machine| !machine.cordoned && machine.ready).count();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self { workers: count(open), at_once: count(at_once) }
    }

    /// So many that are open, of which so many may be away at once.
    pub(super) const fn with(workers: u64, at_once: u64) -> Self {
        Self { workers, at_once }
    }

    /// Whether pods that ask for so much find a place while as many nodes as may be are away.
    pub(super) fn holds(self, cpu_milli: u64) -> bool {
        cpu_milli <= self.workers.saturating_sub(self.at_once) * (4_000 - RESERVED_MILLI)
    }
}
