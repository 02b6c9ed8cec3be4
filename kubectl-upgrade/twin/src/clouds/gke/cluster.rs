//! Clusters, as GKE describes them.

use serde_json::{Value, json};

use super::{operation, pool, versions};
use crate::clouds::{CloudWorld, Place, Seen};
use crate::digest;
use crate::json;

/// `projects.locations.clusters.get`.
pub(super) fn show(cloud: &CloudWorld, seen: &Seen) -> Value {
    let place = &cloud.place;
    let plane = &seen.control_plane;
    let oldest = seen.pools.values().map(|pool| &pool.spec.version).min().unwrap_or(&plane.version);
    let zones = zones(seen);
    let count: usize = seen.pools.values().map(|pool| pool.members.len()).sum();
    let mut cluster = json!({
        "name": place.cluster,
        "id": digest::uuid(&format!("{} {}", place.account, place.cluster)).replace('-', ""),
        "location": place.region,
        "zone": place.region,
        "locations": zones,
        "selfLink": link(place),
        "endpoint": "203.0.113.10",
        "network": "default",
        "subnetwork": "default",
        "loggingService": "logging.googleapis.com/kubernetes",
        "monitoringService": "monitoring.googleapis.com/kubernetes",
        "masterAuth": { "clientCertificateConfig": {} },
        "createTime": cloud.created.to_string(),
        "initialClusterVersion": plane.version.to_string(),
        "currentMasterVersion": plane.version.to_string(),
        "currentNodeVersion": oldest.to_string(),
        "currentNodeCount": count,
        "status": if operation::any(seen) { "RECONCILING" } else { "RUNNING" },
        "releaseChannel": {},
        "autopilot": {},
        "maintenancePolicy": {},
        "nodePools": seen.pools.values().map(|one| pool::show(cloud, seen, one)).collect::<Vec<_>>(),
        "etag": digest::uuid(&format!("cluster {} {}", place.cluster, plane.changes)),
    });
    if let Some(minor) = plane.emulates {
        json::set(&mut cluster, &["currentEmulatedVersion"], minor.to_string());
    }
    let channel = versions::channel(cloud);
    if !channel.is_empty() {
        json::set(&mut cluster, &["releaseChannel", "channel"], channel);
    }
    for (member, value) in seen.extra.get("cluster").and_then(Value::as_object).into_iter().flatten() {
        json::set(&mut cluster, &[member], value.clone());
    }
    cluster
}

/// `projects.locations.clusters.list`.
pub(super) fn list(cloud: &CloudWorld, seen: &Seen, here: bool) -> Value {
    let clusters: Vec<Value> = here.then(|| show(cloud, seen)).into_iter().collect();
    json!({ "clusters": clusters })
}

/// The zones of all pools.
fn zones(seen: &Seen) -> Vec<&String> {
    let mut zones: Vec<&String> = seen.pools.values().flat_map(|pool| &pool.spec.zones).collect();
    zones.sort();
    zones.dedup();
    zones
}

/// Where the cluster is.
pub(super) fn link(place: &Place) -> String {
    format!("{}/clusters/{}", location(place), place.cluster)
}

/// Where its location is.
pub(super) fn location(place: &Place) -> String {
    let kind = if is_zone(&place.region) { "zones" } else { "locations" };
    format!("https://container.googleapis.com/v1/projects/{}/{kind}/{}", place.account, place.region)
}

fn is_zone(location: &str) -> bool {
    location.rsplit_once('-').is_some_and(|(_, zone)| zone.len() == 1)
}
