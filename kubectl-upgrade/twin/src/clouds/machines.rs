//! The machines of pools: made, joined to the cluster as nodes, and taken away.

mod vendor;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use upgrade_core::version::Version;

use super::faults::Shortage;
use super::operations::{Failure, FailureCode};
use super::pools::{Colour, Member, MemberState, PoolSpec};
use super::{Seen, change};
use crate::blueprint::{self, Machine};
use crate::controllers::nodes;
use crate::world::World;

/// How long a cloud waits for a machine to join before it gives up.
const GIVES_UP: Duration = Duration::from_secs(20 * 60);

/// How soon a cloud says that a machine cannot be had.
const REFUSED_AFTER: Duration = Duration::from_secs(5);

/// A machine to be made.
#[derive(Clone, Debug)]
pub(super) struct Make {
    pub(super) pool: String,
    pub(super) version: Version,
    pub(super) image: String,
    pub(super) colour: Option<Colour>,
}

/// Waits for several ends, then calls with what failed.
#[derive(Clone)]
pub(super) struct Together(Arc<Mutex<Ends>>);

type Then = Box<dyn FnOnce(&mut World, Vec<Failure>) + Send>;

struct Ends {
    left: usize,
    failures: Vec<Failure>,
    then: Option<Then>,
}

impl Together {
    pub(super) fn of(
        world: &mut World,
        count: usize,
        then: impl FnOnce(&mut World, Vec<Failure>) + Send + 'static,
    ) -> Self {
        if count == 0 {
            then(world, Vec::new());
            return Self(Arc::new(Mutex::new(Ends { left: 0, failures: Vec::new(), then: None })));
        }
        Self(Arc::new(Mutex::new(Ends { left: count, failures: Vec::new(), then: Some(Box::new(then)) })))
    }

    pub(super) fn ended(&self, world: &mut World, end: Result<(), Failure>) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.left = ends.left.saturating_sub(1);
        ends.failures.extend(end.err());
        let due = if ends.left == 0 { ends.then.take() } else { None };
        let failures = if due.is_some() { std::mem::take(&mut ends.failures) } else { Vec::new() };
        drop(ends);
        if let Some(then) = due {
            then(world, failures);
        }
    }
}

/// Puts the machines of a pool there, as if they had been there for long. Returns the nodes for the builder to add.
pub(super) fn there(world: &World, seen: &mut Seen, spec: &PoolSpec, first: u32) -> Vec<(Machine, serde_json::Value)> {
    let Some(cloud) = &world.cloud else { return Vec::new() };
    let mut nodes = Vec::new();
    for nth in 0..spec.size.desired {
        let number = first + nth;
        let member = member(spec, number, nth, &spec.version, &spec.image, None);
        let member = Member { state: MemberState::Running, ..member };
        let (machine, node) =
            vendor::node(&cloud.place, spec, &member, seen.control_plane.version.minor(), world.now());
        if let Some(pool) = seen.pools.get_mut(&spec.name) {
            pool.members.insert(machine.name.clone(), member);
        }
        nodes.push((machine, node));
    }
    nodes
}

/// The same for machines that have names already, and nodes among the objects of their cluster.
pub(super) fn joined(
    world: &World,
    seen: &mut Seen,
    spec: &PoolSpec,
    first: u32,
    members: &[Machine],
) -> Vec<(Machine, serde_json::Value)> {
    let (minor, now) = (seen.control_plane.version.minor(), world.now());
    let mut nodes = Vec::new();
    for (number, machine) in (first..).zip(members) {
        let member = Member {
            number,
            version: machine.kubelet.clone(),
            image: spec.image.clone(),
            zone: machine.zone.clone().unwrap_or_default(),
            state: MemberState::Running,
            colour: None,
        };
        if let Some(pool) = seen.pools.get_mut(&spec.name) {
            pool.members.insert(machine.name.clone(), member);
        }
        nodes.push((machine.clone(), blueprint::node(machine, minor, now)));
    }
    nodes
}

fn member(spec: &PoolSpec, number: u32, nth: u32, version: &Version, image: &str, colour: Option<Colour>) -> Member {
    let zone = usize::try_from(nth).unwrap_or_default().checked_rem(spec.zones.len());
    Member {
        number,
        version: version.clone(),
        image: image.to_owned(),
        zone: zone.and_then(|zone| spec.zones.get(zone)).cloned().unwrap_or_default(),
        state: MemberState::Starting,
        colour,
    }
}

