//! Operations, as GKE describes them.

use serde_json::{Value, json};

use super::cluster;
use super::fault::Fault;
use crate::clouds::faults::Shortage;
use crate::clouds::operations::{self, Failure, FailureCode, Kind, Operation, OperationId, State, Subject};
use crate::clouds::{CloudWorld, Seen, of};
use crate::json;
use crate::world::World;

/// Whether anything goes on that keeps the cluster.
pub(super) fn any(seen: &Seen) -> bool {
    seen.operations.iter().any(|one| !one.state.ended())
}

/// What goes on in a pool.
pub(super) fn running_on<'a>(seen: &'a Seen, pool: &str) -> Option<&'a Operation> {
    let of_pool = |one: &&Operation| one.subject == Subject::Pool(pool.to_owned()) && !one.state.ended();
    seen.operations.iter().rfind(of_pool)
}

/// `projects.locations.operations.list`.
pub(super) fn list(cloud: &CloudWorld, seen: &Seen, here: bool) -> Value {
    let all = seen.operations.iter().rev().filter(|_| here);
    let all: Vec<Value> = all.map(|one| show(cloud, one)).collect();
    // It has no pages. What lacks is what a zone did not answer, and is told.
    match cloud.faults.page_size {
        None => json!({ "operations": all }),
        Some(size) => json!({
            "operations": all.into_iter().take(size).collect::<Vec<_>>(),
            "missingZones": [format!("{}-b", cloud.place.region)],
        }),
    }
}

/// `projects.locations.operations.get`. One that is asked for by its name is seen at once, however lists and descriptions
/// lag behind.
pub(super) fn get(cloud: &CloudWorld, id: &str) -> Result<Value, Fault> {
    let found = cloud.now().operations.iter().find(|one| name(&one.id) == id);
    found.map(|one| show(cloud, one)).ok_or_else(|| none(cloud, id))
}

fn none(cloud: &CloudWorld, id: &str) -> Fault {
    let place = &cloud.place;
    Fault::not_found(&format!("projects/{}/locations/{}/operations/{id}", place.account, place.region))
}

/// `projects.locations.operations.cancel`.
pub(super) fn cancel(world: &mut World, id: &str) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let found = cloud.now().operations.iter().find(|one| name(&one.id) == id).map(|one| one.id.clone());
    let found = found.ok_or_else(|| none(cloud, id))?;
    operations::cancel(world, &found)?;
    Ok(json!({}))
}

/// How one just begun is described, whatever readers see yet.
pub(super) fn begun(world: &World, id: &OperationId) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let found = operations::look(world, id).map(|one| show(cloud, one));
    found.ok_or_else(|| none(cloud, &name(id)))
}

fn name(id: &OperationId) -> String {
    format!("operation-{id}")
}

fn show(cloud: &CloudWorld, one: &Operation) -> Value {
    let place = &cloud.place;
    let target = match &one.subject {
        Subject::Cluster | Subject::Other(_) => cluster::link(place),
        Subject::Pool(pool) => format!("{}/nodePools/{pool}", cluster::link(place)),
    };
    let kept = |key: &str| one.extra.get(key).and_then(Value::as_str);
    let mut shown = json!({
        "name": name(&one.id),
        "operationType": kept("operationType").unwrap_or_else(|| kind(one.kind)),
        "status": status(one.state),
        "location": place.region,
        "zone": place.region,
        "startTime": one.started.to_string(),
        "targetLink": target,
        "selfLink": format!("{}/operations/{}", cluster::location(place), name(&one.id)),
    });
    if let Some(ended) = one.ended {
        json::set(&mut shown, &["endTime"], ended.to_string());
    }
    if let Some(detail) = kept("detail") {
        json::set(&mut shown, &["detail"], detail);
    }
    if let Some(progress) = one.progress {
        let metric = |name: &str, value: u32| json!({ "name": name, "intValue": value.to_string() });
        let metrics = json!([metric("NODES_TOTAL", progress.total), metric("NODES_DONE", progress.done)]);
        json::set(&mut shown, &["progress"], json!({ "status": status(one.state), "metrics": metrics }));
    }
    if let Some(error) = error(one) {
        json::set(&mut shown, &["statusMessage"], json::text(&error, "/message"));
        json::set(&mut shown, &["error"], error);
        let list = match one.subject {
            Subject::Pool(_) => "nodepoolConditions",
            Subject::Cluster | Subject::Other(_) => "clusterConditions",
        };
        json::set(&mut shown, &[list], conditions(&one.failures));
    }
    shown
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::ControlPlane => "UPGRADE_MASTER",
        Kind::PoolUpgrade | Kind::PoolRollback => "UPGRADE_NODES",
        Kind::PoolCreate => "CREATE_NODE_POOL",
        Kind::PoolDelete => "DELETE_NODE_POOL",
        Kind::PoolResize => "SET_NODE_POOL_SIZE",
        Kind::Other(_) => "UPDATE_CLUSTER",
    }
}

