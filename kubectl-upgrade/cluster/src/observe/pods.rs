//! Pods and budgets, reduced page by page.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{self, Shared};
use jiff::Timestamp;
use serde_json::Value;
use upgrade_core::ids::{NodeName, ObjectName};
use upgrade_core::inventory::{Budget, Gap, GapSubject, Owner, Pod, PodPhase};
use upgrade_core::scope::PodScope;

use super::gaps::gap;
use super::selector::{EmptySelector, matches};
use super::served::PolicyVersion;
use crate::api::{Api, escape};
use crate::failure::Failure;
use crate::marks::MIRROR;
use crate::wire::{BudgetObject, Form, PodObject, Selector};

/// The pods and budgets in scope.
pub(crate) struct Workload<P> {
    pub(crate) pods: Result<Vec<P>, Failure>,
    pub(crate) budgets: Result<Vec<Budget>, Failure>,
    /// The resource version of the list of pods.
    pub(crate) resource_version: String,
}

impl<P> Workload<P> {
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

impl From<SeenPod> for Pod {
    fn from(seen: SeenPod) -> Self {
        seen.pod
    }
}

/// Looks at the pods and budgets in scope. Of each pod no more is kept than `P` holds.
/// `policy` is the version of budgets that is served; pods need not wait for it to be known.
pub(crate) async fn look<P>(api: &Api, scope: &PodScope, policy: impl Future<Output = PolicyVersion>) -> Workload<P>
where
    P: From<SeenPod> + Send + 'static,
{
    let query = match scope {
        PodScope::None => {
            return Workload { pods: Ok(Vec::new()), budgets: Ok(Vec::new()), resource_version: String::new() };
        }
        PodScope::Node(node) => format!("fieldSelector={}", escape(&format!("spec.nodeName={node}"))),
        PodScope::All => String::new(),
    };
    // Labels are not kept: each page of pods is matched as it comes, as soon as the budgets are known.
    let (known, covers) = oneshot::channel();
    let budgets = async {
        let policy = policy.await;
        let (budgets, selectors) = match budgets(api, policy).await {
            Ok(covers) => {
                let (budgets, selectors): (Vec<_>, Vec<_>) = covers.into_iter().unzip();
                (Ok(budgets), selectors)
            }
            Err(failure) => (Err(failure), Vec::new()),
        };
        let names = budgets.as_deref().unwrap_or_default();
        // Nobody hears it where the pods could not be listed.
        let _ = known.send(Arc::new(Covers::new(names, selectors, policy.empty_selector())));
        budgets
    };
    let (budgets, seen) = future::join(budgets, pods(api, &query, covers.shared())).await;
    let (pods, covered, resource_version) = match seen {
        Ok(seen) => (Ok(seen.pods), seen.covered, seen.resource_version),
        Err(failure) => (Err(failure), Vec::new(), String::new()),
    };
    let budgets = budgets.map(|mut budgets| {
        for (index, pod) in covered {
            if let Some(budget) = budgets.get_mut(index) {
                budget.pods.push(pod);
            }
        }
        budgets.retain(|budget| *scope == PodScope::All || !budget.pods.is_empty());
        budgets
    });
    Workload { pods, budgets, resource_version }
}

/// The pods as they were read, and under which budgets they are: a budget's place in the list with a pod's name.
struct Seen<P> {
    pods: Vec<P>,
    covered: Vec<(usize, ObjectName)>,
    resource_version: String,
}

/// The pods. When they changed too much between two pages for the server to go on, they are asked for once more.
async fn pods<P>(api: &Api, query: &str, covers: KnownCovers) -> Result<Seen<P>, Failure>
where
    P: From<SeenPod> + Send + 'static,
{
    match pods_once(api, query, covers.clone()).await {
        Err(failure) if failure.code() == Some(410) => pods_once(api, query, covers).await,
        other => other,
    }
}

async fn pods_once<P>(api: &Api, query: &str, covers: KnownCovers) -> Result<Seen<P>, Failure>
where
    P: From<SeenPod> + Send + 'static,
{
    let (mut pods, mut covered) = (Vec::new(), Vec::new());
    let of_page = move |page: Vec<PodObject>| {
        let covers = covers.clone();
        async move { reduced(page, covers.await.ok().as_deref()) }
    };
    let each = |(of_page, under): (Vec<P>, Vec<_>)| {
        pods.extend(of_page);
        covered.extend(under);
    };
    let resource_version = api.pages(Form::PODS, "/api/v1/pods", query, of_page, each).await?;
    Ok(Seen { pods, covered, resource_version })
}

/// A page of pods as far as it is kept, and what budgets are over them.
fn reduced<P: From<SeenPod>>(page: Vec<PodObject>, covers: Option<&Covers>) -> (Vec<P>, Vec<(usize, ObjectName)>) {
    let mut covered = Vec::new();
    let mut pods = Vec::with_capacity(page.len());
    for object in page {
        let name = ObjectName::new(object.metadata.namespace.as_str(), object.metadata.name.as_str());
        let over = covers.into_iter().flat_map(|covers| covers.over(&object));
        covered.extend(over.map(|index| (index, name.clone())));
        pods.push(reduce(object, name).into());
    }
    (pods, covered)
}

/// What the budgets are over, once they were asked for.
type KnownCovers = Shared<oneshot::Receiver<Arc<Covers>>>;

/// The selectors of budgets, by namespace.
struct Covers {
    by_namespace: BTreeMap<String, Vec<(usize, Option<Selector>)>>,
    empty: EmptySelector,
}

impl Covers {
    fn new(budgets: &[Budget], selectors: Vec<Option<Selector>>, empty: EmptySelector) -> Self {
        let mut by_namespace: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (index, (budget, selector)) in budgets.iter().zip(selectors).enumerate() {
            by_namespace.entry(budget.name.namespace.clone()).or_default().push((index, selector));
        }
        Self { by_namespace, empty }
    }

