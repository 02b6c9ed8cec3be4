//! Actions of clouds and on pools in words.

use upgrade_core::ids::PoolName;
use upgrade_core::plan::{CloudAction, LaunchTemplate, PoolForecast, Renewal};

use super::words::forecast;
use crate::report::text::{count, duration};

/// What the action does, without naming its pool or add-on.
pub(crate) fn action_words(action: &CloudAction) -> String {
    match action {
        CloudAction::StopOperation { id, kind, .. } => format!("stop {kind} {id}, which is not of this run"),
        CloudAction::RefreshInsights => "have the cloud gather its insights anew".to_owned(),
        CloudAction::UpgradeControlPlane { from, to, force, soak_s, along } => {
            let forced = if *force { ", overriding the cloud's checks" } else { "" };
            let soak = soak_s.map_or_else(String::new, |s| format!(", in two steps {} apart", duration(s.into())));
            let along = along.as_ref().map_or_else(String::new, |along| {
                let pools: Vec<&str> = along.pools.iter().map(PoolName::as_str).collect();
                format!(" and with it, one after another, the nodes of pools {}", pools.join(", "))
            });
            format!("upgrade the control plane from {from} to {to}{soak}{along}{forced}")
        }
        CloudAction::CompleteControlPlane { version } => {
            format!("take the second step to {version}: no way back after it")
        }
        CloudAction::RollbackControlPlane { from, to } => format!("take the control plane back from {from} to {to}"),
        CloudAction::UpgradeAddon { from, to, conflicts, .. } => {
            format!("upgrade from {from} to {to}, conflicting fields: {conflicts}")
        }
        CloudAction::ConfigurePool { surge, before, .. } => format!("set {surge} instead of {before}"),
        CloudAction::UpgradePool { to, image: Some(image), .. } => {
            format!("replace its nodes, which stay at {to}, by ones of image {image}")
        }
        CloudAction::UpgradePool { from, to, template, force, .. } => {
            let with = |template: &LaunchTemplate| format!(", by version {} of its launch template", template.version);
            let with = template.as_ref().map(with).unwrap_or_default();
            let forced = if *force { ", deleting pods whose eviction is refused when their time is up" } else { "" };
            format!("replace its nodes, {from} to {to}{with}{forced}")
        }
        CloudAction::RollbackPool { from, to, .. } => format!("take its nodes back, {from} to {to}"),
        CloudAction::CreatePool { pool, version, nodes, .. } => {
            format!("create pool {pool} like it, with {} of {version}", count_of(*nodes, "node"))
        }
        CloudAction::SoakPool { pool, seconds } => {
            format!("watch the nodes of pool {pool} stay Ready for {}", duration(u64::from(*seconds)))
        }
        CloudAction::CordonPool { .. } => "cordon its nodes".to_owned(),
        CloudAction::DrainPool { at_once, .. } => format!("drain its nodes, {at_once} at a time"),
        CloudAction::UncordonPool { .. } => "uncordon its nodes".to_owned(),
        CloudAction::DeletePool { .. } => "delete the pool and its machines".to_owned(),
        CloudAction::RenewPool { to, renewal: Renewal::WithPod, at_once, .. } => {
            format!("evict the pods of its machines, {at_once} at a time, each to come back on one at {}", to.minor())
        }
        CloudAction::RenewPool { to, renewal: Renewal::ByOwner, at_once, .. } => format!(
            "cordon and drain its nodes, {at_once} at a time, each to be replaced by its owner with one at {}",
            to.minor()
        ),
        CloudAction::FollowPool { to, by, .. } => format!("wait until its nodes are at {to}: {by}"),
    }
}

/// The action in a few words, for lines that say what happens to it.
pub(crate) fn action_name(action: &CloudAction) -> String {
    match action {
        CloudAction::StopOperation { kind, .. } => format!("stop {kind}"),
        CloudAction::RefreshInsights => "gather insights".to_owned(),
        CloudAction::UpgradeControlPlane { to, .. } => format!("upgrade to {to}"),
        CloudAction::CompleteControlPlane { version } => format!("complete {version}"),
        CloudAction::RollbackControlPlane { to, .. } => format!("back to {to}"),
        CloudAction::UpgradeAddon { to, .. } => format!("upgrade to {to}"),
        CloudAction::ConfigurePool { surge, .. } => format!("set {surge}"),
        CloudAction::UpgradePool { image: Some(image), .. } => format!("replace nodes by image {image}"),
        CloudAction::UpgradePool { to, .. } => format!("replace nodes to {to}"),
        CloudAction::RollbackPool { to, .. } => format!("nodes back to {to}"),
        CloudAction::CreatePool { .. } => "create".to_owned(),
        CloudAction::SoakPool { .. } => "soak".to_owned(),
        CloudAction::CordonPool { .. } => "cordon".to_owned(),
        CloudAction::DrainPool { .. } => "drain".to_owned(),
        CloudAction::UncordonPool { .. } => "uncordon".to_owned(),
        CloudAction::DeletePool { .. } => "delete".to_owned(),
        CloudAction::RenewPool { to, .. } => format!("renew at {}", to.minor()),
        CloudAction::FollowPool { to, .. } => format!("wait for {to}"),
    }
}

/// What differs from pool to pool: what its nodes hold, as seen now.
pub(crate) fn action_detail(action: &CloudAction) -> Option<String> {
    let PoolForecast { nodes, drain } = action.forecast()?;
    let budgets = drain.budgets.iter().map(String::as_str).collect();
    Some(format!("{}; {}", count_of(*nodes, "node"), forecast(drain.evicted, drain.left, &budgets)))
}

fn count_of(number: u32, what: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), what)
}
