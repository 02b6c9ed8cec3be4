//! The control plane of a managed cluster: API servers without hosts, moved from version to version by the cloud.

use std::time::Duration;

use jiff::Timestamp;
use upgrade_core::version::{Minor, Version};

use super::operations::{self, Failure, FailureCode, Kind, OperationId, State, Subject};
use super::{Refused, Request, change, of};
use crate::world::World;

/// What the cloud knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedControlPlane {
    /// Its version.
    pub version: Version,
    /// The minor it behaves as, while it can still go back.
    pub emulates: Option<Minor>,
    /// What it can go back to, and until when.
    pub way_back: Option<WayBack>,
    /// The version before, with the end of the upgrade from it; kept for ever.
    pub previous: Option<(Version, Timestamp)>,
    /// Counts its changes, for ETags.
    pub changes: u64,
}

/// What a control plane can go back to while it soaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// The version.
    pub version: Version,
    /// Until then; afterwards the upgrade completes by itself.
    pub until: Timestamp,
}

/// Moves the control plane to a version on offer. With a soak, it can go back for that long, and behaves like the minor
/// before meanwhile.
///
/// # Errors
/// When the version is not on offer, or something is going on.
pub fn upgrade(
    world: &mut World,
    to: &Version,
    soak: Option<Duration>,
    request: Request,
) -> Result<OperationId, Refused> {
    of(world)?.offer(to).ok_or_else(|| Refused::NotOffered(to.clone()))?;
    let begun = operations::begin(world, Kind::ControlPlane, Subject::Cluster, Some(to.clone()), request)?;
    if !begun.again {
        move_to(world, begun.id.clone(), to.clone(), soak);
    }
    Ok(begun.id)
}

/// Ends the soak: there is no way back any more.
///
/// # Errors
/// When it does not soak, or something is going on.
pub fn complete(world: &mut World, request: Request) -> Result<OperationId, Refused> {
    of(world)?.now().control_plane.way_back.as_ref().ok_or(Refused::NothingToDo("a control plane that soaks"))?;
    let span = world.tempo.pool_work;
    operations::brief(world, "complete", Subject::Cluster, span, request, completed)
}

/// Goes back to the version before, while it soaks.
///
/// # Errors
/// When it does not soak, or something is going on.
pub fn roll_back(world: &mut World, request: Request) -> Result<OperationId, Refused> {
    let back = of(world)?.now().control_plane.way_back.clone();
    let back = back.ok_or(Refused::NothingToDo("a control plane that soaks"))?;
    let begun = operations::begin(world, Kind::ControlPlane, Subject::Cluster, Some(back.version.clone()), request)?;
    if !begun.again {
        move_to(world, begun.id.clone(), back.version, None);
    }
    Ok(begun.id)
}

fn completed(world: &mut World) {
    change(world, |seen| {
        seen.control_plane.way_back = None;
        seen.control_plane.emulates = None;
        seen.control_plane.changes += 1;
    });
    emulate(world, None);
}

/// One API server after another, each after its share of the time.
fn move_to(world: &mut World, id: OperationId, to: Version, soak: Option<Duration>) {
    let servers: Vec<String> = world.control_plane.servers.keys().cloned().collect();
    let whole = world.random.within(world.tempo.managed_control_plane);
    let count = u32::try_from(servers.len()).unwrap_or(1).max(1);
    let fails = world.cloud.as_mut().is_some_and(|cloud| std::mem::take(&mut cloud.faults.control_plane_fails));
    if fails {
        world.after(whole, move |world| {
            let message = "the control plane did not become healthy and stays at its version".to_owned();
            operations::finish(world, &id, State::Failed, vec![Failure::new(FailureCode::Internal, message)]);
        });
        return;
    }
    let alone = servers.len() == 1;
    for (nth, server) in (1..).zip(servers) {
        let to = to.clone();
        let at = whole * nth / (count + 1);
        if alone {
            let server = server.clone();
            let away = world.random.within(world.tempo.managed_api_away);
            world.after(at.saturating_sub(away), move |world| world.control_plane.serve(&server, false));
        }
        world.after(at, move |world| {
            if let Some(server) = world.control_plane.servers.get_mut(&server) {
                server.version = to;
                server.serving = true;
            }
        });
    }
    world.after(whole, move |world| arrived(world, &id, to, soak));
}

fn arrived(world: &mut World, id: &OperationId, to: Version, soak: Option<Duration>) {
    let now = world.now();
    let until = soak.and_then(|soak| now.checked_add(jiff::SignedDuration::try_from(soak).ok()?).ok());
    let emulates = change(world, |seen| {
        let plane = &mut seen.control_plane;
        let from = std::mem::replace(&mut plane.version, to);
        plane.emulates = until.map(|_| from.minor());
        plane.way_back = until.map(|until| WayBack { version: from.clone(), until });
        plane.previous = Some((from, now));
        plane.changes += 1;
        plane.emulates
    });
    emulate(world, emulates.flatten());
    if let (Some(soak), Some(until)) = (soak, until) {
        world.after(soak, move |world| {
            let plane = of(world).ok().map(|cloud| &cloud.now().control_plane);
            if plane.and_then(|plane| plane.way_back.as_ref()).is_some_and(|back| back.until == until) {
                completed(world);
            }
        });
    }
    operations::finish(world, id, State::Done, Vec::new());
}

fn emulate(world: &mut World, minor: Option<Minor>) {
    world.control_plane.emulates = minor;
}
