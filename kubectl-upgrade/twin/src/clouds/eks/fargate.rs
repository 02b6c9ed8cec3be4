//! Fargate profiles: which pods get a machine of their own.

use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::{Code, Fault};
use super::names;
use super::route::{page, part, seen};
use crate::clouds::of;
use crate::json;
use crate::world::World;

/// `ListFargateProfiles`.
pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let profiles = seen(world)?.extra.get("fargateProfiles").and_then(Value::as_object);
    let names = profiles.into_iter().flatten().map(|(name, _)| json!(name)).collect();
    page(world, asked, "fargateProfileNames", names)
}

/// `DescribeFargateProfile`.
pub(super) fn describe(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let name = part(asked, 3);
    let profiles = seen(world)?.extra.get("fargateProfiles");
    let found = profiles.and_then(|profiles| profiles.get(name));
    let found =
        found.ok_or_else(|| Fault::new(Code::NotFound, format!("No Fargate Profile found with name: {name}.")))?;
    let cloud = of(world)?;
    let place = &cloud.place;
    let mut profile = json!({
        "fargateProfileName": name,
        "fargateProfileArn": names::arn(place, &format!("fargateprofile/{}/{name}", place.cluster)),
        "clusterName": place.cluster,
        "createdAt": names::time(cloud.created),
        "podExecutionRoleArn": names::role(place, &format!("{}-fargate", place.cluster)),
        "subnets": super::clusters::subnets(cloud),
        "status": "ACTIVE",
    });
    for (member, value) in found.as_object().into_iter().flatten() {
        json::set(&mut profile, &[member], value.clone());
    }
    Ok(json!({ "fargateProfile": profile }))
}
