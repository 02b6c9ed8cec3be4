//! Nodes replaced one after another: by so many that come before an old one goes, and so many that go before.

use super::drain;
use super::pool::MemberState;
use super::rollout::{self, Job, Rollout};
use super::settings::Undrainable;
use crate::clouds::machines::{self, Make};
use crate::clouds::operations::{Failure, Phase};
use crate::world::World;

/// Which of the two comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// The new node.
    Come,
    /// The old one's end.
    Go,
}

/// Begins with as many nodes as may be worked on at a time.
pub(super) fn start(world: &mut World, job: &Job) {
    let Some(to) = rollout::with(world, job, |rollout| rollout.to.clone()) else { return };
    let stale = rollout::stale(world, &job.pool, &to);
    let total = u32::try_from(stale.len()).unwrap_or(u32::MAX);
    let size = world
        .cloud
        .as_ref()
        .and_then(|cloud| cloud.now().pools.get(&job.pool))
        .map_or(total, |pool| pool.spec.size.desired);
    rollout::show(world, job, Phase::Replacing, 0, total);
    let slots = rollout::with(world, job, |rollout| {
        rollout.left = stale.into();
        slots(rollout, size, total)
    });
    let slots = slots.unwrap_or_default();
    if slots.is_empty() {
        return rollout::end(world, job);
    }
    slots.into_iter().for_each(|slot| next(world, job.clone(), slot));
}

fn slots(rollout: &mut Rollout, size: u32, total: u32) -> Vec<Slot> {
    let settings = &rollout.settings;
    let (come, go) = (settings.max_surge.up(size), settings.max_unavailable.down(size));
    // Nothing would ever happen with neither.
    let go = if come + go == 0 { 1 } else { go };
    let come = std::iter::repeat_n(Slot::Come, usize::try_from(come).unwrap_or_default());
    let go = std::iter::repeat_n(Slot::Go, usize::try_from(go).unwrap_or_default());
    let slots: Vec<Slot> = come.chain(go).take(usize::try_from(total).unwrap_or(usize::MAX)).collect();
    rollout.working = u32::try_from(slots.len()).unwrap_or(u32::MAX);
    slots
}

/// Turns to the next old node, or to none.
fn next(world: &mut World, job: Job, slot: Slot) {
    let stops = rollout::stops(world, &job);
    let node = rollout::with(world, &job, |rollout| if stops { None } else { rollout.left.pop_front() });
    match (node.flatten(), slot) {
        (None, _) => rest(world, &job),
        (Some(old), Slot::Come) => come(world, job, move |world, job, new| {
            clear(world, job, old, Some(new), move |world, job, old| {
                machines::stop(world, &job.pool.clone(), &old, move |world| replaced(world, job, slot));
            });
        }),
        (Some(old), Slot::Go) => clear(world, job, old, None, move |world, job, old| {
            machines::stop(world, &job.pool.clone(), &old, move |world| {
                come(world, job, move |world, job, _| replaced(world, job, slot));
            });
        }),
    }
}

/// One that worked on nodes has none left; the last of them ends the rollout.
fn rest(world: &mut World, job: &Job) {
    let working = rollout::with(world, job, |rollout| {
        rollout.working = rollout.working.saturating_sub(1);
        rollout.working
    });
    if working == Some(0) {
        rollout::end(world, job);
    }
}

fn come(world: &mut World, job: Job, then: impl FnOnce(&mut World, Job, String) + Send + 'static) {
    let Some(to) = rollout::with(world, &job, |rollout| rollout.to.clone()) else { return };
    let make = Make { pool: job.pool.clone(), version: to.version, image: to.image, colour: None };
    machines::start(world, make, move |world, started| match started {
        Ok(new) => then(world, job, new),
        Err(failure) => stopped(world, &job, failure),
    });
}

fn stopped(world: &mut World, job: &Job, failure: Failure) {
    rollout::fail(world, job, failure);
    rest(world, job);
}

/// Empties an old node. Where that cannot be, it is as the settings say; `new` is what came for it.
fn clear(
    world: &mut World,
    job: Job,
    old: String,
    new: Option<String>,
    then: impl FnOnce(&mut World, Job, String) + Send + 'static,
) {
    let Some(settings) = rollout::with(world, &job, |rollout| rollout.settings.clone()) else { return };
    let pool = job.pool.clone();
    let (timeout, undrainable) = (settings.drain_timeout, settings.undrainable);
    drain::drain(world, &pool, &old.clone(), timeout, undrainable, move |world, drained| {
        match (drained, undrainable) {
            (Ok(()), _) => then(world, job, old),
            (Err(failure), Undrainable::Quarantine) => {
                machines::mark(world, &job.pool, &old, MemberState::Quarantined);
                rollout::with(world, &job, |rollout| rollout.aside.push(failure));
                next(world, job, if new.is_some() { Slot::Come } else { Slot::Go });
            }
            (Err(failure), Undrainable::Fail | Undrainable::Force) => {
                drain::uncordon(world, &job.pool, &old);
                match new {
                    Some(new) => {
                        machines::stop(world, &job.pool.clone(), &new, move |world| stopped(world, &job, failure))
                    }
                    None => stopped(world, &job, failure),
                }
            }
        }
    });
}

fn replaced(world: &mut World, job: Job, slot: Slot) {
    rollout::count(world, &job);
    let soak = rollout::with(world, &job, |rollout| rollout.settings.soak).unwrap_or_default();
    match soak.is_zero() {
        true => next(world, job, slot),
        false => world.after(soak, move |world| next(world, job, slot)),
    }
}
