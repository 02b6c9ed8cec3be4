//! The calls of Amazon EKS. Source: the service's API model of 2017-11-01.

use super::CloudCall;
use crate::plan::{Amount, CloudAction, Surge};

/// What a new node group takes over of the one it is made like, where that has it. With an image of its owner's neither
/// version nor release is given: they are in the launch template.
const AS_DESCRIBED: &str = "scalingConfig.minSize,scalingConfig.maxSize,subnets,instanceTypes,amiType,nodeRole,capacityType,\
                            labels,taints,updateConfig,nodeRepairConfig,warmPoolConfig,launchTemplate,diskSize,remoteAccess,\
                            tags";

pub(super) fn calls(action: &CloudAction) -> Vec<CloudCall> {
    if let CloudAction::CreatePool { pool, like, version, image, nodes } = action {
        return vec![
            CloudCall::new("DescribeNodegroup").with("nodegroupName", like),
            CloudCall::new("CreateNodegroup")
                .with("nodegroupName", pool)
                .with("version", version.minor())
                .maybe("releaseVersion", image.as_ref())
                .with("scalingConfig.desiredSize", nodes)
                .with(AS_DESCRIBED, format!("(as {like} has them)")),
        ];
    }
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
        CloudAction::UpgradePool { pool, to, image, template, force, .. } => {
            let named = template.as_ref().is_some_and(|template| template.names_image);
            CloudCall::new("UpdateNodegroupVersion")
                .with("nodegroupName", pool)
                .maybe("version", (!named).then(|| to.minor()))
                .maybe("releaseVersion", image.as_ref())
                .maybe("launchTemplate.version", template.as_ref().map(|template| &template.version))
                .maybe("force", force.then_some(true))
        }
        CloudAction::RollbackPool { pool, to, image, .. } => CloudCall::new("UpdateNodegroupVersion")
            .with("nodegroupName", pool)
            .with("version", to.minor())
            .maybe("releaseVersion", image.as_ref()),
        CloudAction::DeletePool { pool } => CloudCall::new("DeleteNodegroup").with("nodegroupName", pool),
        // EKS has no second step: its planner never asks for one.
        CloudAction::CompleteControlPlane { .. }
        | CloudAction::CreatePool { .. }
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
    match surge.max_unavailable.map(|amount| amount.0) {
        Some(Amount::Count(count)) => call.with("updateConfig.maxUnavailable", count),
        Some(Amount::Percent(percent)) => call.with("updateConfig.maxUnavailablePercentage", percent),
        None => call,
    }
    .maybe("updateConfig.updateStrategy", surge.strategy.as_ref())
}
