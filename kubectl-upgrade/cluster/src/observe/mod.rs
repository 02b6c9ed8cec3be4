//! One look at the cluster.
//!
//! Lists are asked for side by side, page by page, and reduced to what an inventory holds. A request that fails leaves a
//! gap; only when the API cannot be asked at all, or will not say which cluster it is, is there no inventory.

mod addons;
mod api_use;
mod control_plane;
mod evidence;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod gaps;
mod health;
pub(crate) mod image;
mod karpenter;
mod kubeadm;
pub(crate) mod nodes;
pub(crate) mod pods;
mod selector;
pub(crate) mod served;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::{FutureExt, future};
use jiff::Timestamp;
use upgrade_core::component::Component;
use upgrade_core::inventory::{
    ClusterIdentity, Evidence, Gap, GapSubject, Health, Inventory, KubeadmRecord, NodePool, Place, Pod,
};
use upgrade_core::scope::Scope;
use upgrade_core::version::{Minor, Version};
use upgrade_provider::{Observer, PortError};

use crate::changed::scope_key;
use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::wire::VersionInfo;
use addons::Workloads;
use control_plane::ControlPlane;
use gaps::gap;
pub(crate) use image::lenient;
use pods::Workload;
use served::{PolicyVersion, Served};

#[async_trait]
impl Observer for Cluster {
    async fn observe(&self, scope: &Scope) -> Result<Inventory, PortError> {
        // Leases are judged by it: at its end, a look at a large cluster finds them older than they were.
        let asked_at = self.time.now();
        // On the heap, as together they would be a future too large to move about.
        let (identity, answers) = future::try_join(self.identity(), Box::pin(self.ask(scope))).await?;
        self.remember(&scope_key(&scope.pods), &answers.control_plane.nodes_seen.resource_version);
        Ok(assemble(identity, answers, asked_at))
    }

    async fn changed(&self, scope: &Scope, patience: Duration) {
        crate::changed::wait(self, scope, patience).await;
    }
}

impl Cluster {
    /// Asks for everything side by side. What hangs on the server's version, or on what it serves, waits for that alone.
    async fn ask(&self, scope: &Scope) -> Result<Answers, PortError> {
        let api = &self.api;
        let version = api.get::<VersionInfo>("/version").map(Arc::new).shared();
        let served = Served::ask(api).map(Arc::new).shared();
        let leases = served.clone().map(|served| (*served).as_ref().map_or(Some("v1"), Served::leases)).shared();
        let policy = served.clone().map(|served| (*served).as_ref().map_or(PolicyVersion::V1, Served::policy));
        let minor = version.clone().map(|version| minor_of(&version)).shared();
        let karpenter = async { karpenter::ask(api, (*served.clone().await).as_ref().ok()).await };
        let evidence = async {
            match scope.evidence {
                true => {
                    let counted = async { api_use::ask(api, minor.clone().await).await };
                    Some(future::join(evidence::ask(api), counted).await)
                }
                false => None,
            }
        };
        let ((version, served), (control_plane, workloads, kubeadm), (karpenter, health), workload, lists) =
            future::join5(
                future::join(version.clone(), served.clone()),
                future::join3(control_plane::ask(api, leases), addons::ask(api), kubeadm::ask(api, minor.clone())),
                future::join(karpenter, health::ask(api, true)),
                pods::look(api, &scope.pods, policy),
                evidence,
            )
            .await;
        let control_plane = control_plane?;
        Ok(Answers { version, served, control_plane, workloads, kubeadm, karpenter, health, workload, lists })
    }
}

/// An answer that several wait for.
type Told<T> = Arc<Result<T, Failure>>;

fn minor_of(version: &Result<VersionInfo, Failure>) -> Option<Minor> {
    let version: Version = version.as_ref().ok()?.git_version.parse().ok()?;
    Some(version.minor())
}

/// Everything asked for side by side.
struct Answers {
    version: Told<VersionInfo>,
    served: Told<Served>,
    control_plane: ControlPlane,
    workloads: Workloads,
    kubeadm: (Option<KubeadmRecord>, Option<Gap>),
    karpenter: (Vec<NodePool>, Option<Gap>),
    health: Health,
    workload: Workload<Pod>,
    lists: Option<(evidence::Lists, api_use::Counted)>,
}

/// Puts the answers together into an inventory.
fn assemble(cluster: ClusterIdentity, answers: Answers, now: Timestamp) -> Inventory {
    let Answers { version, served, control_plane, workloads, kubeadm, karpenter, health, workload, lists } = answers;
    let ((record, record_gap), (node_pools, pools_gap)) = (kubeadm, karpenter);
    let api_servers = control_plane.api_servers();
    let ControlPlane { nodes_seen, nodes, mirrors, mut found, announced } = control_plane;
    match &*version {
        Ok(version) => control_plane::endpoint(&version.git_version, &mut found),
        Err(failure) => {
            let subject = GapSubject::Component(Component::ApiServer, Some(Place::Endpoint));
            found.gaps.push(gap(subject, failure, "get /version"));
        }
    }
    control_plane::unseen_servers(&announced, &mut found);
    found.join(addons::read(&workloads));
    found.gaps.extend(record_gap.into_iter().chain(pools_gap).chain(workload.gaps()));
    if let Err(failure) = &*served {
        found.gaps.push(gap(GapSubject::Evidence, failure, "get /apis"));
    }
    let (mut lists, counted) = lists.unzip();
    let corefile = lists.as_mut().and_then(|lists| lists.corefile.take());
    let dns = addons::dns(&workloads, corefile);
    let (api_use, of_api_use) = counted.map_or((None, Vec::new()), |counted| counted.beside(api_servers));
    found.gaps.extend(of_api_use);
    let (evidence, gaps) = match lists {
        None => (Evidence::default(), Vec::new()),
        Some(lists) => evidence::read(evidence::Marks {
            git_version: (*version).as_ref().map_or("", |version| &version.git_version),
            served: (*served).as_ref().ok(),
            nodes: &nodes_seen,
            workloads: &workloads,
            mirrors: &mirrors,
            lists,
        }),
    };
    found.gaps.extend(gaps);
    Inventory {
        observed_at: now,
        cluster,
        evidence,
        components: found.instances,
        nodes,
        pods: workload.pods.unwrap_or_default(),
        budgets: workload.budgets.unwrap_or_default(),
        hosts: BTreeMap::new(),
        kubeadm: record,
        cloud: None,
        node_pools,
        dns,
        api_servers_announced: announced.ok().flatten(),
        health,
        api_use,
        operation: None,
        gaps: found.gaps,
    }
}

#[cfg(test)]
mod tests;
