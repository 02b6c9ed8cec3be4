//! A node group's settings: how its nodes are replaced, how many there are.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clouds::eks::asked::Asked;
use crate::clouds::eks::fault::{Code, Fault};
use crate::clouds::eks::route::part;
use crate::clouds::eks::updates;
use crate::clouds::operations::{self, Subject};
use crate::clouds::pools::{self, Amount, Settings, Size, Strategy, Undrainable};
use crate::clouds::{Refused, Request, change, of};
use crate::json;
use crate::world::World;

/// How long pods get to leave a node. Source: the user guide's chapter on the update behaviour of managed nodes.
const DRAIN: Duration = Duration::from_secs(15 * 60);

/// How an `updateConfig` replaces nodes: the new ones come first, or with MINIMAL the old ones go first. In truth the
/// group grows by up to twice its zones at the beginning; here it grows by as many as are replaced at a time.
pub fn settings(update_config: &Value) -> Settings {
    let count = |member: &str| json::at(update_config, member).as_u64().and_then(|count| u32::try_from(count).ok());
    let at_once = match (count("/maxUnavailable"), count("/maxUnavailablePercentage")) {
        (Some(count), _) => Amount::Count(count),
        (None, Some(percent)) => Amount::Percent(percent),
        (None, None) => Amount::Count(1),
    };
    let (max_surge, max_unavailable) = match json::text(update_config, "/updateStrategy") {
        "MINIMAL" => (Amount::Count(0), at_once),
        _ => (at_once, Amount::Count(0)),
    };
    Settings {
        strategy: Strategy::Surge,
        max_surge,
        max_unavailable,
        drain_timeout: DRAIN,
        undrainable: Undrainable::Fail,
        ..Settings::default()
    }
}

/// What is wrong with an `updateConfig`.
pub(super) fn checked(update_config: &Value) -> Result<(), Fault> {
    let both = json::at(update_config, "/maxUnavailable").is_u64()
        && json::at(update_config, "/maxUnavailablePercentage").is_u64();
    let many = json::at(update_config, "/maxUnavailable").as_u64().is_some_and(|count| !(1..=100).contains(&count));
    match (both, many) {
        (true, _) => {
            let message = "maxUnavailable and maxUnavailablePercentage cannot be given together";
            Err(Fault::new(Code::InvalidParameter, message))
        }
        (false, true) => Err(Fault::new(Code::InvalidParameter, "maxUnavailable must be between 1 and 100")),
        (false, false) => Ok(()),
    }
}

/// `UpdateNodegroupConfig`.
pub(in crate::clouds::eks) fn update_config(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let name = part(asked, 3).to_owned();
    let found = of(world)?.now().pools.get(&name).ok_or_else(|| Refused::NoPool(name.clone()))?;
    let set = asked.body.get("updateConfig").cloned().unwrap_or_default();
    checked(&set)?;
    let size = resized(found.spec.size, asked.body.get("scalingConfig"));
    let resizes = size.desired != found.spec.size.desired;
    let request = Request {
        token: asked.text("clientRequestToken").map(str::to_owned),
        extra: updates::extra("ConfigUpdate", &params(asked)),
    };
    let id = if resizes {
        pools::resize(world, &name, size, request)?
    } else {
        let span = world.tempo.pool_work;
        let (subject, labels) = (Subject::Pool(name.clone()), asked.body.get("labels").cloned().unwrap_or_default());
        operations::brief(world, "ConfigUpdate", subject, span, request, move |world| {
            apply(world, &name, &set, size, &labels);
        })?
    };
    updates::begun(world, &id)
}

fn apply(world: &mut World, name: &str, set: &Value, size: Size, labels: &Value) {
    let now = world.now();
    change(world, |seen| {
        let Some(pool) = seen.pools.get_mut(name) else { return };
        if !set.is_null() {
            pool.spec.settings = settings(&merged(pool.spec.extra.get("updateConfig"), set));
            let merged = merged(pool.spec.extra.get("updateConfig"), set);
            pool.spec.extra.insert("updateConfig".to_owned(), merged);
        }
        for (key, value) in json::entries(labels, "/addOrUpdateLabels") {
            pool.spec.labels.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
        }
        for key in json::items(labels, "/removeLabels").filter_map(Value::as_str) {
            pool.spec.labels.remove(key);
        }
        pool.spec.size = size;
        pool.changed = now;
        pool.changes += 1;
    });
}

/// What is not given stays, but a count takes the place of a percentage and the other way round.
fn merged(kept: Option<&Value>, set: &Value) -> Value {
    let mut merged = kept.cloned().unwrap_or_else(|| json!({ "maxUnavailable": 1 }));
    for (member, other) in
        [("maxUnavailable", "maxUnavailablePercentage"), ("maxUnavailablePercentage", "maxUnavailable")]
    {
        if set.get(member).is_some() {
            json::remove(&mut merged, &[other]);
        }
    }
    for (member, value) in json::entries(set, "") {
        json::set(&mut merged, &[member], value.clone());
    }
    merged
}

pub(super) fn resized(size: Size, scaling: Option<&Value>) -> Size {
    let count = |member: &str, kept: u32| {
        let given = scaling.and_then(|scaling| scaling.get(member)).and_then(Value::as_u64);
        given.and_then(|count| u32::try_from(count).ok()).unwrap_or(kept)
    };
    Size {
        desired: count("desiredSize", size.desired),
        min: count("minSize", size.min),
        max: count("maxSize", size.max),
        ..size
    }
}

fn params(asked: &Asked<'_>) -> Vec<(&'static str, String)> {
    let of = [
        ("MaxUnavailable", "updateConfig", "maxUnavailable"),
        ("MaxUnavailablePercentage", "updateConfig", "maxUnavailablePercentage"),
        ("UpdateStrategy", "updateConfig", "updateStrategy"),
        ("MinSize", "scalingConfig", "minSize"),
        ("MaxSize", "scalingConfig", "maxSize"),
        ("DesiredSize", "scalingConfig", "desiredSize"),
        ("LabelsToAdd", "labels", "addOrUpdateLabels"),
        ("LabelsToRemove", "labels", "removeLabels"),
    ];
    let given = |(kind, part, member): &(&'static str, &str, &str)| {
        let value = asked.body.get(*part)?.get(*member)?;
        Some((*kind, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    };
    of.iter().filter_map(given).collect()
}
