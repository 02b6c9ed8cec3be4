//! Pools that come, go, and change their size.

use std::time::Duration;

use super::drain;
use super::pool::{Pool, PoolSpec, PoolState, Size};
use super::settings::Undrainable;
use crate::clouds::machines::{self, Make, Together};
use crate::clouds::operations::{self, Failure, Kind, OperationId, Phase, Progress, State, Subject};
use crate::clouds::{Refused, Request, change, of};
use crate::world::World;

/// Creates a pool.
///
/// # Errors
/// When there is one of that name, its version is not on offer or of a later minor than the control plane, or something is
/// going on.
pub fn create(world: &mut World, spec: PoolSpec, request: Request) -> Result<OperationId, Refused> {
    let cloud = of(world)?;
    let subject = Subject::Pool(spec.name.clone());
    let known = |token: &String| {
        cloud.now().operations.iter().any(|one| one.token.as_ref() == Some(token) && one.subject == subject)
    };
    let again = request.token.as_ref().is_some_and(known);
    if cloud.now().pools.contains_key(&spec.name) && !again {
        return Err(Refused::PoolExists(spec.name));
    }
    if !cloud.offers.iter().any(|offer| offer.node_version == spec.version) {
        return Err(Refused::NotOffered(spec.version));
    }
    let control_plane = &cloud.now().control_plane.version;
    if spec.version.minor() > control_plane.minor() {
        return Err(Refused::NewerThanControlPlane { nodes: spec.version, control_plane: control_plane.clone() });
    }
    if spec.size.desired > spec.size.max || spec.size.min > spec.size.desired {
        let found = format!("{} of {} to {}", spec.size.desired, spec.size.min, spec.size.max);
        return Err(Refused::Invalid { expected: "a size between the least and the most", found });
    }
    let begun = operations::begin(world, Kind::PoolCreate, subject, Some(spec.version.clone()), request)?;
    if begun.again {
        return Ok(begun.id);
    }
    let (name, count) = (spec.name.clone(), spec.size.desired);
    let pool = Pool::new(spec, PoolState::Creating, world.now());
    change(world, |seen| seen.pools.insert(name.clone(), pool));
    let (id, span) = (begun.id.clone(), world.tempo.pool_work);
    world.within(span, move |world| {
        grow(world, &name.clone(), count, id.clone(), move |world, failures| {
            let state = if failures.is_empty() { PoolState::Active } else { PoolState::CreateFailed };
            ended(world, &name, &id, state, failures);
        });
    });
    Ok(begun.id)
}

/// Deletes a pool, after its nodes were drained as its settings say, or at once.
///
/// # Errors
/// When there is no such pool, or something is going on.
pub fn delete(world: &mut World, pool: &str, at_once: bool, request: Request) -> Result<OperationId, Refused> {
    let settings = of(world)?.now().pools.get(pool).map(|pool| pool.spec.settings.clone());
    let mut settings = settings.ok_or_else(|| Refused::NoPool(pool.to_owned()))?;
    let begun = operations::begin(world, Kind::PoolDelete, Subject::Pool(pool.to_owned()), None, request)?;
    if begun.again {
        return Ok(begun.id);
    }
    if at_once {
        (settings.drain_timeout, settings.undrainable) = (Duration::ZERO, Undrainable::Force);
    }
    set_state(world, pool, PoolState::Deleting);
    let nodes = nodes(world, pool);
    let (name, id, span) = (pool.to_owned(), begun.id.clone(), world.tempo.pool_work);
    world.within(span, move |world| {
        nodes.iter().for_each(|node| drain::cordon(world, node, true));
        shrink(
            world,
            &name.clone(),
            nodes,
            (settings.drain_timeout, settings.undrainable),
            id.clone(),
            move |world, failures| {
                if failures.is_empty() {
                    change(world, |seen| seen.pools.remove(&name));
                    return operations::finish(world, &id, State::Done, Vec::new());
                }
                ended(world, &name, &id, PoolState::Active, failures);
            },
        );
    });
    Ok(begun.id)
}

