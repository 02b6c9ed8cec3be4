//! How many nodes of a cluster are open for pods while its cloud replaces them.

use upgrade_core::plan::{Amount, Plan, Strategy, SurgeAmount};
use upgrade_twin::clouds::pools::{self, Pool};
use upgrade_twin::store::Resource;
use upgrade_twin::world::World;

/// The fewest that are promised, and whether there were fewer already.
#[derive(Debug)]
pub(super) struct Room {
    least: usize,
    fewer: bool,
}

impl Room {
    /// Of a cluster whose cloud replaces nodes: as many as there are open ones now, but for those that may be missing.
    pub(super) fn of(world: &World, plan: &Plan) -> Option<Self> {
        let pools = &world.cloud.as_ref()?.now().pools;
        let mut missing: Vec<usize> = pools.values().map(|pool| missing(pool, plan)).collect();
        missing.sort_unstable();
        let side_by_side = if plan.options.strategy == Strategy::AllAtOnce { missing.len() } else { 1 };
        let missing: usize = missing.into_iter().rev().take(side_by_side).sum();
        Some(Self { least: open(world).saturating_sub(missing), fewer: false })
    }

    /// Says so when there are fewer, once until there are enough again.
    pub(super) fn look(&mut self, world: &World) -> Option<String> {
        let open = open(world);
        let before = std::mem::replace(&mut self.fewer, open < self.least);
        let fewer = self.fewer && !before;
        fewer.then(|| format!("{open} nodes are open, of which at least {} were promised", self.least))
    }
}

fn open(world: &World) -> usize {
    let nodes = world.store.list(Resource::NODES, None, None);
    nodes.filter(|node| node.summary.ready && !node.summary.unschedulable).count()
}

/// How many nodes of a pool may be missing: as was asked for, or else as the pool is set.
fn missing(pool: &Pool, plan: &Plan) -> usize {
    let size = pool.spec.size.desired;
    let settings = &pool.spec.settings;
    let asked = match plan.options.cloud.surge.max_unavailable {
        _ if matches!(plan.options.strategy, Strategy::NewPools { .. }) => Some(0),
        None => None,
        Some(SurgeAmount(Amount::Count(count))) => Some(count),
        Some(SurgeAmount(Amount::Percent(percent))) => Some(size * u32::from(percent) / 100),
    };
    let own = match settings.strategy {
        pools::Strategy::BlueGreen => 0,
        // Nothing would ever move with neither.
        pools::Strategy::Surge if settings.max_surge.up(size) == 0 => settings.max_unavailable.down(size).max(1),
        pools::Strategy::Surge => settings.max_unavailable.down(size),
    };
    usize::try_from(asked.map_or(own, |asked| asked.max(own))).unwrap_or(usize::MAX)
}
