//! One round of a drain: look, evict, wait for something to change.

use std::collections::BTreeSet;
use std::future::ready;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use upgrade_core::drain::{PodVerdict, RefuseReason, verdict};
use upgrade_core::event::BlockedPod;
use upgrade_core::ids::NodeName;
use upgrade_core::inventory::{Budget, Pod};
use upgrade_core::plan::{DrainForecast, DrainPolicy};
use upgrade_core::scope::PodScope;
use upgrade_provider::{OperationStatus, PortError};

use super::blocked::{blocked, overlap, refused};
use super::evict::{Evicted, Terms, evict};
use crate::changed::{pods_of, wait_for};
use crate::cluster::Cluster;
use crate::observe::pods::{LIST_PODS, SeenPod, look};
use crate::observe::served::{PolicyVersion, Served, eviction_version};

/// Evictions under way at once. More would not be faster: the API server checks them against budgets one by one.
const AT_ONCE: usize = 10;

/// Events come in bursts: no new round sooner than this, which also bounds how often a refused eviction is repeated.
const SETTLE: Duration = Duration::from_millis(500);

/// A refused eviction is tried again after this at the latest, even if no event says that its budget changed.
const RETRY: Duration = Duration::from_secs(2);

/// How far past its time a pod may be before that is worth a word, in seconds.
const OVERDUE_S: i64 = 30;

/// What is on the node.
struct OnNode {
    /// What is to go, those already going among them.
    leaving: Vec<SeenPod>,
    budgets: Vec<Budget>,
}

/// Looks at the node's pods, evicts what is to go, and waits up to `patience` for a change.
pub(super) async fn round(
    cluster: &Cluster,
    node: &NodeName,
    policy: &DrainPolicy,
    seen: &DrainForecast,
    patience: Duration,
) -> Result<OperationStatus, PortError> {
    let (served, eviction) = futures::future::join(Served::ask(&cluster.api), eviction_version(&cluster.api)).await;
    let served = served.map_err(|failure| failure.port("get /apis"))?;
    let version = eviction.map_err(|failure| failure.port("get /api/v1"))?;
    let key = format!("drain {node}");
    let on_node = match on_node(cluster, node, policy, served.policy(), &key).await? {
        Ok(on_node) => on_node,
        Err(refusal) => return Ok(refusal),
    };
    if on_node.leaving.is_empty() {
        let observed = vec![format!("no pod that could be evicted is left on {node}")];
        return Ok(OperationStatus::Succeeded { output: String::new(), observed });
    }
    let terms = Terms { version, grace_period_s: policy.grace_period_s };
    let blocked = match evict_all(cluster, node, &on_node, terms).await? {
        Ok(blocked) => blocked,
        Err(failed) => return Ok(failed),
    };
    let status = running(&on_node.leaving, seen, blocked, cluster.time.now());
    wait(cluster, node, &status, &key, served.policy(), patience).await;
    Ok(status)
}

/// Those of the nodes that hold pods a drain would move, or that need consent, in the order given.
pub(super) async fn holding(
    cluster: &Cluster,
    nodes: &[NodeName],
    policy: &DrainPolicy,
) -> Result<Vec<NodeName>, PortError> {
    let served = Served::ask(&cluster.api).await.map_err(|failure| failure.port("get /apis"))?;
    let workload = look::<SeenPod>(&cluster.api, &PodScope::All, ready(served.policy())).await;
    let pods = workload.pods.map_err(|failure| failure.port(LIST_PODS))?;
    let stays = |seen: &&SeenPod| matches!(verdict(&seen.pod, policy), PodVerdict::Leave(_));
    let holding: BTreeSet<&NodeName> =
        pods.iter().filter(|seen| !stays(seen)).filter_map(|seen| seen.pod.node.as_ref()).collect();
    Ok(nodes.iter().filter(|node| holding.contains(node)).cloned().collect())
}