    /// The budgets over a pod, by their place in the list.
    fn over(&self, object: &PodObject) -> impl Iterator<Item = usize> {
        let here = self.by_namespace.get(&object.metadata.namespace).into_iter().flatten();
        let over = here.filter(|(_, selector)| matches(selector.as_ref(), &object.metadata.labels, self.empty));
        over.map(|(index, _)| *index)
    }
}

/// The budgets, each with its selector.
async fn budgets(api: &Api, policy: PolicyVersion) -> Result<Vec<(Budget, Option<Selector>)>, Failure> {
    let path = format!("/apis/{}/poddisruptionbudgets", policy.api_version());
    let (objects, _) = api.list::<BudgetObject>(&path, "").await?;
    let cover = |object: BudgetObject| {
        let budget = Budget {
            name: ObjectName::new(object.metadata.namespace, object.metadata.name),
            min_available: object.spec.min_available.as_ref().map(as_written),
            max_unavailable: object.spec.max_unavailable.as_ref().map(as_written),
            disruptions_allowed: object.status.disruptions_allowed,
            current_healthy: object.status.current_healthy,
            desired_healthy: object.status.desired_healthy,
            expected_pods: object.status.expected_pods,
            pods: Vec::new(),
        };
        (budget, object.spec.selector)
    };
    Ok(objects.into_iter().map(cover).collect())
}

/// A count or a percentage, without the quotes of JSON.
fn as_written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn reduce(object: PodObject, name: ObjectName) -> SeenPod {
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
        ready: object.status.ready,
        terminating: object.metadata.deletion_timestamp.is_some(),
        mirror: object.metadata.annotations.contains(MIRROR),
        empty_dir: object.spec.volumes.iter().any(|volume| volume.empty_dir.is_some()),
    };
    SeenPod { pod, uid: object.metadata.uid, ends_by: object.metadata.deletion_timestamp }
}
