//! KU0308: names that do not resolve while a node is drained.

use std::collections::BTreeSet;

use super::CheckContext;
use super::pods::evicted;
use super::words::{count, finding, names};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{Budget, Inventory, Pod};

/// What cluster DNS is called in kube-system: kubeadm's Deployment since 1.11 and everybody's since, and the one before.
const DEPLOYMENTS: [&str; 2] = ["coredns", "kube-dns"];

/// Every pod of it on one node, and no budget that would keep one until another runs elsewhere.
pub(super) fn together(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let of = |deployment: &'static str| -> Option<Finding> {
        let served: Vec<&Pod> =
            inventory.pods.iter().filter(|pod| belongs(pod, deployment) && pod.ready && !pod.terminating).collect();
        let moved: Vec<&Pod> =
            evicted(inventory, context).filter(|pod| belongs(pod, deployment) && pod.ready).collect();
        let nodes: BTreeSet<_> = served.iter().filter_map(|pod| pod.node.as_ref()).collect();
        let leave_at_once = nodes.len() == 1 && moved.len() == served.len();
        if !leave_at_once || inventory.budgets.iter().any(|budget| keeps_one(budget, &served)) {
            return None;
        }
        let all = if served.len() == 1 {
            "its only pod is".to_owned()
        } else {
            format!("all {} are", count(served.len(), "pod"))
        };
        let found = format!(
            "{all} on {}, and no PodDisruptionBudget keeps one: names do not resolve while it is drained",
            names(nodes)
        );
        let remedy = if served.len() == 1 {
            format!("kubectl -n kube-system scale deployment/{deployment} --replicas 2")
        } else {
            // The label is the same under both names, from kube-dns on.
            format!(
                "kubectl -n kube-system create poddisruptionbudget {deployment} --selector k8s-app=kube-dns --min-available 1"
            )
        };
        let subject = format!("Deployment kube-system/{deployment}");
        Some(finding(FindingCode::DnsTogether, Severity::Note, subject, found, remedy))
    };
    DEPLOYMENTS.into_iter().filter_map(of).collect()
}

/// By its ReplicaSet, which is named after the Deployment with a hash behind the last dash.
fn belongs(pod: &Pod, deployment: &str) -> bool {
    let owner = pod.owner.as_ref().filter(|owner| owner.kind == "ReplicaSet" && pod.name.namespace == "kube-system");
    owner.is_some_and(|owner| owner.name.rsplit_once('-').is_some_and(|(name, _)| name == deployment))
}

fn keeps_one(budget: &Budget, pods: &[&Pod]) -> bool {
    budget.desired_healthy > 0 && pods.iter().all(|pod| budget.pods.contains(&pod.name))
}
