//! An agent pool put: made, upgraded, taken back, resized, or set otherwise.

use http::StatusCode;
use serde_json::{Map, Value, json};
use upgrade_core::version::Version;

use super::call::{Call, Reply};
use super::cluster::IMAGE_ALONE;
use super::refusal::Refusal;
use super::{judge, offers, operation, pool, settings};
use crate::clouds::operations::{self, OperationId, Subject};
use crate::clouds::pools::{self, Pool, PoolSpec, Size, Target};
use crate::clouds::{self, CloudWorld, Extra, Request, change};
use crate::json::{at, items, text};
use crate::world::World;

/// What is not kept as it was set: the model has it.
const MODELLED: [&str; 17] = [
    "count",
    "minCount",
    "maxCount",
    "enableAutoScaling",
    "availabilityZones",
    "nodeLabels",
    "nodeTaints",
    "maxPods",
    "orchestratorVersion",
    "currentOrchestratorVersion",
    "nodeImageVersion",
    "upgradeSettings",
    "powerState",
    "provisioningState",
    "eTag",
    "status",
    "creationData",
];

pub(super) fn put(world: &mut World, call: &Call<'_>, name: &str) -> Result<Reply, Refusal> {
    let body: Value = call.json()?;
    let properties = at(&body, "/properties");
    let cloud = clouds::of(world)?;
    let found = cloud.now().pools.get(name).cloned();
    let (status, begun) = match &found {
        Some(found) => {
            let etag = pool::etag(&pool::properties(cloud.now(), found));
            if call.header("if-none-match") == Some("*") {
                return Err(Refusal::changed_meanwhile("none", &etag));
            }
            pool::matches(call, &etag)?;
            (StatusCode::OK, changed(world, found, properties)?)
        }
        None => (StatusCode::CREATED, Some(made(world, name, properties)?)),
    };
    answer(world, call, name, status, begun)
}

/// Replaces the nodes by ones of the newest image of the same version.
pub(super) fn newest_image(world: &mut World, call: &Call<'_>, name: &str) -> Result<Reply, Refusal> {
    operations::refuse_busy(world, &Subject::Pool(name.to_owned())).map_err(|refused| busy(world, name, refused))?;
    let cloud = clouds::of(world)?;
    let found = cloud.now().pools.get(name).ok_or_else(|| Refusal::no_pool(name))?;
    let target =
        Target { version: found.spec.version.clone(), image: offers::newest_image(cloud, found), force: false };
    if target.image == found.spec.image {
        return answer(world, call, name, StatusCode::OK, None);
    }
    judge::budgets(world)?;
    let extra = Extra::from_iter([(IMAGE_ALONE.to_owned(), true.into())]);
    let id = pools::upgrade(world, name, target, Request { extra, ..Request::default() })?;
    answer(world, call, name, StatusCode::ACCEPTED, Some(id))
}

fn answer(
    world: &World,
    call: &Call<'_>,
    name: &str,
    status: StatusCode,
    begun: Option<OperationId>,
) -> Result<Reply, Refusal> {
    let cloud = clouds::of(world)?;
    let found = cloud.now().pools.get(name).ok_or_else(|| Refusal::no_pool(name))?;
    let reply = Reply::of(status, pool::shown(&cloud.place, cloud.now(), found));
    Ok(match begun {
        Some(id) => reply.begun(&operation::link(world, call, &id)),
        None => reply,
    })
}

