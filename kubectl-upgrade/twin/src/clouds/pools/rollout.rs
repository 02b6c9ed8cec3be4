//! Rollouts: the nodes of a pool replaced by others, in one of the ways there are.

use std::collections::VecDeque;

use upgrade_core::version::Version;

use super::pool::{Colour, PoolState, Previous};
use super::settings::{Settings, Strategy, Undrainable};
use super::{Pool, blue_green, replace};
use crate::clouds::operations::{self, Failure, FailureCode, Kind, OperationId, Phase, Progress, State, Subject};
use crate::clouds::{Refused, Request, change, of};
use crate::world::World;

/// What nodes are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The version of their kubelets.
    pub version: Version,
    /// Their image.
    pub image: String,
    /// Whether pods that budgets keep are deleted when their time is up, whatever the settings say.
    pub force: bool,
}

/// A rollout that goes on.
#[derive(Debug)]
pub(in crate::clouds) struct Rollout {
    pub(super) operation: OperationId,
    pub(super) to: Target,
    pub(super) settings: Settings,
    /// Old nodes that nobody has turned to.
    pub(super) left: VecDeque<String>,
    /// How many are at work on nodes.
    pub(super) working: u32,
    /// What stopped it.
    pub(super) failures: Vec<Failure>,
    /// What went wrong with nodes that were left aside.
    pub(super) aside: Vec<Failure>,
}

/// Which rollout of which pool: what was begun for an earlier one is not done for a later.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) pool: String,
    pub(super) operation: OperationId,
}

/// Replaces the nodes of a pool that are not as they are to be. After one that stopped half-way, the same goes on.
///
/// # Errors
/// When there is no such pool, the version is neither on offer nor the pool's last, it is of a later minor than the control
/// plane, or something is going on.
pub fn upgrade(world: &mut World, pool: &str, to: Target, request: Request) -> Result<OperationId, Refused> {
    let found = find(world, pool)?;
    let last = found.previous.as_ref().is_some_and(|previous| previous.version == to.version);
    let offered = of(world)?.offers.iter().any(|offer| offer.node_version == to.version);
    if !offered && !last && found.spec.version != to.version {
        return Err(Refused::NotOffered(to.version));
    }
    let control_plane = &of(world)?.now().control_plane.version;
    if to.version.minor() > control_plane.minor() {
        return Err(Refused::NewerThanControlPlane { nodes: to.version, control_plane: control_plane.clone() });
    }
    begin(world, pool, to, Kind::PoolUpgrade, request)
}

/// Ends the soak of a blue-green rollout now.
///
/// # Errors
/// When there is no such pool, or it does not soak.
pub fn complete(world: &mut World, pool: &str) -> Result<OperationId, Refused> {
    find(world, pool)?;
    let id = running(world, pool).ok_or(Refused::NothingToDo(SOAKING))?;
    let soaks = operations::look(world, &id).and_then(|one| one.progress);
    if soaks.is_none_or(|progress| progress.phase != Phase::Soaking) {
        return Err(Refused::NothingToDo(SOAKING));
    }
    blue_green::delete_blue(world, &Job { pool: pool.to_owned(), operation: id.clone() });
    Ok(id)
}

const SOAKING: &str = "a pool that soaks";

/// Brings a pool back to what it was before an upgrade that stopped half-way, or before a blue-green one that still goes on,
/// which is then cancelled. Budgets are minded as the settings say, or not at all.
///
/// # Errors
/// When there is no such pool, it has nothing to go back to, or something else is going on.
pub fn roll_back(
    world: &mut World,
    pool: &str,
    respect_budgets: bool,
    request: Request,
) -> Result<OperationId, Refused> {
    const NOTHING: Refused = Refused::NothingToDo("an upgrade that stopped half-way");
    let found = find(world, pool)?;
    let previous = found.previous.clone().ok_or(NOTHING)?;
    let coloured = found.members.values().any(|member| member.colour.is_some());
    let changed = |version: &Version, image: &str| *version != previous.version || image != previous.image;
    if !coloured && !found.members.values().any(|member| changed(&member.version, &member.image)) {
        return Err(NOTHING);
    }
    if let (true, Some(id)) = (coloured, running(world, pool)) {
        if operations::look(world, &id).and_then(|one| one.progress).is_some_and(|now| now.phase >= Phase::DeletingBlue)
        {
            return Err(Refused::Busy(id));
        }
        drop(take(world, &Job { pool: pool.to_owned(), operation: id.clone() }));
        operations::finish(world, &id, State::Cancelled, Vec::new());
    }
    let to = Target { version: previous.version, image: previous.image, force: !respect_budgets };
    begin(world, pool, to, Kind::PoolRollback, request)
}

fn find<'a>(world: &'a World, pool: &str) -> Result<&'a Pool, Refused> {
    of(world)?.now().pools.get(pool).ok_or_else(|| Refused::NoPool(pool.to_owned()))
}

/// The operation of the rollout that goes on in a pool.
fn running(world: &World, pool: &str) -> Option<OperationId> {
    Some(of(world).ok()?.rollouts.get(pool)?.operation.clone())
}

