//! The managed cluster as a resource.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::refusal::Refusal;
use super::{fault, pool};
use crate::clouds::faults;
use crate::clouds::operations::{Kind, Operation, State, Subject};
use crate::clouds::{self, CloudWorld, Place, Seen};
use crate::digest;
use crate::json::set;
use crate::world::World;

/// The subject of upgrades of the cluster as a whole: the control plane and the pools below are busy besides.
pub(super) const WHOLE: &str = "managedCluster";

/// The form in which a cluster keeps what its owner set and nothing here acts upon: as the resource itself.
pub(super) const KEPT: [&str; 6] = ["tags", "sku", "identity", "kind", "extendedLocation", "properties"];

pub(super) fn list(world: &World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let clusters = vec![shown(cloud, cloud.seen(world.clock().elapsed()))];
    page(cloud, call, clusters)
}

/// One page of a list.
pub(super) fn page(cloud: &CloudWorld, call: &Call<'_>, items: Vec<Value>) -> Result<Reply, Refusal> {
    let token = call.parameter("$skiptoken").unwrap_or_default();
    let page = faults::page(&cloud.faults, items, None, token)
        .ok_or_else(|| Refusal::bad("InvalidParameter", "The skip token was not given out."))?;
    let version = call.parameter("api-version").unwrap_or_default();
    let path: String = call.words.iter().map(|word| format!("/{word}")).collect();
    let next = page.next.map(|next| format!("{}{path}?api-version={version}&%24skiptoken={next}", call.base()));
    Ok(Reply::list(page.items, next))
}

pub(super) fn get(world: &World) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    Ok(Reply::ok(shown(cloud, cloud.seen(world.clock().elapsed()))))
}

/// When Azure may change the cluster by itself: what its owner set.
pub(super) fn maintenance(world: &World) -> Result<Reply, Refusal> {
    let kept = clouds::of(world)?.now().extra.get("maintenanceConfigurations").and_then(Value::as_array);
    Ok(Reply::list(kept.cloned().unwrap_or_default(), None))
}

/// The cluster as it is written, with its ETag.
pub(super) fn shown(cloud: &CloudWorld, seen: &Seen) -> Value {
    let mut value = json!({"properties": {}});
    for key in KEPT {
        if let Some(kept) = seen.extra.get(key) {
            set(&mut value, &[key], kept.clone());
        }
    }
    let place = &cloud.place;
    set(&mut value, &["id"], id(place));
    set(&mut value, &["location"], place.region.as_str());
    set(&mut value, &["name"], place.cluster.as_str());
    set(&mut value, &["type"], "Microsoft.ContainerService/ManagedClusters");
    for (key, property) in properties(cloud, seen) {
        set(&mut value, &["properties", key], property);
    }
    let etag = digest::uuid(&value.to_string());
    set(&mut value, &["eTag"], etag);
    value
}

fn properties(cloud: &CloudWorld, seen: &Seen) -> Vec<(&'static str, Value)> {
    let place = &cloud.place;
    let last = last_operation(seen);
    let asked = asked_version(seen, last);
    let pools: Vec<Value> = seen.pools.values().map(|pool| pool::within_cluster(seen, pool)).collect();
    let mut properties = vec![
        ("provisioningState", state(last).into()),
        ("powerState", json!({"code": "Running"})),
        ("kubernetesVersion", asked.into()),
        ("currentKubernetesVersion", seen.control_plane.version.to_string().into()),
        ("dnsPrefix", place.cluster.as_str().into()),
        ("fqdn", fqdn(place).into()),
        ("azurePortalFQDN", fqdn(place).replacen(".hcp.", ".portal.hcp.", 1).into()),
        ("agentPoolProfiles", pools.into()),
        ("nodeResourceGroup", format!("MC_{}_{}_{}", place.group, place.cluster, place.region).into()),
        ("maxAgentPools", 100.into()),
        ("enableRBAC", true.into()),
        ("resourceUID", digest::uuid(&id(place)).replace('-', "").into()),
    ];
    if let Some(failure) = last.filter(|last| last.state == State::Failed) {
        properties.push(("status", json!({"provisioningError": fault::of(failure)})));
    }
    properties
}

/// What was asked for: while an upgrade goes on, and after one that failed, that is not what runs.
fn asked_version(seen: &Seen, last: Option<&Operation>) -> String {
    let unfinished = last.filter(|last| last.state != State::Done).and_then(|last| last.target.as_ref());
    unfinished.unwrap_or(&seen.control_plane.version).to_string()
}

/// The newest operation on the cluster itself.
pub(super) fn last_operation(seen: &Seen) -> Option<&Operation> {
    let whole = Subject::Other(WHOLE.to_owned());
    let ours = |one: &&Operation| one.subject == Subject::Cluster || one.subject == whole;
    let running = seen.operations.iter().rev().filter(ours).find(|one| !one.state.ended());
    running.or_else(|| seen.operations.iter().rev().find(ours))
}

/// Marks operations that renew the image of a pool's nodes and nothing else.
pub(super) const IMAGE_ALONE: &str = "imageAlone";

/// A provisioning state, as of the newest operation.
pub(super) fn state(last: Option<&Operation>) -> &'static str {
    match last.map(|last| (last.state, last.kind)) {
        Some((State::Running, _)) if last.is_some_and(|last| last.extra.contains_key(IMAGE_ALONE)) => {
            "UpgradingNodeImageVersion"
        }
        None | Some((State::Done, _)) => "Succeeded",
        Some((State::Failed, _)) => "Failed",
        Some((State::Cancelled, _)) => "Canceled",
        Some((State::Cancelling, _)) => "Canceling",
        Some((State::Running, Kind::ControlPlane | Kind::PoolUpgrade | Kind::PoolRollback)) => "Upgrading",
        Some((State::Running, Kind::PoolCreate)) => "Creating",
        Some((State::Running, Kind::PoolDelete)) => "Deleting",
        Some((State::Running, Kind::PoolResize)) => "Scaling",
        Some((State::Running, Kind::Other(name))) => name,
    }
}

pub(super) fn id(place: &Place) -> String {
    format!(
        "/subscriptions/{}/resourcegroups/{}/providers/Microsoft.ContainerService/managedClusters/{}",
        place.account, place.group, place.cluster
    )
}

/// The name of a cluster's API server, as its kubeconfig has it.
#[must_use]
pub fn fqdn(place: &Place) -> String {
    let hash = digest::fnv32(&id(place));
    format!("{}-{hash:08x}.hcp.{}.azmk8s.io", place.cluster, place.region)
}
