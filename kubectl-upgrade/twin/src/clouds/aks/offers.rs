//! What is on offer: for the cluster, for its pools, in the region.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use upgrade_core::version::Minor;

use super::call::Reply;
use super::refusal::Refusal;
use super::{cluster, judge};
use crate::clouds::pools::Pool;
use crate::clouds::{self, CloudWorld, Offer};
use crate::json::set;
use crate::world::World;

/// How long a pool can go back.
pub(super) const WAY_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where the cluster can go.
pub(super) fn of_cluster(world: &World) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let seen = cloud.seen(world.clock().elapsed());
    let plane = json!({
        "kubernetesVersion": seen.control_plane.version.to_string(),
        "osType": "Linux",
        "upgrades": upgrades(&judge::reachable(cloud, seen)),
    });
    let of_pool = |pool: &Pool| {
        json!({
            "name": pool.spec.name,
            "kubernetesVersion": pool.spec.version.to_string(),
            "osType": "Linux",
            "upgrades": upgrades(&judge::reachable_by_pool(cloud, seen, &pool.spec.version)),
        })
    };
    let pools: Vec<Value> = seen.pools.values().map(of_pool).collect();
    Ok(Reply::ok(json!({
        "id": format!("{}/upgradeprofiles/default", cluster::id(&cloud.place)),
        "name": "default",
        "type": "Microsoft.ContainerService/managedClusters/upgradeprofiles",
        "properties": {"controlPlaneProfile": plane, "agentPoolProfiles": pools},
    })))
}

/// Where a pool can go, and where it came from.
pub(super) fn of_pool(world: &World, name: &str) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let seen = cloud.seen(world.clock().elapsed());
    let pool = seen.pools.get(name).ok_or_else(|| Refusal::no_pool(name))?;
    let mut properties = json!({
        "kubernetesVersion": pool.spec.version.to_string(),
        "osType": "Linux",
        "upgrades": upgrades(&judge::reachable_by_pool(cloud, seen, &pool.spec.version)),
        "latestNodeImageVersion": newest_image(cloud, pool),
    });
    let back = pool.previous.as_ref().filter(|back| world.now().duration_since(back.at) < WAY_BACK);
    if let Some(back) = back {
        let used = json!([{
            "orchestratorVersion": back.version.to_string(),
            "nodeImageVersion": back.image,
            "timestamp": back.at.to_string(),
        }]);
        set(&mut properties, &["recentlyUsedVersions"], used);
    }
    Ok(Reply::ok(json!({
        "id": format!("{}/agentPools/{name}/upgradeProfiles/default", cluster::id(&cloud.place)),
        "name": "default",
        "type": "Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles",
        "properties": properties,
    })))
}

/// The newest image that goes with a pool's version.
pub(super) fn newest_image(cloud: &CloudWorld, pool: &Pool) -> String {
    let offer = cloud.offers.iter().find(|offer| offer.node_version == pool.spec.version);
    offer.map_or_else(|| pool.spec.image.clone(), |offer| offer.image.clone())
}

/// What a new pool can be.
pub(super) fn for_new_pools(world: &World) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let plane = &cloud.seen(world.clock().elapsed()).control_plane.version;
    let fits = |offer: &&Offer| offer.node_version <= *plane && plane.minor().ahead_of(offer.version.minor()) <= 3;
    let versions: Vec<Value> = cloud
        .offers
        .iter()
        .filter(fits)
        .map(|offer| {
            let default = offer.version == *plane;
            json!({"default": default, "kubernetesVersion": offer.version.to_string(), "isPreview": judge::is_preview(offer)})
        })
        .collect();
    Ok(Reply::ok(json!({
        "id": format!("{}/availableagentpoolversions", cluster::id(&cloud.place)),
        "name": "default",
        "type": "Microsoft.ContainerService/managedClusters/availableAgentpoolVersions",
        "properties": {"agentPoolVersions": versions},
    })))
}

/// The versions of the region, by minor.
pub(super) fn of_region(world: &World, location: &str) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    if !location.eq_ignore_ascii_case(&cloud.place.region) {
        let message = format!("The provided location '{location}' is not available for subscription.");
        return Err(Refusal::of_azure(http::StatusCode::BAD_REQUEST, "LocationNotAvailableForSubscription", message));
    }
    let mut minors: BTreeMap<Minor, Vec<&Offer>> = BTreeMap::new();
    for offer in &cloud.offers {
        minors.entry(offer.version.minor()).or_default().push(offer);
    }
    let values: Vec<Value> = minors.iter().map(|(minor, offers)| of_minor(cloud, *minor, offers)).collect();
    Ok(Reply::ok(json!({"values": values})))
}

fn of_minor(cloud: &CloudWorld, minor: Minor, offers: &[&Offer]) -> Value {
    let leads_to = |from: &Offer| -> Vec<String> {
        let near = |to: &&Offer| to.version > from.version && to.version.minor().ahead_of(minor) <= 1;
        cloud.offers.iter().filter(near).map(|to| to.version.to_string()).collect()
    };
    let mut patches = json!({});
    for offer in offers {
        set(&mut patches, &[&offer.version.to_string()], json!({"upgrades": leads_to(offer)}));
    }
    let plans = offers.last().map(|offer| judge::support_plan(offer)).unwrap_or_default();
    let mut value = json!({
        "version": minor.to_string(),
        "capabilities": {"supportPlan": plans},
        "patchVersions": patches,
    });
    if offers.iter().any(|offer| judge::is_preview(offer)) {
        set(&mut value, &["isPreview"], true);
    }
    let default = |offer: &&Offer| offer.extra.get("isDefault").and_then(Value::as_bool) == Some(true);
    if offers.iter().copied().any(|offer| default(&offer)) {
        set(&mut value, &["isDefault"], true);
    }
    value
}

fn upgrades(offers: &[&Offer]) -> Vec<Value> {
    let shown = |offer: &&Offer| match judge::is_preview(offer) {
        true => json!({"kubernetesVersion": offer.version.to_string(), "isPreview": true}),
        false => json!({"kubernetesVersion": offer.version.to_string()}),
    };
    offers.iter().map(shown).collect()
}
