//! Node groups as EKS describes them.

use serde_json::{Map, Value, json};
use upgrade_core::version::Version;

use crate::clouds::eks::asked::Asked;
use crate::clouds::eks::fault::Fault;
use crate::clouds::eks::route::{page, part, seen};
use crate::clouds::eks::{clusters, names, updates};
use crate::clouds::faults::Shortage;
use crate::clouds::operations::{Failure, FailureCode, Kind, State, Subject};
use crate::clouds::pools::{Pool, PoolState};
use crate::clouds::{CloudWorld, Refused, Seen, of};
use crate::digest;
use crate::json;
use crate::world::World;

/// `ListNodegroups`.
pub(in crate::clouds::eks) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let names = seen(world)?.pools.keys().map(|name| json!(name)).collect();
    page(world, asked, "nodegroups", names)
}

/// `DescribeNodegroup`.
pub(in crate::clouds::eks) fn describe(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let (cloud, seen) = (of(world)?, seen(world)?);
    let name = part(asked, 3);
    let pool = seen.pools.get(name).ok_or_else(|| Refused::NoPool(name.to_owned()))?;
    Ok(json!({ "nodegroup": nodegroup(cloud, seen, pool) }))
}

/// The version and image that EKS tells: those of before, until an upgrade from them has succeeded.
pub(in crate::clouds::eks) fn version<'a>(seen: &Seen, pool: &'a Pool) -> (&'a Version, &'a str) {
    let subject = Subject::Pool(pool.spec.name.clone());
    let last = seen.operations.iter().rfind(|one| one.subject == subject && one.kind == Kind::PoolUpgrade);
    let not_yet = last.is_some_and(|one| one.state != State::Done);
    match pool.previous.as_ref().filter(|_| not_yet) {
        Some(before) => (&before.version, &before.image),
        None => (&pool.spec.version, &pool.spec.image),
    }
}

pub(super) fn nodegroup(cloud: &CloudWorld, seen: &Seen, pool: &Pool) -> Value {
    let (place, spec) = (&cloud.place, &pool.spec);
    let (name, cluster) = (&spec.name, &place.cluster);
    let (version, image) = version(seen, pool);
    let id = digest::uuid(&format!("{cluster} {name}"));
    let issues = issues(pool);
    let taints = spec.taints.iter().map(taint).collect::<Vec<_>>();
    let subnets: Vec<String> = spec.zones.iter().map(|zone| clusters::subnet(cloud, zone)).collect();
    let mut group = json!({
        "nodegroupName": name,
        "nodegroupArn": names::arn(place, &format!("nodegroup/{cluster}/{name}/{id}")),
        "clusterName": cluster,
        "version": version.minor().to_string(),
        "releaseVersion": image,
        "createdAt": names::time(pool.created),
        "modifiedAt": names::time(pool.changed),
        "status": status(seen, pool, !issues.is_empty()),
        "capacityType": "ON_DEMAND",
        "scalingConfig": {
            "minSize": spec.size.min, "maxSize": spec.size.max.max(1), "desiredSize": spec.size.desired,
        },
        "instanceTypes": ["m6i.xlarge"],
        "subnets": subnets,
        "amiType": "AL2023_x86_64_STANDARD",
        "nodeRole": names::role(place, &format!("{cluster}-nodes")),
        "labels": spec.labels,
        "taints": taints,
        "resources": { "autoScalingGroups": [{ "name": format!("eks-{name}-{id}") }] },
        "diskSize": 20,
        "health": { "issues": issues },
        "updateConfig": { "maxUnavailable": 1 },
        "tags": {},
    });
    for (member, value) in &spec.extra {
        json::set(&mut group, &[member], value.clone());
    }
    group
}

fn status(seen: &Seen, pool: &Pool, ails: bool) -> &'static str {
    let subject = Subject::Pool(pool.spec.name.clone());
    let busy = seen.operations.iter().any(|one| one.subject == subject && !one.state.ended());
    match pool.state {
        PoolState::Creating => "CREATING",
        PoolState::Deleting => "DELETING",
        PoolState::CreateFailed => "CREATE_FAILED",
        PoolState::Updating => "UPDATING",
        PoolState::Active if busy => "UPDATING",
        PoolState::Active if ails => "DEGRADED",
        PoolState::Active => "ACTIVE",
    }
}

fn issues(pool: &Pool) -> Vec<Value> {
    let issue = |failure: &Failure| {
        let code = match failure.code {
            FailureCode::PodEviction | FailureCode::Internal => return None,
            FailureCode::NodeNeverJoined => "NodeCreationFailure",
            FailureCode::NoMachine(Shortage::Addresses) => "InsufficientFreeAddresses",
            FailureCode::NoMachine(Shortage::Quota) => "InstanceLimitExceeded",
            FailureCode::NoMachine(Shortage::Stock) => "AsgInstanceLaunchFailures",
        };
        let (_, message) = updates::words(failure, &pool.spec.name);
        Some(json!({ "code": code, "message": message, "resourceIds": failure.nodes }))
    };
    pool.health.iter().filter_map(issue).collect()
}

const EFFECTS: [(&str, &str); 3] =
    [("NoSchedule", "NO_SCHEDULE"), ("NoExecute", "NO_EXECUTE"), ("PreferNoSchedule", "PREFER_NO_SCHEDULE")];

/// A taint of Kubernetes, as EKS writes it.
fn taint(taint: &Value) -> Value {
    let effect = EFFECTS.iter().find(|(effect, _)| *effect == json::text(taint, "/effect"));
    let mut written = Map::new();
    written.insert("key".to_owned(), json!(json::text(taint, "/key")));
    if let Some(value) = taint.get("value") {
        written.insert("value".to_owned(), value.clone());
    }
    written.insert("effect".to_owned(), json!(effect.map(|(_, word)| *word)));
    Value::Object(written)
}

/// A taint of EKS, as Kubernetes has it.
pub(super) fn of_taint(taint: &Value) -> Value {
    let effect = EFFECTS.iter().find(|(_, word)| *word == json::text(taint, "/effect"));
    let mut written = taint.clone();
    json::set(&mut written, &["effect"], effect.map_or("NoSchedule", |(effect, _)| effect));
    written
}