/// One change at a time begins an operation: another version, another size, or other settings.
fn changed(world: &mut World, found: &Pool, properties: &Value) -> Result<Option<OperationId>, Refusal> {
    let name = found.spec.name.as_str();
    let set = settings::read(properties.get("upgradeSettings"), &found.spec.settings)?;
    let size = size(properties, found.spec.size)?;
    let target = target(world, found, properties)?;
    operations::refuse_busy(world, &Subject::Pool(name.to_owned())).map_err(|refused| busy(world, name, refused))?;
    let mut spec = found.spec.clone();
    spec.settings = set;
    keep(&mut spec, properties);
    let differs = spec != found.spec;
    change(world, |seen| {
        if let Some(pool) = seen.pools.get_mut(name) {
            (pool.spec, pool.changes) = (spec, pool.changes + 1);
        }
    });
    match target {
        Some(target) => Ok(Some(pools::upgrade(world, name, target, Request::default())?)),
        None if size != found.spec.size => Ok(Some(pools::resize(world, name, size, Request::default())?)),
        None if differs => {
            let (subject, span) = (Subject::Pool(name.to_owned()), world.tempo.pool_work);
            Ok(Some(operations::brief(world, "Updating", subject, span, Request::default(), |_| {})?))
        }
        None => Ok(None),
    }
}

/// What the nodes are to be, when that is something else than they are.
fn target(world: &World, found: &Pool, properties: &Value) -> Result<Option<Target>, Refusal> {
    let cloud = clouds::of(world)?;
    let asked = text(properties, "/orchestratorVersion");
    let spec = &found.spec;
    let version = if asked.is_empty() { spec.version.clone() } else { judge::meant(cloud, asked)? };
    let image = text(properties, "/nodeImageVersion");
    if let Some(back) = way_back(world, cloud, found, &version, image)? {
        return Ok(Some(back));
    }
    let force = judge::forced(cloud.now().extra.get("properties").unwrap_or(&Value::Null), world.now());
    let stale = |pool: &Pool| pool.members.values().any(|one| one.version != spec.version || one.image != spec.image);
    if version == spec.version {
        // The same again takes up what stopped half-way.
        let again = Target { version, image: spec.image.clone(), force };
        return Ok((stale(found) && !asked.is_empty()).then_some(again));
    }
    if version < spec.version {
        return Err(Refusal::bad(
            "AgentPoolUpgradeVersionNotAllowed",
            format!("Downgrading agent pool {} from {} to {version} is not allowed.", spec.name, spec.version),
        ));
    }
    let plane = cloud.now().control_plane.version.clone();
    if version > plane {
        return Err(clouds::Refused::NewerThanControlPlane { nodes: version, control_plane: plane }.into());
    }
    let offer = cloud.offers.iter().find(|offer| offer.node_version == version);
    let offer = offer.ok_or_else(|| clouds::Refused::NotOffered(version.clone()))?;
    if !force {
        judge::budgets(world)?;
    }
    Ok(Some(Target { version, image: offer.image.clone(), force }))
}

/// The way back to what the pool was last, when that is what is asked for.
fn way_back(
    world: &World,
    cloud: &CloudWorld,
    found: &Pool,
    version: &Version,
    image: &str,
) -> Result<Option<Target>, Refusal> {
    let Some(back) = &found.previous else { return Ok(None) };
    let older = *version < found.spec.version || image != found.spec.image;
    if back.version != *version || back.image != image || !older {
        return Ok(None);
    }
    if world.now().duration_since(back.at) >= offers::WAY_BACK {
        let message =
            format!("Agent pool {} was upgraded more than 7 days ago and cannot be rolled back.", found.spec.name);
        return Err(Refusal::bad("AgentPoolUpgradeVersionNotAllowed", message));
    }
    match judge::channel(&cloud.now().extra) {
        "none" => Ok(Some(Target { version: version.clone(), image: image.to_owned(), force: false })),
        channel => {
            let message =
                format!("Rolling back is not allowed while the cluster is on the auto-upgrade channel {channel}.");
            Err(Refusal::bad("OperationNotAllowed", message))
        }
    }
}

