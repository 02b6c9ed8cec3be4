//! What EKS looks at: requests to deprecated APIs, versions of kubelets, kube-proxy and add-ons.

use serde_json::{Value, json};
use upgrade_core::version::{Minor, Version};

use super::Readiness;
use crate::clouds::eks::fault::Fault;
use crate::clouds::eks::{addons, names, rules};
use crate::clouds::of;
use crate::digest;
use crate::json;
use crate::store::Resource;
use crate::world::World;

/// How many minors a kubelet and kube-proxy may be behind, from 1.28 on.
const BEHIND: i32 = 3;

/// Everything found at this moment.
pub(super) fn all(world: &World) -> Result<Vec<Value>, Fault> {
    let cloud = of(world)?;
    let at = cloud.now().control_plane.version.minor();
    let mut found = Vec::new();
    if cloud.offers.iter().any(|offer| offer.version.minor() == at.next()) {
        found.extend(deprecated(world, at.next())?);
        found.push(kubelets(world, at.next()));
        found.push(kube_proxy(world, at.next())?);
        found.push(compatible(world, at.next())?);
    }
    if let Some((previous, ended)) = &cloud.now().control_plane.previous
        && previous.minor() < at
        && world.now().duration_since(*ended) <= rules::WAY_BACK
    {
        found.push(back(world, previous.minor()));
    }
    let now = names::time(world.now());
    for one in &mut found {
        let id = digest::uuid(&format!("{} {}", json::text(one, "/name"), json::text(one, "/kubernetesVersion")));
        json::set(one, &["id"], id);
        json::set(one, &["lastRefreshTime"], now.clone());
        json::set(one, &["lastTransitionTime"], now.clone());
    }
    Ok(found)
}

/// What one insight is about.
struct About<'a> {
    name: &'a str,
    readiness: Readiness,
    minor: Minor,
    description: &'a str,
    advice: &'a str,
}

fn insight(about: &About<'_>, status: &str, reason: &str) -> Value {
    json!({
        "name": about.name,
        "category": about.readiness.category(),
        "kubernetesVersion": about.minor.to_string(),
        "description": about.description,
        "insightStatus": { "status": status, "reason": reason },
        "recommendation": about.advice,
        "additionalInfo": {},
        "resources": [],
        "categorySpecificSummary": { "deprecationDetails": [], "addonCompatibilityDetails": [] },
    })
}

/// One for the next minor, and one for each later one that stops to serve what is used.
fn deprecated(world: &World, next: Minor) -> Result<Vec<Value>, Fault> {
    let kept = of(world)?.now().extra.get("deprecatedApis").and_then(Value::as_array);
    let kept: Vec<&Value> = kept.into_iter().flatten().collect();
    let removed_in = |api: &Value| json::text(api, "/stopServingVersion").parse::<Minor>().ok();
    let mut minors: Vec<Minor> = kept.iter().filter_map(|api| removed_in(api)).filter(|minor| *minor > next).collect();
    minors.push(next);
    minors.sort();
    minors.dedup();
    Ok(minors.into_iter().map(|minor| deprecated_in(&kept, minor, next)).collect())
}

fn deprecated_in(kept: &[&Value], minor: Minor, next: Minor) -> Value {
    let of_minor = |api: &&&Value| json::text(api, "/stopServingVersion") == minor.to_string();
    let details: Vec<&Value> = kept.iter().filter(of_minor).copied().collect();
    let used = details.iter().any(|api| json::items(api, "/clientStats").next().is_some());
    let (status, reason) = match (used, minor == next) {
        (false, _) => ("PASSING", "No deprecated API usage detected within the last 30 days."),
        (true, true) => {
            ("ERROR", "Deprecated API usage detected within last 30 days and your cluster is on the version before.")
        }
        (true, false) => ("WARNING", "Deprecated API usage detected within last 30 days."),
    };
    let about = About {
        name: &format!("Deprecated APIs removed in Kubernetes v{minor}"),
        readiness: Readiness::Upgrade,
        minor,
        description: "Checks for usage of deprecated APIs that are scheduled for removal.",
        advice: "Update manifests and API clients to use newer Kubernetes APIs before upgrading.",
    };
    let mut insight = insight(&about, status, reason);
    json::set(&mut insight, &["categorySpecificSummary", "deprecationDetails"], json!(details));
    insight
}

