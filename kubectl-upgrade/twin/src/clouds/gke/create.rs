//! New node pools.

use serde_json::{Map, Value};

use super::fault::{Code, Fault};
use super::{operation, pool, settings, versions};
use crate::clouds::pools::{self, PoolSpec, Size};
use crate::clouds::{Extra, Request, of};
use crate::json;
use crate::world::World;

/// `projects.locations.clusters.nodePools.create`.
pub(super) fn create(world: &mut World, body: &Value) -> Result<Value, Fault> {
    let asked = json::at(body, "/nodePool");
    let name = json::text(asked, "/name");
    if name.is_empty() || name.len() > 40 || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        let message = format!("Invalid value for field \"node_pool.name\": \"{name}\".");
        return Err(Fault::new(Code::InvalidArgument, message));
    }
    let spec = spec(world, name, asked)?;
    let id = pools::create(world, spec, Request::default())?;
    operation::begun(world, &id)
}

fn spec(world: &World, name: &str, asked: &Value) -> Result<PoolSpec, Fault> {
    let cloud = of(world)?;
    let version = match json::text(asked, "/version") {
        "" => "-",
        version => version,
    };
    let offer = versions::resolve(cloud, version, &cloud.now().control_plane.version)?;
    let mut zones: Vec<&str> = json::items(asked, "/locations").filter_map(Value::as_str).collect();
    if zones.is_empty() {
        let of_others = cloud.now().pools.values().next().map(|pool| &pool.spec.zones);
        zones = of_others.into_iter().flatten().map(String::as_str).collect();
    }
    let count = |pointer: &str| json::at(asked, pointer).as_u64().and_then(|count| u32::try_from(count).ok());
    let all = |each: u32| each.saturating_mul(u32::try_from(zones.len()).unwrap_or(1));
    let desired = all(count("/initialNodeCount").unwrap_or(0));
    let config = json::at(asked, "/config");
    let mut spec = PoolSpec::new(name, &offer.node_version, &offer.image, desired, &zones);
    if json::at(asked, "/autoscaling/enabled").as_bool() == Some(true) {
        let (min, max) = (count("/autoscaling/minNodeCount"), count("/autoscaling/maxNodeCount"));
        let (min, max) = (all(min.unwrap_or(0)).min(desired), all(max.unwrap_or(0)).max(desired));
        spec.size = Size { desired, min, max, autoscaled: true };
    }
    for (key, value) in json::entries(config, "/labels") {
        spec.labels.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    spec.taints = pool::taints(config);
    spec.settings = settings::merged(&spec.settings, json::at(asked, "/upgradeSettings"))?;
    spec.extra = Extra::from_iter([("config".to_owned(), Value::Object(kept(config)))]);
    Ok(spec)
}

/// Members of a configuration that are shown as they were given.
fn kept(config: &Value) -> Map<String, Value> {
    const KEPT: [&str; 10] = [
        "machineType",
        "diskSizeGb",
        "diskType",
        "imageType",
        "oauthScopes",
        "serviceAccount",
        "metadata",
        "shieldedInstanceConfig",
        "tags",
        "spot",
    ];
    let given = json::entries(config, "").filter(|(member, _)| KEPT.contains(&member.as_str()));
    given.map(|(member, value)| (member.clone(), value.clone())).collect()
}
