//! Sees every change of the world as it happens, and keeps what the invariants of upgrades speak of: no instant between
//! two looks of a test is missed. It judges nothing but budgets.

mod budgets;
mod nodes;
mod versions;
mod workloads;

use std::collections::BTreeSet;

pub use budgets::{BrokenBudget, Forced};
pub use nodes::{Cordon, MostDown};
pub use versions::Running;
pub use workloads::{Lowest, WorkloadName};

use super::World;
use crate::store::{Change, Resource};
use versions::Versions;
use workloads::Workloads;

/// What was seen of a story, from when its time began.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// Budgets that a client broke by deleting or evicting a pod: not controllers, not a node that died.
    pub broken_budgets: Vec<BrokenBudget>,
    /// Pods that a cloud deleted whatever their budgets say, when their time to leave was up.
    pub forced: Vec<Forced>,
    /// How many pods were evicted, whoever asked for it.
    pub evicted: u32,
    /// Cordons set and lifted, in order.
    pub cordons: Vec<Cordon>,
    /// The most nodes that were down at one time, at the first such time.
    pub most_down: MostDown,
    /// What ran when time began, and every change of it, in order.
    pub versions: Vec<Running>,
    down: BTreeSet<String>,
    workloads: Workloads,
    known: Versions,
}

/// Who changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was so before time began.
    Before,
    /// A client, through the API.
    Client,
    /// The cluster itself.
    Cluster,
}

impl Witness {
    /// The lowest availability of each workload, in order of their names.
    pub fn lowest(&self) -> impl Iterator<Item = (&WorkloadName, Lowest)> {
        self.workloads.lowest()
    }
}

/// Sees a change.
pub(crate) fn see(world: &mut World, change: &Change, origin: Origin) {
    match change.object.key.resource {
        Resource::PODS => {
            workloads::see(world, change, origin);
            if origin == Origin::Client {
                budgets::see(world, change);
            }
            versions::see_pod(world, change);
        }
        Resource::NODES => {
            nodes::see(world, change, origin);
            versions::see_node(world, change);
        }
        _ => {}
    }
    versions::see_servers(world);
}