fn nodes(world: &World) -> Vec<(String, Version)> {
    let nodes = world.store.list(Resource::NODES, None, None).map(|node| (node.key.name.clone(), node.value()));
    nodes
        .filter_map(|(name, node)| Some((name, json::text(&node, "/status/nodeInfo/kubeletVersion").parse().ok()?)))
        .collect()
}

fn of_nodes(about: &About<'_>, wrong: &[String], reasons: (&str, &str)) -> Value {
    let (status, reason) = if wrong.is_empty() { ("PASSING", reasons.0) } else { ("ERROR", reasons.1) };
    let mut insight = insight(about, status, reason);
    let resource = |name: &String| {
        json!({
            "insightStatus": { "status": "ERROR", "reason": reasons.1 }, "kubernetesResourceUri": format!("/api/v1/nodes/{name}"),
        })
    };
    json::set(&mut insight, &["resources"], wrong.iter().map(resource).collect::<Vec<_>>());
    insight
}

fn kubelets(world: &World, next: Minor) -> Value {
    let old = |(_, version): &(String, Version)| next.ahead_of(version.minor()) > BEHIND;
    let wrong: Vec<String> = nodes(world).into_iter().filter(old).map(|(name, _)| name).collect();
    let about = About {
        name: "Kubelet version skew",
        readiness: Readiness::Upgrade,
        minor: next,
        description: "Checks whether an upgrade would leave kubelets outside of the version skew that is supported.",
        advice: "Upgrade the worker nodes before the control plane.",
    };
    of_nodes(
        &about,
        &wrong,
        ("Node kubelet versions match or are within the supported skew.", "Kubelets would be too old."),
    )
}

fn back(world: &World, to: Minor) -> Value {
    let wrong: Vec<String> =
        nodes(world).into_iter().filter(|(_, version)| version.minor() > to).map(|(name, _)| name).collect();
    let about = About {
        name: "Kubelet version skew for rollback",
        readiness: Readiness::Rollback,
        minor: to,
        description: "Checks whether a rollback would leave kubelets newer than the control plane.",
        advice: "Take the worker nodes back before the control plane.",
    };
    of_nodes(
        &about,
        &wrong,
        ("No kubelet is newer than the version to go back to.", "Kubelets would be newer than the control plane."),
    )
}

fn kube_proxy(world: &World, next: Minor) -> Result<Value, Fault> {
    let kept = addons::all(of(world)?.now()).find(|(name, _)| *name == "kube-proxy");
    let version = kept.and_then(|(_, kept)| json::text(kept, "/addonVersion").parse::<Version>().ok());
    let (status, reason) = match version.filter(|version| next.ahead_of(version.minor()) > BEHIND) {
        None => ("PASSING", "kube-proxy versions match or are within the supported skew."),
        Some(_) => ("ERROR", "kube-proxy would be too old."),
    };
    let about = About {
        name: "kube-proxy version skew",
        readiness: Readiness::Upgrade,
        minor: next,
        description: "Checks whether an upgrade would leave kube-proxy outside of the version skew that is supported.",
        advice: "Upgrade kube-proxy before the control plane.",
    };
    Ok(insight(&about, status, reason))
}

fn compatible(world: &World, next: Minor) -> Result<Value, Fault> {
    let cloud = of(world)?;
    let mut details = Vec::new();
    for (name, kept) in addons::all(cloud.now()) {
        let compatible = addons::compatible(cloud, name, next);
        if !compatible.contains(&json::text(kept, "/addonVersion")) {
            details.push(json!({ "name": name, "compatibleVersions": compatible }));
        }
    }
    let (status, reason) = match details.is_empty() {
        true => ("PASSING", "All installed EKS add-on versions are compatible with the next Kubernetes version."),
        false => ("WARNING", "Some installed EKS add-on versions are not compatible with the next Kubernetes version."),
    };
    let about = About {
        name: "EKS add-on version compatibility",
        readiness: Readiness::Upgrade,
        minor: next,
        description: "Checks whether installed EKS add-ons go with the next Kubernetes version.",
        advice: "Update the add-ons to versions that go with both, before or after the upgrade as their compatibility says.",
    };
    let mut insight = insight(&about, status, reason);
    json::set(&mut insight, &["categorySpecificSummary", "addonCompatibilityDetails"], json!(details));
    Ok(insight)
}
