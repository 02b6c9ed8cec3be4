//! A node group that is made.

use serde_json::{Value, json};

use super::{config, release, show, with_image};
use crate::clouds::eks::asked::Asked;
use crate::clouds::eks::fault::{Code, Fault};
use crate::clouds::eks::{clusters, versions};
use crate::clouds::pools::{self, PoolSpec, Size};
use crate::clouds::{CloudWorld, Extra, Refused, Request, of};
use crate::json;
use crate::world::World;

/// What of the request is kept as it is.
const KEPT: [&str; 9] = [
    "amiType",
    "capacityType",
    "diskSize",
    "instanceTypes",
    "launchTemplate",
    "nodeRepairConfig",
    "nodeRole",
    "tags",
    "updateConfig",
];

/// `CreateNodegroup`.
pub(in crate::clouds::eks) fn create(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let spec = spec(of(world)?, asked)?;
    let name = spec.name.clone();
    let request = Request { token: asked.text("clientRequestToken").map(str::to_owned), extra: Extra::new() };
    pools::create(world, spec, request)?;
    let cloud = of(world)?;
    let pool = cloud.now().pools.get(&name).ok_or(Refused::NoPool(name))?;
    Ok(json!({ "nodegroup": show::nodegroup(cloud, cloud.now(), pool) }))
}

fn spec(cloud: &CloudWorld, asked: &Asked<'_>) -> Result<PoolSpec, Fault> {
    let missing = |member: &str| Fault::new(Code::InvalidParameter, format!("{member} is missing"));
    let name = asked.text("nodegroupName").ok_or_else(|| missing("nodegroupName"))?;
    asked.text("nodeRole").ok_or_else(|| missing("nodeRole"))?;
    let minor = asked.minor("version")?.unwrap_or_else(|| cloud.now().control_plane.version.minor());
    let offer = versions::offer(cloud, minor)?;
    let update_config = asked.body.get("updateConfig").cloned().unwrap_or_default();
    config::checked(&update_config)?;
    with_image(asked.text("amiType").unwrap_or_default(), minor)?;
    let image = match asked.text("amiType") {
        Some("CUSTOM") => template_version(asked),
        Some(_) | None => release(offer, asked.text("releaseVersion"))?,
    };
    let scaling = asked.body.get("scalingConfig");
    let size = config::resized(Size { desired: 2, min: 1, max: 2, autoscaled: false }, scaling);
    let zones = zones(cloud, asked)?;
    let mut spec = PoolSpec::new(name, &offer.node_version, &image, size.desired, &[]);
    // Machines of one type are alike.
    let types = |extra: &Extra| extra.get("instanceTypes").cloned();
    let alike = |pool: &&pools::Pool| types(&pool.spec.extra).as_ref() == asked.body.get("instanceTypes");
    if let Some(like) = cloud.now().pools.values().find(alike) {
        (spec.cpu_milli, spec.memory_mib, spec.pods) = (like.spec.cpu_milli, like.spec.memory_mib, like.spec.pods);
    }
    let labels = asked.body.get("labels").and_then(Value::as_object).into_iter().flatten();
    spec.labels = labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    let taints = asked.body.get("taints").and_then(Value::as_array).into_iter().flatten();
    spec.taints = taints.map(show::of_taint).collect();
    spec.extra =
        KEPT.iter().filter_map(|member| Some(((*member).to_owned(), asked.body.get(*member)?.clone()))).collect();
    Ok(PoolSpec { size, zones, settings: config::settings(&update_config), ..spec })
}

/// What stands for the image where a launch template names it.
pub(super) fn template_version(asked: &Asked<'_>) -> String {
    let template = asked.body.get("launchTemplate").cloned().unwrap_or_default();
    format!("ami of launch template version {}", json::text(&template, "/version"))
}

/// The zones of the subnets that are asked for.
fn zones(cloud: &CloudWorld, asked: &Asked<'_>) -> Result<Vec<String>, Fault> {
    let subnets = asked.body.get("subnets").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let known: Vec<&String> = cloud.now().pools.values().flat_map(|pool| &pool.spec.zones).collect();
    let zone = |subnet: &str| {
        let found = known.iter().find(|zone| clusters::subnet(cloud, zone) == subnet);
        let message = || format!("The subnet ID '{subnet}' does not exist");
        found.map(|zone| (*zone).clone()).ok_or_else(|| Fault::new(Code::InvalidParameter, message()))
    };
    let zones = subnets.map(zone).collect::<Result<Vec<_>, _>>()?;
    if zones.is_empty() { Err(Fault::new(Code::InvalidParameter, "subnets is missing")) } else { Ok(zones) }
}
