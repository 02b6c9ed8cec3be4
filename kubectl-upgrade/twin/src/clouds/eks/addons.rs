//! Add-ons that EKS manages.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use upgrade_core::version::Minor;

use super::asked::Asked;
use super::fault::{Code, Fault};
use super::route::{page, part, seen};
use super::{names, updates};
use crate::clouds::operations::{self, Kind, OperationId, State};
use crate::clouds::system::set_image;
use crate::clouds::{CloudWorld, Offer, Request, Seen, change, of};
use crate::json;
use crate::store::Resource;
use crate::world::World;

/// The add-ons of a cluster, by name.
pub(super) fn all(seen: &Seen) -> impl Iterator<Item = (&String, &Value)> {
    seen.extra.get("addons").and_then(Value::as_object).into_iter().flatten()
}

/// The versions of each add-on that go with an offer, the default first.
pub(super) fn offered(offer: &Offer) -> impl Iterator<Item = (&String, Vec<&str>)> {
    let of_all = offer.extra.get("addons").and_then(Value::as_object).into_iter().flatten();
    of_all.map(|(name, versions)| (name, json::items(versions, "").filter_map(Value::as_str).collect()))
}

/// The versions of an add-on that go with a minor, the default first.
pub(super) fn compatible<'a>(cloud: &'a CloudWorld, name: &str, minor: Minor) -> Vec<&'a str> {
    let offer = cloud.offers.iter().rfind(|offer| offer.version.minor() == minor);
    let found = offer.and_then(|offer| offered(offer).find(|(known, _)| *known == name));
    found.map(|(_, versions)| versions).unwrap_or_default()
}

/// `ListAddons`.
pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let names = all(seen(world)?).map(|(name, _)| json!(name)).collect();
    page(world, asked, "addons", names)
}

/// `DescribeAddon`.
pub(super) fn describe(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let name = part(asked, 3);
    let seen = seen(world)?;
    let (_, kept) = all(seen).find(|(known, _)| *known == name).ok_or_else(|| none(name))?;
    let cloud = of(world)?;
    let subject = updates::addon(name);
    let last = seen.operations.iter().rfind(|one| one.subject == subject);
    let (status, issues) = match last.map(|one| one.state) {
        Some(State::Running | State::Cancelling) => ("UPDATING", json!([])),
        Some(State::Failed) => ("UPDATE_FAILED", issues(last.and_then(|one| one.extra.get("errors")))),
        Some(State::Done | State::Cancelled) | None => ("ACTIVE", json!([])),
    };
    let place = &cloud.place;
    let changed = last.and_then(|one| one.ended).unwrap_or(cloud.created);
    let mut addon = json!({
        "addonName": name,
        "clusterName": place.cluster,
        "status": status,
        "addonVersion": text(kept, "addonVersion"),
        "health": { "issues": issues },
        "addonArn": names::arn(place, &format!("addon/{}/{name}/{}", place.cluster, crate::digest::uuid(name))),
        "createdAt": names::time(cloud.created),
        "modifiedAt": names::time(changed),
        "tags": {},
    });
    for (member, value) in json::entries(kept, "").filter(|(member, _)| *member != "changed") {
        json::set(&mut addon, &[member], value.clone());
    }
    Ok(json!({ "addon": addon }))
}

/// An update's errors are an add-on's issues, by other names.
fn issues(errors: Option<&Value>) -> Value {
    let errors = errors.and_then(Value::as_array).into_iter().flatten();
    let issue = |error: &Value| {
        json!({
            "code": error.get("errorCode"), "message": error.get("errorMessage"), "resourceIds": error.get("resourceIds"),
        })
    };
    errors.map(issue).collect()
}

fn none(name: &str) -> Fault {
    Fault::new(Code::NotFound, format!("No addon: {name} found in cluster")).about("addonName", name)
}

