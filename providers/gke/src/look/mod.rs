//! What GKE says of the cluster.

mod cluster;
mod maintenance;
mod offers;
mod pools;

use google_cloud_container_v1::model::{ClusterUpgradeInfo, Operation};
use upgrade_core::inventory::{CloudOperation, Gap, GapSubject, Rollback};
use upgrade_core::scope::CloudScope;
use upgrade_provider::{CloudAnswer, PortError};

use crate::error::GET;
use crate::provider::Gke;
use crate::{find, names};

/// Asks for the cluster, what goes on, and for `All` also what is on offer.
pub(crate) async fn look(gke: &Gke, scope: CloudScope) -> Result<CloudAnswer, PortError> {
    let found = gke.cluster().await?;
    let mut cluster = cluster::described(&gke.names, &found)?;
    let mut gaps = Vec::new();
    match gke.operations().await {
        Ok(all) => cluster.operations = going_on(gke, &all),
        Err(error) => gaps.push(gap("what is going on", error)),
    }
    // A cluster that behaves like an older minor can still go back to it.
    let may_go_back = !found.current_emulated_version.is_empty();
    if scope == CloudScope::All || may_go_back {
        match gke.upgrade_info().await {
            Ok(info) => {
                cluster.rollback = way_back(&info);
                cluster.insights = offers::insights(&info);
                if scope == CloudScope::All {
                    match gke.server_config().await {
                        Ok(config) => cluster.offers = offers::all(&cluster, &config, &info),
                        Err(error) => gaps.push(gap("what is on offer", error)),
                    }
                }
            }
            Err(error) => gaps.push(gap("upgrades to come and the way back", error)),
        }
    }
    Ok(CloudAnswer { cluster, gaps })
}

fn gap(what: &str, error: PortError) -> Gap {
    Gap { subject: GapSubject::Cloud, why: format!("{what}: {}", error.message), hint: error.hint }
}

fn going_on(gke: &Gke, all: &[Operation]) -> Vec<CloudOperation> {
    let running = all.iter().filter(|one| find::is_of(one, &gke.names) && find::is_running(one));
    let operation = |one: &Operation| CloudOperation {
        id: one.name.clone(),
        kind: one.operation_type.name().unwrap_or("operation").to_owned(),
        on: find::pool_of(one).map(str::to_owned),
        since: one.start_time.parse().ok(),
    };
    running.map(operation).collect()
}

fn way_back(info: &ClusterUpgradeInfo) -> Option<Rollback> {
    let status = info.rollback_safe_upgrade_status.as_ref()?;
    let until = status.control_plane_upgrade_rollback_end_time.as_ref();
    let until = until.and_then(|until| jiff::Timestamp::from_second(until.seconds()).ok());
    Some(Rollback { to: status.previous_version.parse().ok()?, image: None, until })
}

impl Gke {
    /// What GKE tells of upgrades to come, and of the way back.
    pub(crate) async fn upgrade_info(&self) -> Result<ClusterUpgradeInfo, PortError> {
        let call = self.call("ask GKE about upgrades to come", GET);
        let asked = self.client.fetch_cluster_upgrade_info().set_name(names::cluster(&self.names));
        asked.send().await.map_err(|error| call.failed(error))
    }
}