fn made(world: &mut World, name: &str, properties: &Value) -> Result<OperationId, Refusal> {
    let cloud = clouds::of(world)?;
    let letters = name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    if !letters || name.len() > 12 || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        let message = format!(
            "The value of parameter agentPool.name is invalid: {name}. It has to be at most 12 lower-case letters and digits, beginning with a letter."
        );
        return Err(Refusal::bad("InvalidParameter", message));
    }
    let asked = text(properties, "/orchestratorVersion");
    let version =
        if asked.is_empty() { cloud.now().control_plane.version.clone() } else { judge::meant(cloud, asked)? };
    let offer = cloud.offers.iter().find(|offer| offer.node_version == version);
    let offer = offer.ok_or_else(|| clouds::Refused::NotOffered(version.clone()))?;
    let zones: Vec<String> = items(properties, "/availabilityZones")
        .filter_map(Value::as_str)
        .map(|zone| format!("{}-{zone}", cloud.place.region))
        .collect();
    let mut spec = PoolSpec::new(name, &version, &offer.image, 0, &[]);
    (spec.zones, spec.settings) = (zones, settings::read(properties.get("upgradeSettings"), &settings::standard())?);
    spec.size = size(properties, Size::fixed(1))?;
    keep(&mut spec, properties);
    // Machines are alike where their type is.
    let like = cloud.now().pools.values().find(|pool| pool.spec.extra.get("vmSize") == spec.extra.get("vmSize"));
    if let Some(like) = like {
        (spec.cpu_milli, spec.memory_mib) = (like.spec.cpu_milli, like.spec.memory_mib);
    }
    Ok(pools::create(world, spec, Request::default())?)
}

fn size(properties: &Value, before: Size) -> Result<Size, Refusal> {
    let number = |key: &str, default: u32| match properties.get(key).filter(|value| !value.is_null()) {
        None => Ok(default),
        Some(value) => value.as_u64().and_then(|number| u32::try_from(number).ok()).ok_or_else(|| {
            Refusal::bad(
                "InvalidParameter",
                format!("The value of parameter agentPoolProfile.{key} is invalid: {value}."),
            )
        }),
    };
    let desired = number("count", before.desired)?;
    let autoscaled = properties.get("enableAutoScaling").and_then(Value::as_bool).unwrap_or(before.autoscaled);
    if !autoscaled {
        return Ok(Size::fixed(desired));
    }
    Ok(Size { desired, min: number("minCount", before.min)?, max: number("maxCount", before.max)?, autoscaled })
}

/// Takes over labels, taints, and all that is only kept.
fn keep(spec: &mut PoolSpec, properties: &Value) {
    if let Some(labels) = properties.get("nodeLabels").and_then(Value::as_object) {
        spec.labels =
            labels.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    }
    if let Some(taints) = properties.get("nodeTaints").and_then(Value::as_array) {
        spec.taints = taints.iter().filter_map(Value::as_str).filter_map(taint).collect();
    }
    if let Some(pods) = properties.get("maxPods").and_then(Value::as_u64).and_then(|pods| u32::try_from(pods).ok()) {
        spec.pods = pods;
    }
    let empty = Map::new();
    for (key, value) in properties.as_object().unwrap_or(&empty) {
        if !MODELLED.contains(&key.as_str()) && !value.is_null() {
            spec.extra.insert(key.clone(), value.clone());
        }
    }
}

/// `key=value:effect`.
fn taint(text: &str) -> Option<Value> {
    let (rest, effect) = text.rsplit_once(':')?;
    let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
    Some(json!({"key": key, "value": value, "effect": effect}))
}

/// What keeps the pool busy, by the word that its state shows.
fn busy(world: &World, name: &str, refused: clouds::Refused) -> Refusal {
    match refused {
        clouds::Refused::Busy(_) => {
            let seen = clouds::of(world).ok().map(clouds::CloudWorld::now);
            let pool = seen.and_then(|seen| Some(pool::properties(seen, seen.pools.get(name)?)));
            let state = pool.as_ref().map_or("", |pool| text(pool, "/provisioningState"));
            Refusal::busy(&format!("{name} - {state}"))
        }
        other => other.into(),
    }
}
