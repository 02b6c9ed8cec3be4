//! Blue-green: a second pool beside the first, which is drained in batches, kept for a while, and then deleted. Until then
//! one can go back.

use super::drain;
use super::pool::Colour;
use super::rollout::{self, Job};
use super::settings::{Amount, Undrainable};
use crate::clouds::change;
use crate::clouds::machines::{self, Make, Together};
use crate::clouds::operations::{self, Phase};
use crate::world::World;

/// Creates what is missing of the green pool; the nodes there are, are blue.
pub(super) fn start(world: &mut World, job: &Job) {
    let Some(to) = rollout::with(world, job, |rollout| rollout.to.clone()) else { return };
    let blue = change(world, |seen| {
        let Some(pool) = seen.pools.get_mut(&job.pool) else { return 0 };
        for member in pool.members.values_mut().filter(|member| member.colour.is_none()) {
            let new = member.version == to.version && member.image == to.image;
            member.colour = (!new).then_some(Colour::Blue);
        }
        pool.members.values().filter(|member| member.colour == Some(Colour::Blue)).count()
    });
    let blue = blue.unwrap_or_default();
    let missing = blue.saturating_sub(rollout::coloured(world, &job.pool, Some(Colour::Green)).len());
    rollout::show(world, job, Phase::CreatingGreen, 0, u32::try_from(blue).unwrap_or(u32::MAX));
    let done = job.clone();
    let together = Together::of(world, missing, move |world, failures| match failures.is_empty() {
        true => cordon_blue(world, &done),
        false => {
            failures.into_iter().for_each(|failure| rollout::fail(world, &done, failure));
            rollout::end(world, &done);
        }
    });
    for _ in 0..missing {
        let (version, image) = (to.version.clone(), to.image.clone());
        let make = Make { pool: job.pool.clone(), version, image, colour: Some(Colour::Green) };
        let together = together.clone();
        machines::start(world, make, move |world, started| together.ended(world, started.map(drop)));
    }
}

fn cordon_blue(world: &mut World, job: &Job) {
    if halted(world, job) {
        return;
    }
    let blue = rollout::coloured(world, &job.pool, Some(Colour::Blue));
    phase(world, job, Phase::CordoningBlue);
    blue.iter().for_each(|node| drain::cordon(world, node, true));
    rollout::with(world, job, |rollout| {
        // A batch is a part of the whole blue half, however much of it is left.
        let all = u32::try_from(blue.len()).unwrap_or(u32::MAX);
        rollout.settings.blue_green.batch = Amount::Count(rollout.settings.blue_green.batch.up(all).max(1));
        rollout.left = blue.into();
    });
    let (job, span) = (job.clone(), world.tempo.pool_work);
    world.within(span, move |world| {
        phase(world, &job, Phase::DrainingBlue);
        drain_batch(world, job, Colour::Blue);
    });
}

/// Drains the next batch of a colour, or goes on to what comes after the last.
fn drain_batch(world: &mut World, job: Job, colour: Colour) {
    if colour == Colour::Blue && halted(world, &job) {
        return;
    }
    let batch = rollout::with(world, &job, |rollout| {
        let size = u32::try_from(rollout.left.len()).unwrap_or(u32::MAX);
        let batch = usize::try_from(rollout.settings.blue_green.batch.up(size).max(1)).unwrap_or(1);
        let batch: Vec<String> = rollout.left.drain(..batch.min(rollout.left.len())).collect();
        (batch, rollout.settings.clone())
    });
    let Some((batch, settings)) = batch else { return };
    if batch.is_empty() {
        return match colour {
            Colour::Blue => soak(world, &job),
            Colour::Green => delete_green(world, &job),
        };
    }
    let (done, wait) = (job.clone(), settings.blue_green.batch_soak);
    let count = batch.len();
    let together = Together::of(world, count, move |world, failures| {
        for failure in failures {
            rollout::fail(world, &done, failure);
        }
        world.after(wait, move |world| drain_batch(world, done, colour));
    });
    // What a blue-green rollout cannot drain it leaves to the one who looks on.
    let undrainable = match settings.undrainable {
        Undrainable::Quarantine => Undrainable::Fail,
        other => other,
    };
    for node in batch {
        let (together, job) = (together.clone(), job.clone());
        drain::drain(world, &job.pool.clone(), &node, settings.drain_timeout, undrainable, move |world, drained| {
            if drained.is_ok() && colour == Colour::Blue {
                rollout::count(world, &job);
            }
            together.ended(world, drained);
        });
    }
}

fn soak(world: &mut World, job: &Job) {
    let soak = rollout::with(world, job, |rollout| rollout.settings.blue_green.soak).unwrap_or_default();
    phase(world, job, Phase::Soaking);
    let job = job.clone();
    world.after(soak, move |world| {
        let soaks = operations::look(world, &job.operation).and_then(|one| one.progress);
        if soaks.is_some_and(|progress| progress.phase == Phase::Soaking) && !halted(world, &job) {
            delete_blue(world, &job);
        }
    });
}

/// The soak is over: there is no way back.
pub(super) fn delete_blue(world: &mut World, job: &Job) {
    phase(world, job, Phase::DeletingBlue);
    delete(world, job, Colour::Blue);
}

/// Goes back: the blue nodes are used again, the green ones drained and deleted.
pub(super) fn back(world: &mut World, job: &Job) {
    let blue = rollout::coloured(world, &job.pool, Some(Colour::Blue));
    let green = rollout::coloured(world, &job.pool, Some(Colour::Green));
    rollout::show(world, job, Phase::RollingBack, 0, u32::try_from(blue.len()).unwrap_or(u32::MAX));
    blue.iter().for_each(|node| drain::uncordon(world, &job.pool, node));
    green.iter().for_each(|node| drain::cordon(world, node, true));
    rollout::with(world, job, |rollout| rollout.left = green.into());
    drain_batch(world, job.clone(), Colour::Green);
}

fn delete_green(world: &mut World, job: &Job) {
    delete(world, job, Colour::Green);
}

fn delete(world: &mut World, job: &Job, colour: Colour) {
    let nodes = rollout::coloured(world, &job.pool, Some(colour));
    let done = job.clone();
    let together = Together::of(world, nodes.len(), move |world, _| {
        change(world, |seen| {
            let members = seen.pools.get_mut(&done.pool).into_iter().flat_map(|pool| pool.members.values_mut());
            members.for_each(|member| member.colour = None);
        });
        rollout::end(world, &done);
    });
    for node in nodes {
        let together = together.clone();
        machines::stop(world, &job.pool, &node, move |world| together.ended(world, Ok(())));
    }
}

/// Ends the operation half-way, when it was cancelled or something failed; both pools stay as they are.
fn halted(world: &mut World, job: &Job) -> bool {
    let stops = rollout::stops(world, job);
    if stops {
        rollout::end(world, job);
    }
    stops
}

fn phase(world: &mut World, job: &Job, phase: Phase) {
    operations::update(world, &job.operation, |one| {
        if let Some(progress) = &mut one.progress {
            progress.phase = phase;
        }
    });
}
