//! The calls of Google Kubernetes Engine. Source: the discovery document of container.v1.

use super::CloudCall;
use crate::plan::{CloudAction, Surge};

pub(super) fn calls(action: &CloudAction) -> Vec<CloudCall> {
    let call = match action {
        CloudAction::UpgradeControlPlane { to, soak_s, .. } => CloudCall::new("clusters.update")
            .with("desiredMasterVersion", to)
            .maybe("desiredRollbackSafeUpgrade.controlPlaneSoakDuration", soak_s.map(|s| format!("{s}s"))),
        CloudAction::CompleteControlPlane { .. } => CloudCall::new("clusters.completeControlPlaneUpgrade"),
        CloudAction::RollbackControlPlane { to, .. } => {
            CloudCall::new("clusters.update").with("desiredMasterVersion", to)
        }
        CloudAction::ConfigurePool { pool, surge, .. } => {
            configure(CloudCall::new("nodePools.update").with("nodePool", pool), surge)
        }
        CloudAction::UpgradePool { pool, to, image, .. } => CloudCall::new("nodePools.update")
            .with("nodePool", pool)
            .with("nodeVersion", to)
            .maybe("imageType", image.as_ref()),
        CloudAction::RollbackPool { pool, .. } => {
            let stop =
                CloudCall::new("operations.cancel").with("nodePool", pool).with("where", "its upgrade surges still");
            return vec![stop, CloudCall::new("nodePools.rollback").with("nodePool", pool).with("respectPdb", true)];
        }
        CloudAction::CreatePool { pool, like, version, nodes, .. } => CloudCall::new("nodePools.create")
            .with("nodePool.name", pool)
            .with("like", like)
            .with("nodePool.version", version)
            .with("nodePool.initialNodeCount", nodes),
        CloudAction::StopOperation { id, .. } => CloudCall::new("operations.cancel").with("operation", id),
        CloudAction::DeletePool { pool } => CloudCall::new("nodePools.delete").with("nodePool", pool),
        CloudAction::RefreshInsights
        | CloudAction::UpgradeAddon { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::RenewPool { .. }
        | CloudAction::FollowPool { .. } => return Vec::new(),
    };
    vec![call]
}

fn configure(call: CloudCall, surge: &Surge) -> CloudCall {
    call.maybe("upgradeSettings.maxSurge", surge.max_surge)
        .maybe("upgradeSettings.maxUnavailable", surge.max_unavailable)
        .maybe("upgradeSettings.strategy", surge.strategy.as_ref())
}