/// Gives a pool another size: more machines, or the youngest drained and gone.
///
/// # Errors
/// When there is no such pool, or something is going on.
pub fn resize(world: &mut World, pool: &str, size: Size, request: Request) -> Result<OperationId, Refused> {
    let found = of(world)?.now().pools.get(pool).ok_or_else(|| Refused::NoPool(pool.to_owned()))?;
    let settings = found.spec.settings.clone();
    let mut youngest: Vec<(u32, String)> =
        found.members.iter().map(|(node, member)| (member.number, node.clone())).collect();
    let begun = operations::begin(world, Kind::PoolResize, Subject::Pool(pool.to_owned()), None, request)?;
    if begun.again {
        return Ok(begun.id);
    }
    change(world, |seen| {
        if let Some(pool) = seen.pools.get_mut(pool) {
            pool.spec.size = size;
        }
    });
    set_state(world, pool, PoolState::Updating);
    let (there, wanted) = (youngest.len(), usize::try_from(size.desired).unwrap_or(usize::MAX));
    youngest.sort();
    let going: Vec<String> = youngest.into_iter().skip(wanted).map(|(_, node)| node).collect();
    let coming = u32::try_from(wanted.saturating_sub(there)).unwrap_or(u32::MAX);
    let (name, id, span) = (pool.to_owned(), begun.id.clone(), world.tempo.pool_work);
    world.within(span, move |world| {
        let (of, done) = (name.clone(), id.clone());
        let then = move |world: &mut World, failures| ended(world, &of, &done, PoolState::Active, failures);
        match going.is_empty() {
            true => grow(world, &name, coming, id, then),
            false => shrink(world, &name, going, (settings.drain_timeout, settings.undrainable), id, then),
        }
    });
    Ok(begun.id)
}

fn grow(
    world: &mut World,
    pool: &str,
    count: u32,
    id: OperationId,
    then: impl FnOnce(&mut World, Vec<Failure>) + Send + 'static,
) {
    let made = of(world).ok().and_then(|cloud| cloud.now().pools.get(pool));
    let Some((version, image)) = made.map(|pool| (pool.spec.version.clone(), pool.spec.image.clone())) else { return };
    show(world, &id, count);
    let together = Together::of(world, usize::try_from(count).unwrap_or_default(), then);
    for _ in 0..count {
        let make = Make { pool: pool.to_owned(), version: version.clone(), image: image.clone(), colour: None };
        let (together, id) = (together.clone(), id.clone());
        machines::start(world, make, move |world, started| {
            done_one(world, &id, started.is_ok());
            together.ended(world, started.map(drop));
        });
    }
}

fn shrink(
    world: &mut World,
    pool: &str,
    nodes: Vec<String>,
    (timeout, undrainable): (Duration, Undrainable),
    id: OperationId,
    then: impl FnOnce(&mut World, Vec<Failure>) + Send + 'static,
) {
    show(world, &id, u32::try_from(nodes.len()).unwrap_or(u32::MAX));
    let together = Together::of(world, nodes.len(), then);
    for node in nodes {
        let (together, id, pool) = (together.clone(), id.clone(), pool.to_owned());
        drain::drain(world, &pool.clone(), &node.clone(), timeout, undrainable, move |world, drained| match drained {
            Ok(()) => machines::stop(world, &pool, &node, move |world| {
                done_one(world, &id, true);
                together.ended(world, Ok(()));
            }),
            Err(failure) => {
                drain::uncordon(world, &pool, &node);
                together.ended(world, Err(failure));
            }
        });
    }
}

fn show(world: &mut World, id: &OperationId, total: u32) {
    operations::update(world, id, |one| one.progress = Some(Progress { phase: Phase::Replacing, done: 0, total }));
}

fn done_one(world: &mut World, id: &OperationId, done: bool) {
    operations::update(world, id, |one| {
        if let Some(progress) = one.progress.as_mut().filter(|_| done) {
            progress.done += 1;
        }
    });
}

fn ended(world: &mut World, pool: &str, id: &OperationId, state: PoolState, failures: Vec<Failure>) {
    set_state(world, pool, state);
    change(world, |seen| {
        if let Some(pool) = seen.pools.get_mut(pool) {
            pool.health.clone_from(&failures);
        }
    });
    let end = if failures.is_empty() { State::Done } else { State::Failed };
    operations::finish(world, id, end, failures);
}

fn set_state(world: &mut World, pool: &str, state: PoolState) {
    let now = world.now();
    change(world, |seen| {
        if let Some(pool) = seen.pools.get_mut(pool) {
            pool.state = state;
            (pool.changed, pool.changes) = (now, pool.changes + 1);
        }
    });
}

fn nodes(world: &World, pool: &str) -> Vec<String> {
    let pool = of(world).ok().and_then(|cloud| cloud.now().pools.get(pool));
    pool.map(|pool| pool.members.keys().cloned().collect()).unwrap_or_default()
}
