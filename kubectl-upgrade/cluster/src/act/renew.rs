//! The nodes of a pool that are not at a version, emptied some at a time, as others come in their place: pods bring their
//! own machines, or whoever owns the machines replaces those that are empty.
//!
//! Which nodes are under way is read from the cluster at every call: those of this tool's cordon first.

use std::time::Duration;

use futures::future::try_join_all;
use upgrade_core::ids::{NodeName, PoolName, RunId};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{DrainForecast, DrainPolicy, PoolForecast, Renewal};
use upgrade_core::version::Minor;
use upgrade_provider::{OperationStatus, PortError};

use super::{cordon, drain, pool};
use crate::cluster::Cluster;
use crate::marks::CORDONED_BY;
use crate::observe::image::lenient;
use crate::wire::NodeObject;

/// While nodes only come and go, they are looked at this often.
const LOOK: Duration = Duration::from_secs(5);

/// What is to become of the pool.
pub(super) struct Renew<'a> {
    pub(super) pool: &'a PoolName,
    pub(super) to: Minor,
    pub(super) renewal: Renewal,
    pub(super) at_once: usize,
    pub(super) policy: &'a DrainPolicy,
    pub(super) seen: &'a PoolForecast,
}

impl Renew<'_> {
    /// Begins with the first poll: the name is all there is to find again.
    pub(super) fn begun(&self, run: &RunId) -> OperationRef {
        OperationRef(format!("renew-pool/{}/{run}", self.pool))
    }

    /// One round over the nodes under way.
    pub(super) async fn round(
        &self,
        cluster: &Cluster,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        let Some((_, run)) = operation.0.rsplit_once('/') else { return Ok(OperationStatus::Unknown) };
        let nodes = pool::objects(cluster, self.pool).await?;
        let standing = Standing::of(self, &nodes);
        if standing.old.is_empty() && standing.down == 0 {
            let observed = vec![format!("no node of pool {} is of another minor than {}", self.pool, self.to)];
            return Ok(OperationStatus::Succeeded { output: String::new(), observed });
        }
        let now = standing.now();
        if self.renewal == Renewal::ByOwner {
            let run = RunId::new(run);
            try_join_all(now.iter().map(|node| cordon::cordon(cluster, node, &run))).await?;
        }
        let holding = drain::holding(cluster, &now, self.policy).await?;
        let empty: Vec<&NodeName> = now.iter().filter(|node| !holding.contains(node)).collect();
        let own = DrainForecast { evicted: 0, ..self.seen.drain.clone() };
        let rounds = holding.iter().map(|node| drain::round(cluster, node, self.policy, &own, patience));
        let rounds = try_join_all(rounds).await?;
        let drained = rounds.is_empty();
        let said = self.said(&standing, &empty, rounds);
        if drained {
            tokio::time::sleep(LOOK.min(patience)).await;
        }
        Ok(said)
    }

    fn said(&self, standing: &Standing, empty: &[&NodeName], rounds: Vec<OperationStatus>) -> OperationStatus {
        let (mut texts, mut all_blocked) = (Vec::new(), Vec::new());
        for status in rounds {
            match status {
                OperationStatus::Running { text, blocked, .. } => {
                    texts.push(text);
                    all_blocked.extend(blocked);
                }
                OperationStatus::Succeeded { .. } => {}
                other @ (OperationStatus::Failed { .. } | OperationStatus::Unknown) => return other,
            }
        }
        let done = standing.total.saturating_sub(standing.old.len());
        texts.insert(0, format!("{done} of {} nodes of {}", standing.total, self.to));
        if let Some(wanted) = self.wanted(standing, empty) {
            texts.push(wanted);
        }
        let count = |number: usize| u32::try_from(number).ok();
        OperationStatus::Running {
            text: texts.join(" · "),
            done: count(done),
            total: count(standing.total),
            blocked: all_blocked,
        }
    }

    /// What somebody else has to do now.
    fn wanted(&self, standing: &Standing, empty: &[&NodeName]) -> Option<String> {
        let names = || empty.iter().map(|node| node.as_str()).collect::<Vec<_>>().join(", ");
        match self.renewal {
            Renewal::WithPod => None,
            Renewal::ByOwner if !empty.is_empty() => {
                Some(format!("{} empty: terminate its machine, that a new one of {} takes its place", names(), self.to))
            }
            Renewal::ByOwner if standing.begun == 0 && standing.down > 0 => {
                Some(format!("{} of {} nodes Ready: waiting for the next to come", standing.ready, standing.total))
            }
            Renewal::ByOwner => None,
        }
    }
}

