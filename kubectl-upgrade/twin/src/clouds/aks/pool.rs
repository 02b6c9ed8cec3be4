//! Agent pools as resources.

use http::StatusCode;
use serde_json::{Value, json};
use upgrade_core::version::Version;

use super::call::{Call, Reply};
use super::refusal::Refusal;
use super::{cluster, fault, operation, settings};
use crate::clouds::operations::{Kind, Operation, State, Subject};
use crate::clouds::pools::{self, Pool, PoolState};
use crate::clouds::{self, Place, Request, Seen};
use crate::digest;
use crate::json::{set, text};
use crate::world::World;

pub(super) fn list(world: &World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let seen = cloud.seen(world.clock().elapsed());
    let pools = seen.pools.values().map(|pool| shown(&cloud.place, seen, pool)).collect();
    cluster::page(cloud, call, pools)
}

pub(super) fn get(world: &World, name: &str) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let seen = cloud.seen(world.clock().elapsed());
    let pool = seen.pools.get(name).ok_or_else(|| Refusal::no_pool(name))?;
    Ok(Reply::ok(shown(&cloud.place, seen, pool)))
}

pub(super) fn delete(world: &mut World, call: &Call<'_>, name: &str) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let seen = cloud.now();
    let Some(pool) = seen.pools.get(name) else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    matches(call, &etag(&properties(seen, pool)))?;
    let systems = seen.pools.values().filter(|pool| is_system(pool)).count();
    if is_system(pool) && systems == 1 {
        let message = format!("Pool {name} is the last system pool: there has to be at least one system agent pool.");
        return Err(Refusal::bad("OperationNotAllowed", message));
    }
    let ignored = call.parameter("ignore-pod-disruption-budget") == Some("true");
    let id = pools::delete(world, name, ignored, Request::default())?;
    Ok(Reply::empty(StatusCode::ACCEPTED).begun(&operation::link(world, call, &id)))
}

/// Refuses a change of something that is no longer as it was read.
pub(super) fn matches(call: &Call<'_>, current: &str) -> Result<(), Refusal> {
    match call.header("if-match").map(|given| given.trim_matches('"')) {
        Some(given) if given != "*" && given != current => Err(Refusal::changed_meanwhile(given, current)),
        Some(_) | None => Ok(()),
    }
}

/// A pool on its own.
pub(super) fn shown(place: &Place, seen: &Seen, pool: &Pool) -> Value {
    let mut properties = properties(seen, pool);
    let etag = etag(&properties);
    set(&mut properties, &["eTag"], etag);
    json!({
        "id": format!("{}/agentPools/{}", cluster::id(place), pool.spec.name),
        "name": pool.spec.name,
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "properties": properties,
    })
}

/// A pool as it stands within its cluster.
pub(super) fn within_cluster(seen: &Seen, pool: &Pool) -> Value {
    let mut properties = properties(seen, pool);
    let etag = etag(&properties);
    set(&mut properties, &["eTag"], etag);
    set(&mut properties, &["name"], pool.spec.name.as_str());
    properties
}

pub(super) fn etag(properties: &Value) -> String {
    digest::uuid(&properties.to_string())
}

pub(super) fn properties(seen: &Seen, pool: &Pool) -> Value {
    let spec = &pool.spec;
    let mut value = Value::Object(spec.extra.clone());
    let mut put = |key: &str, to: Value| set(&mut value, &[key], to);
    let size = spec.size;
    put("count", size.desired.into());
    if size.autoscaled {
        put("enableAutoScaling", true.into());
        put("minCount", size.min.into());
        put("maxCount", size.max.into());
    }
    put("availabilityZones", spec.zones.iter().map(|zone| zone_number(zone)).collect::<Vec<_>>().into());
    put("nodeLabels", json!(spec.labels));
    put("nodeTaints", spec.taints.iter().map(taint).collect::<Vec<_>>().into());
    put("maxPods", spec.pods.into());
    put("orchestratorVersion", spec.version.to_string().into());
    put("currentOrchestratorVersion", running(pool).to_string().into());
    put("nodeImageVersion", spec.image.as_str().into());
    put("upgradeSettings", settings::shown(&spec.settings));
    put("powerState", json!({"code": "Running"}));
    let last = last_operation(seen, &spec.name);
    put("provisioningState", state(pool, last).into());
    if let Some(failed) = last.filter(|last| last.state == State::Failed) {
        put("status", json!({"provisioningError": fault::of(failed)}));
    }
    value
}

/// The oldest version that its nodes run.
fn running(pool: &Pool) -> &Version {
    let versions = pool.members.values().map(|member| &member.version);
    versions.min().filter(|oldest| **oldest < pool.spec.version).unwrap_or(&pool.spec.version)
}

fn last_operation<'a>(seen: &'a Seen, name: &str) -> Option<&'a Operation> {
    let ours = |one: &&Operation| matches!(&one.subject, Subject::Pool(pool) if pool == name);
    seen.operations.iter().rev().find(ours)
}

fn state(pool: &Pool, last: Option<&Operation>) -> &'static str {
    match pool.state {
        PoolState::CreateFailed => "Failed",
        PoolState::Creating => "Creating",
        PoolState::Deleting => "Deleting",
        PoolState::Active | PoolState::Updating => cluster::state(last.filter(|last| last.kind != Kind::PoolDelete)),
    }
}

pub(super) fn is_system(pool: &Pool) -> bool {
    pool.spec.extra.get("mode").and_then(Value::as_str).is_some_and(|mode| mode.eq_ignore_ascii_case("system"))
}

/// `westeurope-1` is zone 1.
fn zone_number(zone: &str) -> String {
    zone.rsplit('-').next().unwrap_or(zone).to_owned()
}

fn taint(taint: &Value) -> String {
    format!("{}={}:{}", text(taint, "/key"), text(taint, "/value"), text(taint, "/effect"))
}
