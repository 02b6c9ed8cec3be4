//! The calls of Amazon EKS. Source: the service's API model of 2017-11-01.

use super::CloudCall;
use crate::plan::{Amount, CloudAction, Surge};

pub(super) fn calls(action: &CloudAction) -> Vec<CloudCall> {
    let call = match action {
        // EKS stops no update.
        CloudAction::StopOperation { .. } => return Vec::new(),
        CloudAction::RefreshInsights => CloudCall::new("StartInsightsRefresh"),
        CloudAction::UpgradeControlPlane { to, force, .. } => {
            CloudCall::new("UpdateClusterVersion").with("version", to.minor()).maybe("force", force.then_some(true))
        }
        CloudAction::RollbackControlPlane { to, .. } => {
            CloudCall::new("UpdateClusterVersion").with("version", to.minor())
        }
        CloudAction::UpgradeAddon { addon, to, conflicts, .. } => CloudCall::new("UpdateAddon")
            .with("addonName", addon)
            .with("addonVersion", to)
            .with("resolveConflicts", conflicts.to_string().to_uppercase()),
        CloudAction::ConfigurePool { pool, surge, .. } => {
            configure(CloudCall::new("UpdateNodegroupConfig").with("nodegroupName", pool), surge)
        }
        CloudAction::UpgradePool { pool, to, image, force, .. } => CloudCall::new("UpdateNodegroupVersion")
            .with("nodegroupName", pool)
            .with("version", to.minor())
            .maybe("releaseVersion", image.as_ref())
            .maybe("force", force.then_some(true)),
        CloudAction::RollbackPool { pool, to, image, .. } => CloudCall::new("UpdateNodegroupVersion")
            .with("nodegroupName", pool)
            .with("version", to.minor())
            .maybe("releaseVersion", image.as_ref()),
        CloudAction::CreatePool { pool, like, version, image, nodes } => CloudCall::new("CreateNodegroup")
            .with("nodegroupName", pool)
            .with("like", like)
            .with("version", version.minor())
            .maybe("releaseVersion", image.as_ref())
            .with("desiredSize", nodes),
        CloudAction::DeletePool { pool } => CloudCall::new("DeleteNodegroup").with("nodegroupName", pool),
        // EKS has no second step: its planner never asks for one.
        CloudAction::CompleteControlPlane { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::FollowPool { .. } => return Vec::new(),
    };
    vec![call]
}

fn configure(call: CloudCall, surge: &Surge) -> CloudCall {
    match surge.max_unavailable.map(|amount| amount.0) {
        Some(Amount::Count(count)) => call.with("updateConfig.maxUnavailable", count),
        Some(Amount::Percent(percent)) => call.with("updateConfig.maxUnavailablePercentage", percent),
        None => call,
    }
    .maybe("updateConfig.updateStrategy", surge.strategy.as_ref())
}
