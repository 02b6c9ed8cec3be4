//! The calls of Azure Kubernetes Service. Source: the models of Microsoft.ContainerService.

use super::CloudCall;
use crate::plan::{CloudAction, Surge};

pub(super) fn calls(action: &CloudAction) -> Vec<CloudCall> {
    let call = match action {
        CloudAction::UpgradeControlPlane { to, force, along, .. } => CloudCall::new("PUT managedClusters")
            .with("properties.kubernetesVersion", to)
            .maybe("properties.agentPoolProfiles[*].orchestratorVersion", along.as_ref().map(|_| to))
            .maybe("properties.upgradeSettings.overrideSettings.forceUpgrade", force.then_some(true)),
        CloudAction::ConfigurePool { pool, surge, .. } => {
            configure(CloudCall::new("PUT agentPools").with("name", pool), surge)
        }
        CloudAction::UpgradePool { pool, image: Some(_), .. } => {
            CloudCall::new("POST agentPools/upgradeNodeImageVersion").with("name", pool)
        }
        CloudAction::UpgradePool { pool, to, .. } => {
            CloudCall::new("PUT agentPools").with("name", pool).with("properties.orchestratorVersion", to)
        }
        CloudAction::RollbackPool { pool, to, image, .. } => {
            let stop = CloudCall::new("POST agentPools/abort").with("name", pool).with("where", "its upgrade goes on");
            let back = CloudCall::new("PUT agentPools")
                .with("name", pool)
                .with("properties.orchestratorVersion", to)
                .maybe("properties.nodeImageVersion", image.as_ref());
            return vec![stop, back];
        }
        CloudAction::CreatePool { pool, like, version, nodes, .. } => CloudCall::new("PUT agentPools")
            .with("name", pool)
            .with("like", like)
            .with("properties.orchestratorVersion", version)
            .with("properties.count", nodes),
        CloudAction::StopOperation { on: Some(pool), .. } => CloudCall::new("POST agentPools/abort").with("name", pool),
        CloudAction::StopOperation { on: None, .. } => CloudCall::new("POST managedClusters/abort"),
        CloudAction::DeletePool { pool } => CloudCall::new("DELETE agentPools").with("name", pool),
        // AKS has no second step, no insights, no way back for control planes, and upgrades add-ons by itself.
        CloudAction::RefreshInsights
        | CloudAction::CompleteControlPlane { .. }
        | CloudAction::RollbackControlPlane { .. }
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
    call.maybe("properties.upgradeSettings.maxSurge", surge.max_surge)
        .maybe("properties.upgradeSettings.maxUnavailable", surge.max_unavailable)
        .maybe("properties.upgradeSettings.drainTimeoutInMinutes", surge.drain_timeout_s.map(|s| s.div_ceil(60)))
        .maybe("properties.upgradeSettings.nodeSoakDurationInMinutes", surge.soak_s.map(|s| s.div_ceil(60)))
        .maybe("properties.upgradeSettings.undrainableNodeBehavior", surge.undrainable.as_ref())
}
