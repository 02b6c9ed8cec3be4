//! A node group that moves to another version, or goes.

use serde_json::{Value, json};

use super::{create, release, show, with_image};
use crate::clouds::eks::asked::Asked;
use crate::clouds::eks::fault::{Code, Fault};
use crate::clouds::eks::route::part;
use crate::clouds::eks::{updates, versions};
use crate::clouds::operations::Subject;
use crate::clouds::pools::{self, Pool, Target};
use crate::clouds::{CloudWorld, Refused, Request, change, of};
use crate::json;
use crate::world::World;

/// `UpdateNodegroupVersion`.
pub(in crate::clouds::eks) fn update_version(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let name = part(asked, 3).to_owned();
    let cloud = of(world)?;
    let pool = cloud.now().pools.get(&name).ok_or_else(|| Refused::NoPool(name.clone()))?;
    let token = asked.text("clientRequestToken").map(str::to_owned);
    let subject = Subject::Pool(name.clone());
    let again =
        cloud.now().operations.iter().find(|one| one.subject == subject && one.token.is_some() && one.token == token);
    if let Some(again) = again {
        return Ok(json!({ "update": updates::update(again) }));
    }
    if let Some(code) = of_template(pool) {
        let message = format!("Nodegroup {name} cannot be updated while it is DEGRADED: {code}");
        return Err(Fault::new(Code::InvalidRequest, message).about("nodegroupName", &name));
    }
    let target = target(cloud, pool, asked)?;
    let template = template(pool, asked)?;
    let there = |member: &pools::Member| member.version == target.version && member.image == target.image;
    if template.is_none() && pool.members.values().all(there) {
        let message =
            format!("Nodegroup {name} is already at version {} with release {}", target.version.minor(), target.image);
        return Err(Fault::new(Code::InvalidRequest, message).about("nodegroupName", &name));
    }
    let params = [("Version", target.version.minor().to_string()), ("ReleaseVersion", target.image.clone())];
    let request = Request { token, extra: updates::extra("VersionUpdate", &params) };
    let id = pools::upgrade(world, &name, target, request)?;
    if let Some(template) = template {
        change(world, |seen| {
            seen.pools.get_mut(&name).and_then(|pool| pool.spec.extra.insert("launchTemplate".to_owned(), template))
        });
    }
    updates::begun(world, &id)
}

/// The issue of a group whose launch template was changed or deleted behind EKS's back. That EKS refuses then, and how, is
/// made up: its guide says only that the group has to be put right.
fn of_template(pool: &Pool) -> Option<&str> {
    let issues = json::items(pool.spec.extra.get("health")?, "/issues");
    issues.map(|issue| json::text(issue, "/code")).find(|code| code.starts_with("Ec2LaunchTemplate"))
}

fn target(cloud: &CloudWorld, pool: &Pool, asked: &Asked<'_>) -> Result<Target, Fault> {
    let refused = |message: &str| Fault::new(Code::InvalidParameter, message).about("nodegroupName", &pool.spec.name);
    let ami_type = pool.spec.extra.get("amiType").and_then(Value::as_str).unwrap_or_default();
    let control_plane = cloud.now().control_plane.version.minor();
    let force = asked.flag("force");
    if ami_type == "CUSTOM" {
        if asked.text("version").is_some() || asked.text("releaseVersion").is_some() {
            return Err(refused(
                "You cannot specify a Kubernetes version or release when the node group uses a custom AMI",
            ));
        }
        if !asked.body.contains_key("launchTemplate") {
            return Err(refused("A node group with a custom AMI is updated by a new version of its launch template"));
        }
        let version = versions::offer(cloud, control_plane)?.node_version.clone();
        return Ok(Target { version, image: create::template_version(asked), force });
    }
    let minor = asked.minor("version")?.unwrap_or(control_plane);
    if minor > control_plane {
        return Err(refused("Nodegroup Kubernetes version must be less than or equal to cluster version"));
    }
    let newest = versions::offer(cloud, minor)?;
    with_image(ami_type, minor)?;
    let image = release(newest, asked.text("releaseVersion"))?;
    Ok(Target { version: newest.node_version.clone(), image, force })
}

/// The launch template asked for: another version of the one that the group has.
fn template(pool: &Pool, asked: &Asked<'_>) -> Result<Option<Value>, Fault> {
    let Some(asked) = asked.body.get("launchTemplate") else { return Ok(None) };
    let refused = |message: &str| Err(Fault::new(Code::InvalidParameter, message));
    let Some(kept) = pool.spec.extra.get("launchTemplate") else {
        return refused("The node group was not created with a launch template");
    };
    let other =
        |member: &str| !json::text(asked, member).is_empty() && json::text(asked, member) != json::text(kept, member);
    if other("/id") || other("/name") {
        return refused("The launch template must be the one that the node group was created with");
    }
    let mut template = kept.clone();
    json::set(&mut template, &["version"], json::text(asked, "/version"));
    Ok(Some(template))
}

/// `DeleteNodegroup`.
pub(in crate::clouds::eks) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let name = part(asked, 3).to_owned();
    pools::delete(world, &name, false, Request::default())?;
    let cloud = of(world)?;
    let pool = cloud.now().pools.get(&name).ok_or(Refused::NoPool(name))?;
    Ok(json!({ "nodegroup": show::nodegroup(cloud, cloud.now(), pool) }))
}
