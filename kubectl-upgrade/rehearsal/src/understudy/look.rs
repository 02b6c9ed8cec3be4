//! What the cloud says of the copy.

use serde_json::Value;
use upgrade_core::ids::PoolName;
use upgrade_core::inventory::{CloudCluster, CloudOperation, CloudState, Pool, PoolKind, PoolSize, Rollback};
use upgrade_core::plan::{ProviderKind, Surge};
use upgrade_twin::clouds::operations::{Operation, Subject};
use upgrade_twin::clouds::pools::{self, PoolSpec, PoolState};
use upgrade_twin::clouds::{Cloud, Refused, Seen, of};
use upgrade_twin::world::World;

use super::others;

/// What is kept with a pool and with the cluster: how nodes are replaced in a plan's words, the pool it was made like, the
/// versions of add-ons that were moved, and when insights were gathered.
pub(crate) const SURGE: &str = "surge";
pub(super) const LIKE: &str = "like";
pub(super) const ADDONS: &str = "addons";
pub(super) const INSIGHTS_AT: &str = "insightsAt";

/// What the cloud said of the original, as far as it is still so, and what is so now.
pub(super) fn look(world: &World, original: &CloudCluster) -> CloudCluster {
    let Ok(cloud) = of(world) else { return original.clone() };
    let seen = cloud.now();
    // What others do by themselves is no operation that the cloud names.
    let named = |one: &&Operation| match &one.subject {
        Subject::Pool(name) => seen.pools.get(name).is_none_or(|pool| !others::replace(&pool.spec)),
        Subject::Cluster | Subject::Other(_) => true,
    };
    let running = seen.operations.iter().filter(|one| !one.state.ended()).filter(named);
    let running: Vec<&Operation> = running.collect();
    let at_work = running.iter().any(|one| one.subject == Subject::Cluster);
    let mut cluster = CloudCluster {
        version: seen.control_plane.version.clone(),
        state: if at_work { CloudState::Busy("at work".to_owned()) } else { CloudState::Ready },
        pools: pools_of(seen, original),
        operations: running.iter().map(|one| operation(one)).collect(),
        rollback: seen.control_plane.way_back.as_ref().map(|back| Rollback {
            to: back.version.clone(),
            image: None,
            until: Some(back.until),
        }),
        ..original.clone()
    };
    let gathered = seen.extra.get(INSIGHTS_AT).and_then(Value::as_str);
    cluster.insights_at = gathered.and_then(|at| at.parse().ok()).or(cluster.insights_at);
    for addon in &mut cluster.addons {
        let moved = seen.extra.get(ADDONS).and_then(|addons| addons.get(addon.name.as_str()));
        if let Some(version) = moved.and_then(Value::as_str) {
            version.clone_into(&mut addon.version);
        }
    }
    cluster
}

/// Which cloud's customs hold.
pub(super) fn provider(world: &World) -> Result<ProviderKind, Refused> {
    Ok(match of(world)?.place.cloud {
        Cloud::Eks => ProviderKind::Eks,
        Cloud::Gke => ProviderKind::Gke,
        Cloud::Aks => ProviderKind::Aks,
    })
}

/// How the pool's nodes are replaced, in a plan's words.
pub(super) fn surge_of(spec: &PoolSpec) -> Surge {
    spec.extra.get(SURGE).and_then(|kept| serde_json::from_value(kept.clone()).ok()).unwrap_or_default()
}

/// Settings with others on top.
pub(super) fn merged(before: Surge, set: Surge) -> Surge {
    Surge {
        max_surge: set.max_surge.or(before.max_surge),
        max_unavailable: set.max_unavailable.or(before.max_unavailable),
        strategy: set.strategy.or(before.strategy),
        drain_timeout_s: set.drain_timeout_s.or(before.drain_timeout_s),
        soak_s: set.soak_s.or(before.soak_s),
        undrainable: set.undrainable.or(before.undrainable),
    }
}

/// Pools that the cloud does not replace by itself are as they were; the others are as the copy has them, new ones last.
fn pools_of(seen: &Seen, original: &CloudCluster) -> Vec<Pool> {
    let mut all = Vec::new();
    for pool in &original.pools {
        match (pool.kind, seen.pools.get(pool.name.as_str())) {
            (_, Some(now)) => all.push(pool_of(now, pool)),
            (PoolKind::Managed, None) => {}
            (PoolKind::Automatic | PoolKind::Karpenter | PoolKind::SelfManaged | PoolKind::PerPod, None) => {
                all.push(pool.clone());
            }
        }
    }
    for (name, now) in &seen.pools {
        let name = PoolName::new(name);
        let like = now.spec.extra.get(LIKE).and_then(Value::as_str).map(PoolName::new);
        if let Some(like) = like.and_then(|like| original.pool(&like)).filter(|_| original.pool(&name).is_none()) {
            all.push(Pool { name, ..pool_of(now, like) });
        }
    }
    all
}

fn pool_of(now: &pools::Pool, like: &Pool) -> Pool {
    let word = |word: &str| CloudState::Busy(word.to_owned());
    // Of nodes that are nobody's pool the cloud says no version.
    let said = like.kind == PoolKind::Managed || like.version.is_some();
    Pool {
        version: said.then(|| now.spec.version.clone()),
        image: said.then(|| now.spec.image.clone()),
        size: PoolSize { nodes: u32::try_from(now.members.len()).unwrap_or(u32::MAX), ..like.size },
        surge: surge_of(&now.spec),
        state: match now.state {
            PoolState::Active => CloudState::Ready,
            PoolState::Creating => word("being created"),
            PoolState::Updating => word("being updated"),
            PoolState::Deleting => word("being deleted"),
            PoolState::CreateFailed => CloudState::Failed("not created".to_owned()),
        },
        rollback: now.previous.as_ref().map(|back| Rollback {
            to: back.version.clone(),
            image: Some(back.image.clone()),
            until: None,
        }),
        ..like.clone()
    }
}

fn operation(one: &Operation) -> CloudOperation {
    let on = match &one.subject {
        Subject::Cluster => None,
        Subject::Pool(name) | Subject::Other(name) => Some(name.clone()),
    };
    CloudOperation { id: one.id.to_string(), kind: "operation".to_owned(), on, since: Some(one.started) }
}
