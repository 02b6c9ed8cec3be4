//! Operations: asked about under the URL that began them, and aborted.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::refusal::Refusal;
use super::{cluster, fault};
use crate::clouds::operations::{self, Kind, Operation, OperationId, State, Subject};
use crate::clouds::{self, Request};
use crate::json::set;
use crate::world::World;

/// The version of the operations' own API, as the links of AKS have it.
const API: &str = "2017-08-31";

/// Where an operation can be asked about.
pub(super) fn link(world: &World, call: &Call<'_>, id: &OperationId) -> String {
    let place = clouds::of(world).map(|cloud| cloud.place.clone());
    let (account, region) = place.map(|place| (place.account, place.region)).unwrap_or_default();
    format!(
        "{}/subscriptions/{account}/providers/Microsoft.ContainerService/locations/{region}/operations/{id}?api-version={API}",
        call.base()
    )
}

pub(super) fn get(world: &World, id: &str) -> Result<Reply, Refusal> {
    let seen = clouds::of(world)?.seen(world.clock().elapsed());
    let found = seen.operations.iter().find(|one| one.id.0 == id);
    let found = found.ok_or_else(|| clouds::Refused::NoOperation(id.to_owned()))?;
    Ok(Reply::ok(shown(found)))
}

fn shown(operation: &Operation) -> Value {
    let status = match operation.state {
        State::Running => "InProgress",
        State::Cancelling => "Canceling",
        State::Done => "Succeeded",
        State::Failed => "Failed",
        State::Cancelled => "Canceled",
    };
    let mut value = json!({"name": operation.id.0, "status": status, "startTime": operation.started.to_string()});
    if let Some(ended) = operation.ended {
        set(&mut value, &["endTime"], ended.to_string());
    }
    if matches!(operation.state, State::Failed | State::Cancelled) {
        set(&mut value, &["error"], fault::of(operation));
    }
    if let Some(progress) = operation.progress.filter(|progress| progress.total > 0) {
        set(&mut value, &["percentComplete"], f64::from(progress.done * 100 / progress.total));
    }
    value
}

/// Stops what is done to the cluster.
pub(super) fn abort_cluster(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let last = cluster::last_operation(clouds::of(world)?.now()).filter(|last| !last.state.ended());
    let id = last.map(|last| last.id.clone());
    abort(world, call, id)
}

/// Stops what is done to a pool.
pub(super) fn abort_pool(world: &mut World, call: &Call<'_>, name: &str) -> Result<Reply, Refusal> {
    let seen = clouds::of(world)?.now();
    if !seen.pools.contains_key(name) {
        return Err(Refusal::no_pool(name));
    }
    let running = |one: &&Operation| matches!(&one.subject, Subject::Pool(pool) if pool == name) && !one.state.ended();
    let id = seen.operations.iter().rev().find(running).map(|one| one.id.clone());
    abort(world, call, id)
}

fn abort(world: &mut World, call: &Call<'_>, id: Option<OperationId>) -> Result<Reply, Refusal> {
    let Some(id) = id else {
        let message = "Operation is not allowed: there is no operation in progress that could be aborted.";
        return Err(Refusal::bad("OperationNotAllowed", message));
    };
    operations::cancel(world, &id)?;
    // The abort is an operation of its own, done when the other has ended.
    let subject = Subject::Other(format!("abort of {id}"));
    let abort = operations::begin(world, Kind::Other("Aborting"), subject, None, Request::default())?.id;
    let ended = abort.clone();
    operations::when_ended(world, &id, move |world, _| operations::finish(world, &ended, State::Done, Vec::new()));
    Ok(Reply::empty(StatusCode::ACCEPTED).begun(&link(world, call, &abort)))
}
