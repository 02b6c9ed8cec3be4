//! Plays those who replace the nodes of a pool by themselves, once the control plane has moved: a cloud that does so
//! unasked, Karpenter, the owner of a launch template.
//!
//! A plan only waits for them. Which versions it waits for is kept with each pool.

use std::time::Duration;

use upgrade_core::version::Version;
use upgrade_twin::Twin;
use upgrade_twin::clouds::pools::{self, PoolSpec, PoolState, Target};
use upgrade_twin::clouds::{Request, of};
use upgrade_twin::world::World;

/// The versions that are waited for, kept with a pool.
pub(crate) const AWAITED: &str = "awaited";

/// How often they look.
const EVERY: Duration = Duration::from_secs(10);

/// Whether somebody else replaces the pool's nodes.
pub(super) fn replace(spec: &PoolSpec) -> bool {
    spec.extra.contains_key(AWAITED)
}

/// Begins to look, where there is such a pool.
pub(super) fn begin(twin: &Twin) {
    twin.with(|world| {
        if of(world).is_ok_and(|cloud| cloud.now().pools.values().any(|pool| replace(&pool.spec))) {
            world.after(EVERY, look);
        }
    });
}

fn look(world: &mut World) {
    for (name, to) in due(world) {
        // What cannot begin now is looked at again.
        let _ = pools::upgrade(world, &name, to, Request::default());
    }
    world.after(EVERY, look);
}

/// The pools that are behind, with what they go to.
fn due(world: &World) -> Vec<(String, Target)> {
    let Ok(cloud) = of(world) else { return Vec::new() };
    let newest = cloud.now().control_plane.version.minor();
    let at_rest = cloud.now().pools.iter().filter(|(_, pool)| pool.state == PoolState::Active);
    at_rest
        .filter_map(|(name, pool)| {
            let to = awaited(&pool.spec).into_iter().filter(|version| version.minor() <= newest).max()?;
            let behind = pool.members.values().any(|member| member.version != to);
            let target = || Target { image: format!("of {to}"), version: to.clone(), force: false };
            behind.then(|| (name.clone(), target()))
        })
        .collect()
}

fn awaited(spec: &PoolSpec) -> Vec<Version> {
    spec.extra.get(AWAITED).and_then(|kept| serde_json::from_value(kept.clone()).ok()).unwrap_or_default()
}
