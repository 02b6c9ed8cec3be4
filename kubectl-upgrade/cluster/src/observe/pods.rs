//! Pods and budgets, reduced page by page.

use jiff::Timestamp;
use serde_json::Value;
use upgrade_core::ids::{NodeName, ObjectName};
use upgrade_core::inventory::{Budget, Gap, GapSubject, Owner, Pod, PodPhase};
use upgrade_core::scope::PodScope;

use super::gaps::gap;
use super::selector::matches;
use super::served::PolicyVersion;
use crate::api::{Api, escape};
use crate::failure::Failure;
use crate::marks::MIRROR;
use crate::wire::{BudgetObject, PodObject, Selector};

/// The pods and budgets in scope.
pub(crate) struct Workload {
    pub(crate) pods: Result<Vec<SeenPod>, Failure>,
    pub(crate) budgets: Result<Vec<Budget>, Failure>,
    /// The resource version of the list of pods.
    pub(crate) resource_version: String,
}

impl Workload {
    /// The failures as gaps.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let pods = self.pods.as_ref().err().map(|failure| gap(GapSubject::Pods, failure, LIST_PODS));
        let budgets = self.budgets.as_ref().err().map(|failure| gap(GapSubject::Budgets, failure, LIST_BUDGETS));
        pods.into_iter().chain(budgets).collect()
    }
}

/// The right needed, in the words of a failure.
pub(crate) const LIST_PODS: &str = "list pods in all namespaces";
const LIST_BUDGETS: &str = "list poddisruptionbudgets in all namespaces";

/// A pod with what tells it from a later one of the same name.
pub(crate) struct SeenPod {
    pub(crate) pod: Pod,
    pub(crate) uid: String,
    /// By when a pod that is being deleted should be gone.
    pub(crate) ends_by: Option<Timestamp>,
}

struct Cover {
    budget: Budget,
    selector: Option<Selector>,
}

/// Looks at the pods and budgets in scope.
pub(crate) async fn look(api: &Api, scope: &PodScope, policy: PolicyVersion) -> Workload {
    let query = match scope {
        PodScope::None => {
            return Workload { pods: Ok(Vec::new()), budgets: Ok(Vec::new()), resource_version: String::new() };
        }
        PodScope::Node(node) => format!("fieldSelector={}", escape(&format!("spec.nodeName={node}"))),
        PodScope::All => String::new(),
    };
    // One small request first, so that labels need not be kept: each page of pods is matched as it comes.
    let mut covers = budgets(api, policy).await;
    let to_match = covers.as_mut().map_or(&mut [][..], Vec::as_mut_slice);
    let mut seen = pods(api, &query, to_match, policy).await;
    if seen.as_ref().is_err_and(|failure| failure.code() == Some(410)) {
        to_match.iter_mut().for_each(|cover| cover.budget.pods.clear());
        seen = pods(api, &query, to_match, policy).await;
    }
    let all = *scope == PodScope::All;
    let in_scope = |covers: Vec<Cover>| {
        let budgets = covers.into_iter().map(|cover| cover.budget);
        budgets.filter(|budget| all || !budget.pods.is_empty()).collect()
    };
    let budgets = covers.map(in_scope);
    match seen {
        Ok((pods, resource_version)) => Workload { pods: Ok(pods), budgets, resource_version },
        Err(failure) => Workload { pods: Err(failure), budgets, resource_version: String::new() },
    }
}

async fn pods(
    api: &Api,
    query: &str,
    covers: &mut [Cover],
    policy: PolicyVersion,
) -> Result<(Vec<SeenPod>, String), Failure> {
    let mut pods = Vec::new();
    let version = api
        .pages::<PodObject>("/api/v1/pods", query, |page| {
            for object in page {
                let name = ObjectName::new(&object.metadata.namespace, &object.metadata.name);
                for cover in covers.iter_mut().filter(|cover| cover.budget.name.namespace == name.namespace) {
                    if matches(cover.selector.as_ref(), &object.metadata.labels, policy.empty_selector()) {
                        cover.budget.pods.push(name.clone());
                    }
                }
                pods.push(reduce(object, name));
            }
        })
        .await?;
    Ok((pods, version))
}

async fn budgets(api: &Api, policy: PolicyVersion) -> Result<Vec<Cover>, Failure> {
    let path = format!("/apis/{}/poddisruptionbudgets", policy.api_version());
    let (objects, _) = api.list::<BudgetObject>(&path, "").await?;
    let cover = |object: BudgetObject| Cover {
        budget: Budget {
            name: ObjectName::new(object.metadata.namespace, object.metadata.name),
            min_available: object.spec.min_available.as_ref().map(as_written),
            max_unavailable: object.spec.max_unavailable.as_ref().map(as_written),
            disruptions_allowed: object.status.disruptions_allowed,
            current_healthy: object.status.current_healthy,
            desired_healthy: object.status.desired_healthy,
            expected_pods: object.status.expected_pods,
            pods: Vec::new(),
        },
        selector: object.spec.selector,
    };
    Ok(objects.into_iter().map(cover).collect())
}

/// A count or a percentage, without the quotes of JSON.
fn as_written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn reduce(object: PodObject, name: ObjectName) -> SeenPod {
    let ready =
        object.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True");
    let controller = object.metadata.owner_references.into_iter().find(|owner| owner.controller);
    let node = object.spec.node_name;
    let pod = Pod {
        name,
        node: (!node.is_empty()).then(|| NodeName::new(node)),
        owner: controller.map(|owner| Owner { kind: owner.kind, name: owner.name }),
        phase: match object.status.phase.as_str() {
            "Pending" => PodPhase::Pending,
            "Running" => PodPhase::Running,
            "Succeeded" => PodPhase::Succeeded,
            "Failed" => PodPhase::Failed,
            _ => PodPhase::Unknown,
        },
        ready,
        terminating: object.metadata.deletion_timestamp.is_some(),
        mirror: object.metadata.annotations.contains(MIRROR),
        empty_dir: object.spec.volumes.iter().any(|volume| volume.empty_dir.is_some()),
    };
    SeenPod { pod, uid: object.metadata.uid, ends_by: object.metadata.deletion_timestamp }
}