/// How far the pool is.
struct Standing {
    /// Nodes of another minor, those of this tool's cordon first.
    old: Vec<NodeName>,
    /// How many of them this tool has cordoned.
    begun: usize,
    /// Nodes that take pods.
    ready: usize,
    /// Nodes there shall be.
    total: usize,
    /// Nodes that are missing, or take no pods.
    down: usize,
    at_once: usize,
}

impl Standing {
    fn of(renew: &Renew<'_>, nodes: &[NodeObject]) -> Self {
        let is_old = |node: &&NodeObject| {
            lenient(&node.status.node_info.kubelet_version).is_none_or(|kubelet| kubelet.minor() != renew.to)
        };
        let ours = |node: &NodeObject| node.spec.unschedulable && node.metadata.annotations.contains_key(CORDONED_BY);
        let (first, then): (Vec<_>, Vec<_>) = nodes.iter().filter(is_old).partition(|node| ours(node));
        let names = |nodes: &[&NodeObject]| -> Vec<NodeName> {
            nodes.iter().map(|node| NodeName::new(&node.metadata.name)).collect()
        };
        let (begun, mut old) = (first.len(), names(&first));
        old.extend(names(&then));
        let ready = nodes.iter().filter(takes_pods).count();
        // A pod's own machine comes and goes with it: how many there are says nothing.
        let total = match renew.renewal {
            Renewal::WithPod => nodes.len(),
            Renewal::ByOwner => usize::try_from(renew.seen.nodes).unwrap_or(usize::MAX),
        };
        let down = match renew.renewal {
            Renewal::WithPod => 0,
            Renewal::ByOwner => total.saturating_sub(ready),
        };
        Self { old, begun, ready, total, down, at_once: renew.at_once.max(1) }
    }

    /// The nodes to work on: those begun, and as many more as may be down.
    fn now(&self) -> Vec<NodeName> {
        let more = self.at_once.saturating_sub(self.down.max(self.begun));
        self.old.iter().take(self.begun + more).cloned().collect()
    }
}

fn takes_pods(node: &&NodeObject) -> bool {
    let ready = node.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True");
    ready && !node.spec.unschedulable
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(name: &str, kubelet: &str, cordoned: bool) -> NodeObject {
        let annotations = if cordoned { json!({ CORDONED_BY: "r" }) } else { json!({}) };
        serde_json::from_value(json!({
            "metadata": {"name": name, "annotations": annotations},
            "spec": {"unschedulable": cordoned},
            "status": {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"kubeletVersion": kubelet}},
        }))
        .unwrap()
    }

    fn now(renewal: Renewal, at_once: usize, planned: u32, nodes: &[NodeObject]) -> Vec<String> {
        let policy = DrainPolicy::default();
        let seen = PoolForecast { nodes: planned, ..PoolForecast::default() };
        let pool = PoolName::new("own");
        let renew = Renew { pool: &pool, to: Minor::new(1, 34), renewal, at_once, policy: &policy, seen: &seen };
        Standing::of(&renew, nodes).now().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn no_more_nodes_are_down_than_may_be() {
        let (old, new) = ("v1.33.11-eks-1", "v1.34.8-eks-1");
        let [a, b, c] = [("a", old), ("b", old), ("c", old)].map(|(name, at)| node(name, at, false));
        let began = node("b", old, true);
        let fresh = node("d", new, false);
        let owner = Renewal::ByOwner;
        assert_eq!(now(owner, 1, 3, &[a, began]), ["b"], "the one begun first");
        let [a, began] = [node("a", old, false), node("b", old, true)];
        assert_eq!(now(owner, 2, 3, &[a, began, c]), ["b", "a"]);
        let [a, c] = ["a", "c"].map(|name| node(name, old, false));
        assert_eq!(now(owner, 1, 3, &[a, c]), [""; 0], "the new one has not come yet");
        let [a, c] = ["a", "c"].map(|name| node(name, old, false));
        assert_eq!(now(owner, 1, 3, &[a, c, fresh]), ["a"]);
        assert_eq!(now(Renewal::WithPod, 1, 3, &[b]), ["b"], "pods may have ended");
    }
}
