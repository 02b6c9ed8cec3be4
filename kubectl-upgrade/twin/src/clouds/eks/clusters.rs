//! The cluster as EKS describes it, and its move to another version.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::route::{page, part, seen};
use super::{names, rules, subnets, updates, versions};
use crate::clouds::operations::{self, Kind, State, Subject};
use crate::clouds::{CloudWorld, Request, Seen, control_plane, of};
use crate::digest;
use crate::json;
use crate::world::World;

/// `ListClusters`.
pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let place = &of(world)?.place;
    let here = asked.region == place.region;
    let names = here.then(|| json!(place.cluster)).into_iter().collect();
    page(world, asked, "clusters", names)
}

/// `DescribeCluster`.
pub(super) fn describe(world: &mut World, _: &Asked<'_>) -> Result<Value, Fault> {
    let cloud = of(world)?;
    Ok(json!({ "cluster": cluster(cloud, seen(world)?) }))
}

fn cluster(cloud: &CloudWorld, seen: &Seen) -> Value {
    let place = &cloud.place;
    let name = &place.cluster;
    let minor = seen.control_plane.version.minor();
    let updating = seen
        .operations
        .iter()
        .any(|one| one.subject == Subject::Cluster && matches!(one.kind, Kind::ControlPlane) && !one.state.ended());
    let server_id = format!("{:016X}{:016X}", digest::fnv64(name), digest::fnv64(&place.account));
    let endpoint = format!("https://{server_id}.gr7.{}.eks.amazonaws.com", place.region);
    let mut cluster = json!({
        "name": name,
        "arn": names::arn(place, &format!("cluster/{name}")),
        "createdAt": names::time(cloud.created),
        "version": minor.to_string(),
        "platformVersion": versions::platform(cloud, minor),
        "endpoint": endpoint,
        "roleArn": names::role(place, &format!("{name}-cluster")),
        "status": if updating { "UPDATING" } else { "ACTIVE" },
        "resourcesVpcConfig": {
            "subnetIds": subnets(cloud),
            "securityGroupIds": [],
            "clusterSecurityGroupId": names::id("sg", name),
            "vpcId": names::id("vpc", name),
            "endpointPublicAccess": true,
            "endpointPrivateAccess": true,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        "kubernetesNetworkConfig": { "serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4" },
        "logging": { "clusterLogging": [] },
        "accessConfig": { "authenticationMode": "API_AND_CONFIG_MAP" },
        "certificateAuthority": { "data": "" },
        "upgradePolicy": { "supportType": "EXTENDED" },
        "health": { "issues": [] },
        "tags": {},
        "deletionProtection": false,
    });
    for (member, value) in seen.extra.get("cluster").and_then(Value::as_object).into_iter().flatten() {
        json::set(&mut cluster, &[member], value.clone());
    }
    cluster
}

/// The subnets of the cluster, one in each zone of its pools.
pub(super) fn subnets(cloud: &CloudWorld) -> Vec<String> {
    zones(cloud).into_iter().map(|zone| subnet(cloud, zone)).collect()
}

/// The zones of its pools.
pub(super) fn zones(cloud: &CloudWorld) -> BTreeSet<&String> {
    cloud.now().pools.values().flat_map(|pool| &pool.spec.zones).collect()
}

/// The subnet of a zone.
pub(super) fn subnet(cloud: &CloudWorld, zone: &str) -> String {
    names::id("subnet", &format!("{} {zone}", cloud.place.cluster))
}

/// `UpdateClusterVersion`, up or back.
pub(super) fn update_version(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let to = asked.minor("version")?.ok_or_else(|| {
        Fault::new(super::fault::Code::InvalidParameter, "version is missing").about("clusterName", part(asked, 1))
    })?;
    let token = asked.text("clientRequestToken").map(str::to_owned);
    let again = |one: &&operations::Operation| {
        one.subject == Subject::Cluster && one.token.is_some() && one.token == token && one.state != State::Failed
    };
    if let Some(again) = of(world)?.now().operations.iter().find(again) {
        return Ok(json!({ "update": updates::update(again) }));
    }
    let move_ = rules::judge(world, to, asked.flag("force"))?;
    let cloud = of(world)?;
    let offer = versions::offer(cloud, to)?.version.clone();
    let params = [("Version", to.to_string()), ("PlatformVersion", versions::platform(cloud, to))];
    let mut extra = updates::extra(move_.kind(), &params);
    if !subnets::have_room_for_control_plane(cloud) {
        let message = "One or more of the subnets of the cluster do not have enough free IP addresses";
        let error =
            json!({ "errorCode": "InsufficientFreeAddresses", "errorMessage": message, "resourceIds": subnets(cloud) });
        extra.insert("errors".to_owned(), json!([error]));
        if let Some(cloud) = &mut world.cloud {
            cloud.faults.control_plane_fails = true;
        }
    }
    let request = Request { token, extra };
    let id = control_plane::upgrade(world, &offer, None, request)?;
    updates::begun(world, &id)
}