fn begin(world: &mut World, pool: &str, to: Target, kind: Kind, request: Request) -> Result<OperationId, Refused> {
    let subject = Subject::Pool(pool.to_owned());
    let begun = operations::begin(world, kind, subject, Some(to.version.clone()), request)?;
    if begun.again {
        return Ok(begun.id);
    }
    let now = world.now();
    let settings = change(world, |seen| {
        let pool = seen.pools.get_mut(pool)?;
        pool.state = PoolState::Updating;
        pool.health.clear();
        if kind == Kind::PoolUpgrade && (pool.spec.version != to.version || pool.spec.image != to.image) {
            let (version, image) = (pool.spec.version.clone(), pool.spec.image.clone());
            pool.previous = Some(Previous { version, image, at: now });
        }
        pool.spec.version = to.version.clone();
        pool.spec.image.clone_from(&to.image);
        (pool.changed, pool.changes) = (now, pool.changes + 1);
        Some(pool.spec.settings.clone())
    });
    let mut settings = settings.flatten().unwrap_or_default();
    if to.force {
        settings.undrainable = Undrainable::Force;
    }
    let rollout = Rollout {
        operation: begun.id.clone(),
        to,
        settings,
        left: VecDeque::new(),
        working: 0,
        failures: Vec::new(),
        aside: Vec::new(),
    };
    if let Some(cloud) = &mut world.cloud {
        cloud.rollouts.insert(pool.to_owned(), rollout);
    }
    let job = Job { pool: pool.to_owned(), operation: begun.id.clone() };
    let span = world.tempo.pool_work;
    world.within(span, move |world| start(world, &job, kind));
    Ok(begun.id)
}

fn start(world: &mut World, job: &Job, kind: Kind) {
    let Some(strategy) = with(world, job, |rollout| rollout.settings.strategy) else { return };
    let coloured = |pool: &Pool| pool.members.values().any(|member| member.colour.is_some());
    let coloured = find(world, &job.pool).is_ok_and(coloured);
    match (kind == Kind::PoolRollback, coloured, strategy) {
        (true, true, _) => blue_green::back(world, job),
        (false, true, _) | (false, false, Strategy::BlueGreen) => blue_green::start(world, job),
        (true, false, _) | (false, false, Strategy::Surge) => replace::start(world, job),
    }
}

/// Looks at the rollout or changes it, if it still goes on.
pub(super) fn with<T>(world: &mut World, job: &Job, look: impl FnOnce(&mut Rollout) -> T) -> Option<T> {
    let rollout = world.cloud.as_mut()?.rollouts.get_mut(&job.pool)?;
    (rollout.operation == job.operation).then(|| look(rollout))
}

fn take(world: &mut World, job: &Job) -> Option<Rollout> {
    with(world, job, |_| ())?;
    world.cloud.as_mut()?.rollouts.remove(&job.pool)
}

/// Whether no further node is to be turned to.
pub(super) fn stops(world: &mut World, job: &Job) -> bool {
    let cancelled = operations::look(world, &job.operation).is_none_or(|one| one.state != State::Running);
    cancelled || with(world, job, |rollout| !rollout.failures.is_empty()).unwrap_or(true)
}

/// Something stopped it.
pub(super) fn fail(world: &mut World, job: &Job, failure: Failure) {
    with(world, job, |rollout| rollout.failures.push(failure));
}

/// Shows how far it is.
pub(super) fn show(world: &mut World, job: &Job, phase: Phase, done: u32, total: u32) {
    operations::update(world, &job.operation, |one| one.progress = Some(Progress { phase, done, total }));
}

/// One more node is as it is to be.
pub(super) fn count(world: &mut World, job: &Job) {
    let mut done = 0;
    operations::update(world, &job.operation, |one| {
        if let Some(progress) = &mut one.progress {
            progress.done += 1;
            done = progress.done;
        }
    });
    let faults = world.cloud.as_mut().map(|cloud| &mut cloud.faults);
    if let Some(faults) = faults.filter(|faults| faults.rollout_fails_after.is_some_and(|after| done >= after)) {
        faults.rollout_fails_after = None;
        let message = format!("an internal error occurred after {done} nodes");
        fail(world, job, Failure::new(FailureCode::Internal, message));
    }
}

/// Its end, whatever it came to.
pub(super) fn end(world: &mut World, job: &Job) {
    let Some(rollout) = take(world, job) else { return };
    let failures: Vec<Failure> = rollout.failures.into_iter().chain(rollout.aside).collect();
    let now = world.now();
    change(world, |seen| {
        if let Some(pool) = seen.pools.get_mut(&job.pool) {
            pool.state = PoolState::Active;
            pool.health.clone_from(&failures);
            (pool.changed, pool.changes) = (now, pool.changes + 1);
        }
    });
    let cancelled = operations::look(world, &job.operation).is_some_and(|one| one.state == State::Cancelling);
    let state = match (cancelled, failures.is_empty()) {
        (_, false) => State::Failed,
        (true, true) => State::Cancelled,
        (false, true) => State::Done,
    };
    operations::finish(world, &job.operation, state, failures);
}

/// The nodes of a colour.
pub(super) fn coloured(world: &World, pool: &str, colour: Option<Colour>) -> Vec<String> {
    let Ok(pool) = find(world, pool) else { return Vec::new() };
    pool.members.iter().filter(|(_, member)| member.colour == colour).map(|(node, _)| node.clone()).collect()
}

/// The nodes that are not as they are to be.
pub(super) fn stale(world: &World, pool: &str, to: &Target) -> Vec<String> {
    let Ok(pool) = find(world, pool) else { return Vec::new() };
    let stale = pool.members.iter().filter(|(_, member)| member.version != to.version || member.image != to.image);
    stale.map(|(node, _)| node.clone()).collect()
}