/// The pods to go; or, as `Err`, the refusal for want of consent.
async fn on_node(
    cluster: &Cluster,
    node: &NodeName,
    policy: &DrainPolicy,
    version: PolicyVersion,
    key: &str,
) -> Result<Result<OnNode, OperationStatus>, PortError> {
    let workload = look::<SeenPod>(&cluster.api, &PodScope::Node(node.clone()), ready(version)).await;
    let pods = workload.pods.map_err(|failure| failure.port(LIST_PODS))?;
    cluster.remember(key, &workload.resource_version);
    let needs_consent: Vec<(&Pod, RefuseReason)> = pods
        .iter()
        .filter(|seen| !seen.pod.terminating)
        .filter_map(|seen| match verdict(&seen.pod, policy) {
            PodVerdict::Refuse(reason) => Some((&seen.pod, reason)),
            PodVerdict::Evict | PodVerdict::Leave(_) => None,
        })
        .collect();
    if !needs_consent.is_empty() {
        return Ok(Err(refused(&needs_consent)));
    }
    // A pod that is going anyway needs nobody's consent, but it counts until it is gone.
    let leaves = |seen: &SeenPod| matches!(verdict(&seen.pod, policy), PodVerdict::Leave(_));
    let leaving = pods.into_iter().filter(|seen| !leaves(seen)).collect();
    // Budgets only give names to refusals: the API server itself enforces them.
    Ok(Ok(OnNode { leaving, budgets: workload.budgets.unwrap_or_default() }))
}

/// Evicts all that are not going yet. Returns those refused for now; or, as `Err`, a refusal that will not pass.
async fn evict_all(
    cluster: &Cluster,
    node: &NodeName,
    on_node: &OnNode,
    terms: Terms,
) -> Result<Result<Vec<BlockedPod>, OperationStatus>, PortError> {
    let one = |seen| async move { evict(&cluster.api, seen, terms).await.map(|answer| (seen, answer)) };
    let evictions: Vec<_> = on_node.leaving.iter().filter(|seen| !seen.pod.terminating).map(one).collect();
    let answers: Vec<(&SeenPod, Evicted)> = stream::iter(evictions).buffer_unordered(AT_ONCE).try_collect().await?;
    let mut refusals = Vec::new();
    for (seen, answer) in answers {
        match answer {
            Evicted::Accepted | Evicted::Busy => {}
            Evicted::Overlap(refusal) => return Ok(Err(overlap(&seen.pod, &on_node.budgets, refusal))),
            // Even by a budget that seems to allow nothing ever: it counts fewer pods while one just evicted is put back.
            Evicted::Blocked(refusal) => refusals.push(blocked(&seen.pod, node, &on_node.budgets, refusal)),
        }
    }
    refusals.sort_by(|a, b| a.pod.cmp(&b.pod));
    Ok(Ok(refusals))
}

/// How far the drain is. What the blocked pods wait for stands with them, not in the text.
fn running(leaving: &[SeenPod], seen: &DrainForecast, blocked: Vec<BlockedPod>, now: Timestamp) -> OperationStatus {
    let left = u32::try_from(leaving.len()).unwrap_or(u32::MAX);
    let total = seen.evicted.max(left);
    let mut parts = vec![format!("{} of {total} pods gone", total - left)];
    if let Some(late) = leaving.iter().find_map(|seen| overdue(seen, now)) {
        parts.push(late);
    } else if blocked.is_empty() {
        parts.push(format!("{left} ending"));
    }
    OperationStatus::Running { text: parts.join(" · "), done: Some(total - left), total: Some(total), blocked }
}

/// A pod that should be gone by now: its kubelet may not be running.
fn overdue(seen: &SeenPod, now: Timestamp) -> Option<String> {
    let ends_by = seen.ends_by?;
    // The time, not how long ago that is: a line that changes by itself would pass for progress.
    let words =
        || format!("{} should have ended at {}: is its kubelet alive?", seen.pod.name, ends_by.strftime("%H:%M:%SZ"));
    (now.as_second() - ends_by.as_second() > OVERDUE_S).then(words)
}

/// Waits for the node's pods or, when budgets refuse, those budgets to change.
async fn wait(
    cluster: &Cluster,
    node: &NodeName,
    status: &OperationStatus,
    key: &str,
    policy: PolicyVersion,
    patience: Duration,
) {
    let OperationStatus::Running { blocked, .. } = status else { return };
    let mut paths = vec![pods_of(node)];
    let mut patience = patience;
    if !blocked.is_empty() {
        paths.push(format!("/apis/{}/poddisruptionbudgets", policy.api_version()));
        patience = patience.min(RETRY);
    }
    tokio::time::sleep(SETTLE.min(patience)).await;
    wait_for(cluster, &paths, key, patience.saturating_sub(SETTLE)).await;
}
