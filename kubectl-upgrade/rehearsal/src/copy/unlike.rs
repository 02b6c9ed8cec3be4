//! What a copy cannot act out.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use upgrade_cluster::Snapshot;
use upgrade_core::inventory::{Host, Inventory, PackageManager, Pool};
use upgrade_core::plan::{Action, CloudAction, ComponentAction, Plan, ProviderKind};
use upgrade_twin::json::{entries, items, text};

/// The controllers that are simulated.
const CONTROLLERS: [&str; 6] = ["DaemonSet", "Job", "Node", "ReplicaSet", "StatefulSet", "Deployment"];

/// The resources that the simulated scheduler counts.
const COUNTED: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Something of the cluster that its copy leaves out, and what that means for a forecast.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unlike {
    /// How many there are, where that is known.
    pub count: Option<usize>,
    /// What: `pods of CronTab`, `webhooks on pods`.
    pub what: String,
    /// What the forecast does not know therefore.
    pub therefore: String,
}

impl fmt::Display for Unlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(count) = self.count {
            write!(f, "{count} ")?;
        }
        write!(f, "{}: {}", self.what, self.therefore)
    }
}

/// Everything of the cluster that its copy leaves out.
pub(super) fn of(snapshot: &Snapshot, inventory: &Inventory, plan: &Plan) -> Vec<Unlike> {
    let mut counts: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
    for object in &snapshot.objects {
        for (what, therefore) in object_unlike(object) {
            *counts.entry((what, therefore)).or_default() += 1;
        }
    }
    for step in plan.steps() {
        if let Some((what, therefore)) = step_unlike(&step.action) {
            *counts.entry((what.to_owned(), therefore)).or_default() += 1;
        }
    }
    let by_packages = |host: &&Host| plan.provider == ProviderKind::Kubeadm && host.packages_by != PackageManager::Apt;
    for host in inventory.hosts.values().filter(by_packages) {
        let what = format!("hosts with the package manager {:?}", host.packages_by);
        *counts.entry((what, "the copy only has apt, so their package steps cannot be rehearsed")).or_default() += 1;
    }
    let pools = inventory.cloud.iter().flat_map(|cloud| &cloud.pools);
    let by_autoscaler = |pool: &&Pool| pool.blue_green.is_some_and(|blue_green| blue_green.batch.is_none());
    for _ in pools.filter(by_autoscaler) {
        let what = "pools that GKE replaces blue-green as their autoscaler decides".to_owned();
        *counts.entry((what, "the copy drains a node at a time")).or_default() += 1;
    }
    let counted = counts.into_iter().map(|((what, therefore), count)| Unlike {
        count: Some(count),
        what,
        therefore: therefore.to_owned(),
    });
    let unseen = snapshot.unseen.iter().map(|(kind, why)| Unlike {
        count: None,
        what: format!("{kind} objects, which could not be listed ({why})"),
        therefore: "the copy has none".to_owned(),
    });
    counted.chain(unseen).collect()
}

fn step_unlike(action: &Action) -> Option<(&'static str, &'static str)> {
    if let Action::Cloud(CloudAction::FollowPool { .. }) = action {
        return Some((
            "steps that wait for nodes which somebody else replaces",
            "the copy replaces them as soon as the control plane has moved; when they do so is a guess",
        ));
    }
    let Action::Component(action) = action else { return None };
    match action {
        ComponentAction::Prepare { .. } => Some((
            "binaries that are fetched",
            "the copy has each where the plan fetches it from; whether it takes its unit's arguments is known by tables alone",
        )),
        ComponentAction::PreparePod { .. } => Some((
            "images of static pods",
            "the copy has each; whether its program takes the manifest's arguments is known by tables alone",
        )),
        ComponentAction::ByHand { .. } | ComponentAction::CoreDns { .. } => {
            Some(("steps that a person carries out", "the copy has each done right, within an hour, which is a guess"))
        }
        ComponentAction::SnapshotEtcd { .. }
        | ComponentAction::Switch { .. }
        | ComponentAction::SwitchPod { .. }
        | ComponentAction::CoreDnsImage(_)
        | ComponentAction::RestoreEtcd(_) => None,
    }
}

fn object_unlike(object: &Value) -> Vec<(String, &'static str)> {
    match text(object, "/kind") {
        "Pod" => pod(object),
        "HorizontalPodAutoscaler" => {
            vec![("HorizontalPodAutoscalers".to_owned(), "replicas stay as they are now")]
        }
        "ValidatingWebhookConfiguration" if is_asked_about_pods(object) => {
            vec![("webhooks that are asked about pods".to_owned(), "an eviction they refuse is forecast as allowed")]
        }
        _ => Vec::new(),
    }
}

fn pod(pod: &Value) -> Vec<(String, &'static str)> {
    let mut unlike = Vec::new();
    let owners = items(pod, "/metadata/ownerReferences");
    for owner in owners.map(|owner| text(owner, "/kind")).filter(|kind| !CONTROLLERS.contains(kind)) {
        unlike.push((format!("pods of {owner}"), "once evicted they do not come back in the copy"));
    }
    let scheduler = text(pod, "/spec/schedulerName");
    if !["", "default-scheduler"].contains(&scheduler) {
        unlike.push((format!("pods placed by {scheduler}"), "the copy places them as the default scheduler would"));
    }
    for container in items(pod, "/spec/containers") {
        for (name, _) in entries(container, "/resources/requests").filter(|(name, _)| !COUNTED.contains(&name.as_str()))
        {
            unlike.push((format!("pods that request {name}"), "the copy's scheduler does not count it"));
        }
    }
    if items(pod, "/spec/resourceClaims").next().is_some() {
        unlike.push(("pods with resource claims".to_owned(), "the copy places them as if they had none"));
    }
    unlike.sort();
    unlike.dedup();
    unlike
}

fn is_asked_about_pods(configuration: &Value) -> bool {
    let rules = items(configuration, "/webhooks").flat_map(|webhook| items(webhook, "/rules"));
    let mut resources = rules.flat_map(|rule| items(rule, "/resources")).filter_map(Value::as_str);
    resources.any(|resource| ["pods", "pods/eviction", "*", "*/*", "pods/*"].contains(&resource))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_copy_cannot_act_out_is_named_once_per_pod() {
        let pod = json!({"kind": "Pod", "metadata": {"ownerReferences": [{"kind": "Database"}]}, "spec": {
            "schedulerName": "volcano", "containers": [
                {"resources": {"requests": {"cpu": "1", "nvidia.com/gpu": "1"}}},
                {"resources": {"requests": {"nvidia.com/gpu": "1"}}}]}});
        let named: Vec<String> = object_unlike(&pod).into_iter().map(|(what, _)| what).collect();
        assert_eq!(named, ["pods of Database", "pods placed by volcano", "pods that request nvidia.com/gpu"]);
    }

    #[test]
    fn an_ordinary_pod_is_like_its_copy() {
        let pod = json!({"kind": "Pod", "metadata": {"ownerReferences": [{"kind": "ReplicaSet"}]},
            "spec": {"schedulerName": "default-scheduler", "containers": [{"resources": {"requests": {"cpu": "1"}}}]}});
        assert_eq!(object_unlike(&pod), []);
    }

    #[test]
    fn only_webhooks_on_pods_matter() {
        let on = |resource| {
            json!({"kind": "ValidatingWebhookConfiguration",
            "webhooks": [{"rules": [{"resources": [resource]}]}]})
        };
        assert_eq!(object_unlike(&on("pods/eviction")).len(), 1);
        assert_eq!(object_unlike(&on("ingresses")), []);
    }
}
