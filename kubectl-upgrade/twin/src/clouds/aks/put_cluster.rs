//! A managed cluster put back, changed: its control plane upgraded, alone or with all pools, or its settings set.

use http::StatusCode;
use serde_json::Value;
use upgrade_core::version::Version;

use super::call::{Call, Reply};
use super::refusal::Refusal;
use super::{cluster, judge, operation, pool};
use crate::clouds::operations::{self, OperationId, Subject};
use crate::clouds::pools::Target;
use crate::clouds::{self, Request, control_plane, whole};
use crate::json::{at, items, text};
use crate::world::World;

pub(super) fn put(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let body: Value = call.json()?;
    let cloud = clouds::of(world)?;
    let now = cluster::shown(cloud, cloud.now());
    if call.header("if-none-match") == Some("*") {
        return Err(Refusal::changed_meanwhile("none", text(&now, "/eTag")));
    }
    pool::matches(call, text(&now, "/eTag"))?;
    if !text(&body, "/location").eq_ignore_ascii_case(&cloud.place.region) {
        return Err(Refusal::bad("InvalidParameter", "The value of parameter location cannot be changed."));
    }
    let properties = at(&body, "/properties").clone();
    let asked = text(&properties, "/kubernetesVersion");
    let to = if asked.is_empty() { cloud.now().control_plane.version.clone() } else { judge::meant(cloud, asked)? };
    operations::refuse_busy(world, &Subject::Cluster)
        .map_err(|_| Refusal::busy(text(&now, "/properties/provisioningState")))?;
    let begun = if to == clouds::of(world)?.now().control_plane.version {
        catch_up(world, &to, &properties)?
    } else {
        Some(upgrade(world, &to, &properties)?)
    };
    keep(world, &body);
    let cloud = clouds::of(world)?;
    let reply = Reply::of(StatusCode::OK, cluster::shown(cloud, cloud.now()));
    Ok(match begun {
        Some(id) => reply.begun(&operation::link(world, call, &id)),
        None => reply,
    })
}

/// What the pools are to do when the control plane moves.
enum Pools {
    Stay,
    Follow,
}

fn upgrade(world: &mut World, to: &Version, properties: &Value) -> Result<OperationId, Refusal> {
    let cloud = clouds::of(world)?;
    let pools = pools(cloud, to, properties)?;
    judge::control_plane(cloud, to, matches!(pools, Pools::Follow))?;
    if !judge::forced(properties, world.now()) {
        judge::deprecated_use(cloud.now(), to, world.now())?;
        if matches!(pools, Pools::Follow) {
            judge::budgets(world)?;
        }
    }
    match pools {
        Pools::Stay => Ok(control_plane::upgrade(world, to, None, Request::default())?),
        Pools::Follow => whole(world, to, true),
    }
}

/// Pools that are behind a control plane which stays where it is, and are named with its version.
fn catch_up(world: &mut World, to: &Version, properties: &Value) -> Result<Option<OperationId>, Refusal> {
    let cloud = clouds::of(world)?;
    let given = given(cloud, properties)?;
    let behind = given.iter().any(|(name, version)| {
        version.as_ref() == Some(to) && cloud.now().pools.get(*name).is_some_and(|pool| pool.spec.version < *to)
    });
    if !behind {
        return Ok(None);
    }
    judge::budgets(world)?;
    Ok(Some(whole(world, to, false)?))
}

/// The pools' versions as they were put, where they were.
fn given<'a>(cloud: &clouds::CloudWorld, properties: &'a Value) -> Result<Vec<(&'a str, Option<Version>)>, Refusal> {
    let pools = items(properties, "/agentPoolProfiles");
    pools
        .map(|pool| {
            let version = text(pool, "/orchestratorVersion");
            let version = if version.is_empty() { None } else { Some(judge::meant(cloud, version)?) };
            Ok((text(pool, "/name"), version))
        })
        .collect()
}

/// Versions of pools must be there for all or for none, and be as they are or as the control plane's.
fn pools(cloud: &clouds::CloudWorld, to: &Version, properties: &Value) -> Result<Pools, Refusal> {
    let seen = cloud.now();
    let given = given(cloud, properties)?;
    let unchanged = |(name, version): &(&str, Option<Version>)| {
        seen.pools.get(*name).is_some_and(|pool| Some(&pool.spec.version) == version.as_ref())
    };
    let refused = |why: &str| Err(Refusal::bad("NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged", why));
    if given.iter().all(|(_, version)| version.as_ref().is_none_or(|version| version == to)) {
        return Ok(Pools::Follow);
    }
    if !given.iter().all(unchanged) || given.len() != seen.pools.len() {
        return refused(
            "Using managed cluster api, all Agent pools' OrchestratorVersion must be all specified or all unspecified. If all \
             specified, they must be stay unchanged or the same with control plane.",
        );
    }
    match judge::channel(&seen.extra) {
        "none" | "node-image" => Ok(Pools::Stay),
        channel => refused(&format!(
            "Upgrading the control plane alone is not allowed while the cluster is on the auto-upgrade channel {channel}."
        )),
    }
}

/// The control plane where it moves, then one pool after another, under one operation.
fn whole(world: &mut World, to: &Version, plane: bool) -> Result<OperationId, Refusal> {
    let cloud = clouds::of(world)?;
    let offer = cloud.offer(to).ok_or_else(|| judge::not_supported(&to.to_string()))?;
    let target = Target { version: offer.node_version.clone(), image: offer.image.clone(), force: false };
    let pools = cloud.now().pools.keys().map(|name| (name.clone(), target.clone())).collect();
    let plane = plane.then(|| to.clone());
    Ok(whole::upgrade(world, cluster::WHOLE, plane, pools, Request::default())?)
}

/// Keeps what was set, less what is somebody else's: pools have their own way, and the rest is made up when shown.
fn keep(world: &mut World, body: &Value) {
    const OWN: [&str; 14] = [
        "provisioningState",
        "powerState",
        "kubernetesVersion",
        "currentKubernetesVersion",
        "dnsPrefix",
        "fqdn",
        "privateFQDN",
        "azurePortalFQDN",
        "agentPoolProfiles",
        "nodeResourceGroup",
        "maxAgentPools",
        "enableRBAC",
        "resourceUID",
        "status",
    ];
    clouds::change(world, |seen| {
        for key in cluster::KEPT {
            let Some(mut value) = body.get(key).cloned() else { continue };
            if let (true, Some(map)) = (key == "properties", value.as_object_mut()) {
                map.retain(|key, value| !OWN.contains(&key.as_str()) && !value.is_null());
            }
            seen.extra.insert(key.to_owned(), value);
        }
    });
}
