//! Node pools, as GKE describes them.

use serde_json::{Map, Value, json};

use super::cluster;
use super::fault::Fault;
use super::operation;
use super::settings;
use crate::clouds::operations::Phase;
use crate::clouds::pools::{Colour, Pool, PoolState};
use crate::clouds::{CloudWorld, Seen};
use crate::digest;
use crate::json;

/// `projects.locations.clusters.nodePools.get`.
pub(super) fn get(cloud: &CloudWorld, seen: &Seen, name: &str) -> Result<Value, Fault> {
    Ok(show(cloud, seen, find(cloud, seen, name)?))
}

/// `projects.locations.clusters.nodePools.list`.
pub(super) fn list(cloud: &CloudWorld, seen: &Seen) -> Value {
    json!({ "nodePools": seen.pools.values().map(|pool| show(cloud, seen, pool)).collect::<Vec<_>>() })
}

/// The pool of that name, as a reader sees it.
pub(super) fn find<'a>(cloud: &CloudWorld, seen: &'a Seen, name: &str) -> Result<&'a Pool, Fault> {
    let place = &cloud.place;
    seen.pools.get(name).ok_or_else(|| {
        Fault::not_found(&format!(
            "projects/{}/locations/{}/clusters/{}/nodePools/{name}",
            place.account, place.region, place.cluster
        ))
    })
}

/// How it is described.
pub(super) fn show(cloud: &CloudWorld, seen: &Seen, pool: &Pool) -> Value {
    let spec = &pool.spec;
    let zones = u32::try_from(spec.zones.len()).unwrap_or(1).max(1);
    let mut shown = json!({
        "name": spec.name,
        "config": config(pool),
        "initialNodeCount": spec.size.desired.div_ceil(zones),
        "locations": spec.zones,
        "selfLink": format!("{}/nodePools/{}", cluster::link(&cloud.place), spec.name),
        "version": spec.version.to_string(),
        "status": status(pool),
        "management": { "autoUpgrade": true, "autoRepair": true },
        "maxPodsConstraint": { "maxPodsPerNode": spec.pods.to_string() },
        "podIpv4CidrSize": 24,
        "upgradeSettings": settings::show(&spec.settings),
        "instanceGroupUrls": groups(cloud, pool, None),
        "etag": digest::uuid(&format!("pool {} {}", spec.name, pool.changes)),
    });
    if spec.size.autoscaled {
        let limits = json!({
            "enabled": true, "minNodeCount": spec.size.min.div_ceil(zones), "maxNodeCount": spec.size.max.div_ceil(zones),
        });
        json::set(&mut shown, &["autoscaling"], limits);
    }
    if let Some(failure) = pool.health.first() {
        json::set(&mut shown, &["statusMessage"], operation::message(failure));
        json::set(&mut shown, &["conditions"], operation::conditions(&pool.health));
    }
    if let Some(info) = blue_green(cloud, seen, pool) {
        json::set(&mut shown, &["updateInfo"], json!({ "blueGreenInfo": info }));
    }
    for (member, value) in spec.extra.get("pool").and_then(Value::as_object).into_iter().flatten() {
        json::set(&mut shown, &[member], value.clone());
    }
    shown
}

fn config(pool: &Pool) -> Value {
    let spec = &pool.spec;
    let taints: Vec<Value> = spec.taints.iter().map(taint).collect();
    let mut config = json!({
        "machineType": "e2-standard-4",
        "diskSizeGb": 100,
        "diskType": "pd-balanced",
        "imageType": "COS_CONTAINERD",
        "oauthScopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "serviceAccount": "default",
        "labels": spec.labels,
        "metadata": { "disable-legacy-endpoints": "true" },
        "shieldedInstanceConfig": { "enableIntegrityMonitoring": true },
        "taints": taints,
    });
    for (member, value) in spec.extra.get("config").and_then(Value::as_object).into_iter().flatten() {
        json::set(&mut config, &[member], value.clone());
    }
    config
}

/// Kubernetes and GKE write the effects of taints differently.
const EFFECTS: [(&str, &str, u64); 3] =
    [("NoSchedule", "NO_SCHEDULE", 1), ("PreferNoSchedule", "PREFER_NO_SCHEDULE", 2), ("NoExecute", "NO_EXECUTE", 3)];

fn taint(taint: &Value) -> Value {
    let effect = EFFECTS.iter().find(|(here, ..)| *here == json::text(taint, "/effect")).map(|(_, there, _)| *there);
    json!({ "key": json::text(taint, "/key"), "value": json::text(taint, "/value"), "effect": effect })
}

/// Taints as Kubernetes has them.
pub(super) fn taints(config: &Value) -> Vec<Value> {
    let effect = |asked: &Value| {
        let found = EFFECTS.iter().find(|(_, name, number)| asked == name || asked.as_u64() == Some(*number));
        found.map(|(here, ..)| *here)
    };
    let taint = |taint: &Value| {
        let mut made = Map::new();
        made.insert("key".to_owned(), json!(json::text(taint, "/key")));
        made.insert("value".to_owned(), json!(json::text(taint, "/value")));
        made.insert("effect".to_owned(), json!(effect(json::at(taint, "/effect"))));
        Value::Object(made)
    };
    json::items(config, "/taints").map(taint).collect()
}

const fn status(pool: &Pool) -> &'static str {
    match pool.state {
        PoolState::Creating => "PROVISIONING",
        PoolState::Active if pool.health.is_empty() => "RUNNING",
        PoolState::Active => "RUNNING_WITH_ERROR",
        PoolState::Updating => "RECONCILING",
        PoolState::Deleting => "STOPPING",
        PoolState::CreateFailed => "ERROR",
    }
}

fn groups(cloud: &CloudWorld, pool: &Pool, colour: Option<Colour>) -> Vec<String> {
    let place = &cloud.place;
    let shade = match colour {
        Some(Colour::Green) => "-green",
        Some(Colour::Blue) | None => "",
    };
    let group = |zone: &String| {
        format!(
            "https://www.googleapis.com/compute/v1/projects/{}/zones/{zone}/instanceGroupManagers/gke-{}-{}{shade}-grp",
            place.account, place.cluster, pool.spec.name
        )
    };
    pool.spec.zones.iter().map(group).collect()
}

/// Where a blue-green upgrade is, while it goes on or has stopped half-way.
fn blue_green(cloud: &CloudWorld, seen: &Seen, pool: &Pool) -> Option<Value> {
    let coloured = pool.members.values().any(|member| member.colour.is_some());
    let phase = operation::running_on(seen, &pool.spec.name).and_then(|one| one.progress).map(|now| now.phase);
    let phase = match phase? {
        Phase::Preparing => "UPDATE_STARTED",
        Phase::CreatingGreen => "CREATING_GREEN_POOL",
        Phase::CordoningBlue => "CORDONING_BLUE_POOL",
        Phase::DrainingBlue => "DRAINING_BLUE_POOL",
        Phase::Soaking => "NODE_POOL_SOAKING",
        Phase::DeletingBlue => "DELETING_BLUE_POOL",
        Phase::RollingBack => "ROLLBACK_STARTED",
        Phase::Replacing => return None,
    };
    coloured.then(|| {
        json!({
            "phase": phase,
            "greenPoolVersion": pool.spec.version.to_string(),
            "blueInstanceGroupUrls": groups(cloud, pool, Some(Colour::Blue)),
            "greenInstanceGroupUrls": groups(cloud, pool, Some(Colour::Green)),
        })
    })
}