const fn status(state: State) -> &'static str {
    match state {
        State::Running => "RUNNING",
        State::Cancelling => "ABORTING",
        State::Done | State::Failed | State::Cancelled => "DONE",
    }
}

/// Google's numbers for what went wrong.
fn error(one: &Operation) -> Option<Value> {
    const CANCELLED: u8 = 1;
    const RESOURCE_EXHAUSTED: u8 = 8;
    const INTERNAL: u8 = 13;
    let failed = one.failures.first().map(|failure| {
        let code = match failure.code {
            FailureCode::NoMachine(_) => RESOURCE_EXHAUSTED,
            FailureCode::PodEviction | FailureCode::NodeNeverJoined | FailureCode::Internal => INTERNAL,
        };
        json!({ "code": code, "message": message(failure) })
    });
    let cancelled =
        (one.state == State::Cancelled).then(|| json!({ "code": CANCELLED, "message": "Operation was cancelled." }));
    failed.filter(|_| one.state.ended()).or(cancelled)
}

/// What GKE says of something that went wrong.
pub(super) fn message(failure: &Failure) -> String {
    let node = failure.nodes.first().map_or("", String::as_str);
    match failure.code {
        FailureCode::NoMachine(Shortage::Quota) => {
            "Google Compute Engine: [GCE_QUOTA_EXCEEDED]: Instance creation failed: Quota 'CPUS' exceeded.".to_owned()
        }
        FailureCode::NoMachine(Shortage::Addresses) => {
            "Google Compute Engine: [IP_SPACE_EXHAUSTED]: Instance creation failed: IP space of the subnetwork is \
             exhausted."
                .to_owned()
        }
        FailureCode::NoMachine(Shortage::Stock) => {
            "Google Compute Engine: [ZONE_RESOURCE_POOL_EXHAUSTED]: Instance creation failed: the zone does not have \
             enough resources available to fulfill the request."
                .to_owned()
        }
        FailureCode::NodeNeverJoined => {
            format!("All cluster resources were brought up, but: only some nodes have registered; {node} has not.")
        }
        FailureCode::PodEviction => format!("Failed to drain node {node}: pods could not be evicted in time."),
        FailureCode::Internal => format!("Internal error: {}.", failure.message),
    }
}

/// The causes, by the names of conditions.
pub(super) fn conditions(failures: &[Failure]) -> Value {
    let condition = |failure: &Failure| {
        let (code, canonical) = match failure.code {
            FailureCode::NoMachine(Shortage::Quota) => ("GCE_QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"),
            FailureCode::NoMachine(Shortage::Stock) => ("GCE_STOCKOUT", "RESOURCE_EXHAUSTED"),
            FailureCode::NoMachine(Shortage::Addresses) => ("UNKNOWN", "RESOURCE_EXHAUSTED"),
            FailureCode::PodEviction | FailureCode::NodeNeverJoined | FailureCode::Internal => ("UNKNOWN", "INTERNAL"),
        };
        json!({ "code": code, "canonicalCode": canonical, "message": message(failure) })
    };
    failures.iter().map(condition).collect()
}
