//! What the tool asked of the cluster's API is what its plan says, while its journal said so, and nothing else.

use std::fmt::Write as _;

use serde_json::{Value, json};
use upgrade_core::ids::PoolName;
use upgrade_core::plan::{Action, CloudAction, ComponentAction, Plan};
use upgrade_twin::Twin;
use upgrade_twin::api::Request;

use super::calls;
use super::spy::Places;
use super::units::{self, units};
use super::windows::Windows;

/// Where the lock is kept: before 1.14 there are no Leases.
const LOCKS: [&str; 2] =
    ["/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", "/api/v1/namespaces/kube-system/configmaps"];

/// Every request that no step of the plan under way at that time explains.
pub(super) fn requests(twin: &Twin, plan: &Plan, windows: &Windows, places: &Places) -> Vec<String> {
    let wrong = |request: &Request| {
        let explained = !is_change(request) || explained(request, plan, windows, places);
        (!explained).then(|| format!("not in the plan, or not announced: {}", line(request)))
    };
    twin.requests().iter().filter_map(wrong).collect()
}

/// What a plan that was not run has changed.
pub(crate) fn untouched(twin: &Twin) -> Vec<String> {
    let requests = twin.requests();
    let changes = requests.iter().filter(|request| is_change(request));
    let requests = changes.map(|request| format!("changed without a run: {}", line(request)));
    let units = units(twin).into_iter().map(|unit| format!("ran without a run: {} on {}", unit.name, unit.host));
    requests.chain(units).collect()
}

/// The requests and commands, line by line.
pub(crate) fn log(twin: &Twin) -> String {
    let mut log = String::new();
    for request in twin.requests() {
        let _ = writeln!(log, "{} {} {}", line(&request), request.status, request.body);
    }
    log.push_str(&units::log(twin));
    log.push_str(&calls::log(twin));
    log
}

fn line(request: &Request) -> String {
    format!("{} {} {}", request.at, request.method, request.path)
}

/// Reviews of one's own rights are posted, but change nothing; so do dry runs, and what is refused. The lock is no
/// business of the plan.
fn is_change(request: &Request) -> bool {
    let question = request.path.contains("selfsubject") || request.path.contains("dryRun=All") || request.status >= 400;
    !question && !LOCKS.iter().any(|lock| request.path.starts_with(lock))
}

fn explained(request: &Request, plan: &Plan, windows: &Windows, places: &Places) -> bool {
    let under_way = |is: &dyn Fn(&Action) -> bool| {
        plan.steps().filter(|step| is(&step.action)).any(|step| windows.any(step.id, request.at))
    };
    let is_of = |node: &str, pool: &PoolName| places.pool(node) == Some(pool.as_str());
    let path = request.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["api", "v1", "namespaces", namespace, "pods", pod, "eviction"] => {
            let Some(from) = places.of(namespace, pod, request.at) else { return false };
            let of_node = |action: &Action| matches!(action, Action::Drain { node, .. } if node.as_str() == from);
            let of_pool = |action: &Action| matches!(action, Action::Cloud(CloudAction::DrainPool { pool, .. }) if is_of(from, pool));
            under_way(&|action| of_node(action) || of_pool(action))
        }
        ["api", "v1", "nodes", name] => match sets_unschedulable(&request.body) {
            Some(true) => under_way(&|action| {
                matches!(action, Action::Cordon { node } if node.as_str() == *name)
                    || matches!(action, Action::Cloud(CloudAction::CordonPool { pool }) if is_of(name, pool))
            }),
            Some(false) => under_way(&|action| {
                matches!(action, Action::Uncordon { node } if node.as_str() == *name)
                    || matches!(action, Action::Cloud(CloudAction::UncordonPool { pool }) if is_of(name, pool))
            }),
            None => false,
        },
        ["apis", "apps", "v1", "namespaces", "kube-system", "deployments", "coredns"] => {
            let image = sets_image(&request.body);
            under_way(&|action| match action {
                Action::Component(ComponentAction::CoreDnsImage(dns)) => image.as_deref() == Some(&*dns.image),
                _ => false,
            })
        }
        _ => false,
    }
}

/// The image that a patch of a Deployment gives its one container; none when it says anything else.
fn sets_image(body: &str) -> Option<String> {
    let patch: Value = serde_json::from_str(body).ok()?;
    let container = patch.pointer("/spec/template/spec/containers/0")?;
    let image = container.get("image")?.as_str()?;
    let alone = json!({"containers": [{"name": container.get("name")?, "image": image}]});
    let version = json!({"resourceVersion": patch.pointer("/metadata/resourceVersion")?});
    let whole = json!({"metadata": version, "spec": {"template": {"spec": alone}}});
    (patch == whole).then(|| image.to_owned())
}

/// What a patch of a node says of its cordon; none when it says anything else.
fn sets_unschedulable(body: &str) -> Option<bool> {
    let patch: Value = serde_json::from_str(body).ok()?;
    let (spec, patch) = (patch.get("spec")?.as_object()?, patch.as_object()?);
    let alone = spec.len() == 1 && patch.keys().all(|key| key == "spec" || key == "metadata");
    match spec.get("unschedulable").filter(|_| alone)? {
        Value::Bool(to) => Some(*to),
        Value::Null => Some(false),
        _ => None,
    }
}