/// Makes a machine and lets it join. Calls with the name of its node.
pub(super) fn start(
    world: &mut World,
    make: Make,
    then: impl FnOnce(&mut World, Result<String, Failure>) + Send + 'static,
) {
    if let Some(shortage) = shortage(world) {
        let failure = Failure::new(FailureCode::NoMachine(shortage), vendor::shortage(shortage).to_owned());
        return world.after(REFUSED_AFTER, move |world| then(world, Err(failure)));
    }
    let Some((name, machine, node)) = made(world, &make) else { return };
    if never_joins(world) {
        return world.after(GIVES_UP, move |world| {
            forget(world, &make.pool, &name);
            let message = format!("machine {name} did not join the cluster");
            then(world, Err(Failure::new(FailureCode::NodeNeverJoined, message).at(&name)));
        });
    }
    let span = world.tempo.machine_start;
    world.within(span, move |world| {
        nodes::join_as(world, &machine, node);
        mark(world, &make.pool, &name, MemberState::Running);
        then(world, Ok(name));
    });
}

fn shortage(world: &mut World) -> Option<Shortage> {
    let (left, shortage) = world.cloud.as_mut()?.faults.machines_left.as_mut()?;
    if *left == 0 {
        return Some(*shortage);
    }
    *left -= 1;
    None
}

fn never_joins(world: &mut World) -> bool {
    let Some(faults) = world.cloud.as_mut().map(|cloud| &mut cloud.faults) else { return false };
    match faults.never_joins {
        None => false,
        Some(0) => {
            faults.never_joins = None;
            true
        }
        Some(more) => {
            faults.never_joins = Some(more - 1);
            false
        }
    }
}

fn made(world: &mut World, make: &Make) -> Option<(String, Machine, serde_json::Value)> {
    let (now, cloud) = (world.now(), world.cloud.as_mut()?);
    cloud.machines += 1;
    let (number, place) = (cloud.machines, cloud.place.clone());
    let minor = cloud.now.control_plane.version.minor();
    let made = change(world, |seen| {
        let pool = seen.pools.get_mut(&make.pool)?;
        let nth = emptiest(&pool.spec, pool.members.values().map(|member| member.zone.as_str()));
        let member = member(&pool.spec, number, nth, &make.version, &make.image, make.colour);
        let (machine, node) = vendor::node(&place, &pool.spec, &member, minor, now);
        pool.members.insert(machine.name.clone(), member);
        Some((machine.name.clone(), machine, node))
    });
    made.flatten()
}

/// The zone with the fewest machines, the first of several.
fn emptiest<'a>(spec: &PoolSpec, taken: impl Iterator<Item = &'a str>) -> u32 {
    let taken: VecDeque<&str> = taken.collect();
    let count = |zone: &String| taken.iter().filter(|one| **one == zone).count();
    let emptiest = spec.zones.iter().enumerate().min_by_key(|(_, zone)| count(zone));
    emptiest.and_then(|(nth, _)| u32::try_from(nth).ok()).unwrap_or_default()
}

/// Takes a machine away, with its node.
pub(super) fn stop(world: &mut World, pool: &str, node: &str, then: impl FnOnce(&mut World) + Send + 'static) {
    mark(world, pool, node, MemberState::Stopping);
    let (pool, node, span) = (pool.to_owned(), node.to_owned(), world.tempo.machine_stop);
    world.within(span, move |world| {
        nodes::leave(world, &node);
        forget(world, &pool, &node);
        then(world);
    });
}

/// Writes down what is being done to a machine.
pub(super) fn mark(world: &mut World, pool: &str, node: &str, state: MemberState) {
    change(world, |seen| {
        if let Some(member) = seen.pools.get_mut(pool).and_then(|pool| pool.members.get_mut(node)) {
            member.state = state;
        }
    });
}

fn forget(world: &mut World, pool: &str, node: &str) {
    change(world, |seen| {
        if let Some(pool) = seen.pools.get_mut(pool) {
            pool.members.remove(node);
        }
    });
}