/// `DescribeAddonVersions`.
pub(super) fn versions(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let minor = asked.query("kubernetesVersion");
    let name = asked.query("addonName");
    let mut all: BTreeMap<&String, BTreeMap<&str, Vec<Value>>> = BTreeMap::new();
    for offer in &of(world)?.offers {
        let of_minor = offer.version.minor().to_string();
        if !minor.is_empty() && minor != of_minor {
            continue;
        }
        for (addon, versions) in offered(offer).filter(|(addon, _)| name.is_empty() || name == *addon) {
            let known = all.entry(addon).or_default();
            for (nth, version) in versions.into_iter().enumerate() {
                known.entry(version).or_default().push(json!({
                    "clusterVersion": of_minor, "platformVersions": ["*"], "defaultVersion": nth == 0,
                }));
            }
        }
    }
    let newest_first = |versions: BTreeMap<&str, Vec<Value>>| -> Vec<Value> {
        let version = |(version, compatibilities)| {
            json!({
                "addonVersion": version, "architecture": ["amd64", "arm64"], "computeTypes": ["ec2", "auto", "hybrid"],
                "compatibilities": compatibilities, "requiresConfiguration": false, "requiresIamPermissions": false,
            })
        };
        versions.into_iter().rev().map(version).collect()
    };
    let addon = |(name, versions)| {
        json!({
            "addonName": name, "type": "networking", "addonVersions": newest_first(versions), "publisher": "eks",
            "owner": "aws",
        })
    };
    let addons = all.into_iter().map(addon).collect();
    page(world, asked, "addons", addons)
}

/// `UpdateAddon`.
pub(super) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let name = part(asked, 3).to_owned();
    let cloud = of(world)?;
    let (_, kept) = all(cloud.now()).find(|(known, _)| **known == name).ok_or_else(|| none(&name))?;
    let to = asked.text("addonVersion").unwrap_or_else(|| text(kept, "addonVersion")).to_owned();
    let minor = cloud.now().control_plane.version.minor();
    if !compatible(cloud, &name, minor).contains(&to.as_str()) {
        let message = format!("Addon version specified is not supported: {name} {to} with Kubernetes {minor}");
        return Err(Fault::new(Code::InvalidParameter, message).about("addonName", &name));
    }
    let conflicts = asked.text("resolveConflicts").unwrap_or("NONE").to_owned();
    let params = [("AddonVersion", to.clone()), ("ResolveConflicts", conflicts.clone())];
    let token = asked.text("clientRequestToken").map(str::to_owned);
    let request = Request { token, extra: updates::extra("AddonUpdate", &params) };
    let begun = operations::begin(world, Kind::Other("AddonUpdate"), updates::addon(&name), None, request)?;
    if !begun.again {
        let (id, span) = (begun.id.clone(), world.tempo.pool_work);
        world.within(span, move |world| apply(world, &id, &name, &to, &conflicts));
    }
    updates::begun(world, &begun.id)
}

/// The update's end: the add-on at its version, or a conflict with fields that someone else has changed.
fn apply(world: &mut World, id: &OperationId, name: &str, to: &str, conflicts: &str) {
    let changed = |seen: &Seen| all(seen).any(|(known, kept)| known == name && json::at(kept, "/changed") == true);
    if conflicts == "NONE" && of(world).is_ok_and(|cloud| changed(cloud.now())) {
        let message = format!(
            "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: {name} - .spec"
        );
        let error = json!([{ "errorCode": "ConfigurationConflict", "errorMessage": message, "resourceIds": [name] }]);
        operations::update(world, id, |one| {
            one.extra.insert("errors".to_owned(), error);
        });
        return operations::finish(world, id, State::Failed, Vec::new());
    }
    change(world, |seen| {
        if let Some(kept) = seen.extra.get_mut("addons").and_then(|addons| addons.get_mut(name)) {
            json::set(kept, &["addonVersion"], to);
            if conflicts == "OVERWRITE" {
                json::remove(kept, &["changed"]);
            }
        }
    });
    for (resource, workload, image) in images(name, to) {
        set_image(world, resource, workload, &image);
    }
    operations::finish(world, id, State::Done, Vec::new());
}

/// The workloads of an add-on, and their images.
fn images(name: &str, version: &str) -> Vec<(Resource, &'static str, String)> {
    match name {
        "vpc-cni" => vec![(Resource::DAEMON_SETS, "aws-node", format!("amazon-k8s-cni:{version}"))],
        "kube-proxy" => {
            let tag = version.replacen("-eksbuild", "-minimal-eksbuild", 1);
            vec![(Resource::DAEMON_SETS, "kube-proxy", format!("eks/kube-proxy:{tag}"))]
        }
        "coredns" => vec![(Resource::DEPLOYMENTS, "coredns", format!("eks/coredns:{version}"))],
        _ => Vec::new(),
    }
}

fn text<'a>(kept: &'a Value, member: &str) -> &'a str {
    kept.get(member).and_then(Value::as_str).unwrap_or_default()
}
