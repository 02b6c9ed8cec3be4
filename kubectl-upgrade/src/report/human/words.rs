//! Actions in words. An action that can be run has words here: the match has no catch-all arm.

use std::collections::BTreeSet;

use upgrade_core::plan::{Action, DrainForecast, NodeForm, PackagePin};

use super::{cloud, component};
use crate::report::text::count;

/// What the action does, without naming its node.
pub(crate) fn action_words(action: &Action) -> String {
    match action {
        Action::SnapshotEtcd { .. } => "take an etcd snapshot; verify its hash, revision and size".to_owned(),
        Action::ArchiveFiles { paths, .. } => format!("archive {}", paths.join(", ")),
        Action::SwitchRepository { from, to, .. } => format!("point the package repository at {to} instead of {from}"),
        Action::InstallPackages { packages, hold, .. } => {
            format!("install {}{}", pins(packages), if *hold { ", held again" } else { "" })
        }
        Action::UpgradeApply { version, .. } => format!("kubeadm upgrade apply {}", version.tag()),
        Action::UpgradeNode { version, form, .. } => match form {
            NodeForm::Node => format!("kubeadm upgrade node, to {version}"),
            NodeForm::Config => format!("kubeadm upgrade node config --kubelet-version {}", version.tag()),
            NodeForm::ExperimentalControlPlane => {
                format!("kubeadm upgrade node experimental-control-plane, to {version}")
            }
        },
        Action::Cordon { .. } => "cordon".to_owned(),
        Action::Drain { .. } => "drain".to_owned(),
        Action::RestartKubelet { version, .. } => format!("restart the kubelet as {version}"),
        Action::Uncordon { .. } => "uncordon".to_owned(),
        Action::Cloud(action) => cloud::action_words(action),
        Action::Component(action) => component::action_words(action),
    }
}

/// The action in a few words, for lines that say what happens to it.
pub(crate) fn action_name(action: &Action) -> String {
    match action {
        Action::SnapshotEtcd { .. } => "etcd snapshot".to_owned(),
        Action::ArchiveFiles { .. } => "archive files".to_owned(),
        Action::SwitchRepository { to, .. } => format!("repository {to}"),
        Action::InstallPackages { packages, .. } => format!("install {}", pins(packages)),
        Action::UpgradeApply { version, .. } => format!("kubeadm upgrade apply {}", version.tag()),
        Action::UpgradeNode { .. } => "kubeadm upgrade node".to_owned(),
        Action::Cordon { .. } => "cordon".to_owned(),
        Action::Drain { .. } => "drain".to_owned(),
        Action::RestartKubelet { .. } => "restart kubelet".to_owned(),
        Action::Uncordon { .. } => "uncordon".to_owned(),
        Action::Cloud(action) => cloud::action_name(action),
        Action::Component(action) => component::action_name(action),
    }
}

/// What differs from node to node: where a backup goes, what a drain would move as seen now.
pub(crate) fn action_detail(action: &Action) -> Option<String> {
    match action {
        Action::SnapshotEtcd { file, .. } | Action::ArchiveFiles { file, .. } => Some(format!("into {file}")),
        Action::Drain { seen: DrainForecast { evicted, left, budgets }, .. } => {
            Some(forecast(*evicted, *left, &budgets.iter().map(String::as_str).collect()))
        }
        Action::Cloud(action) => cloud::action_detail(action),
        Action::Component(action) => component::action_detail(action),
        Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::Cordon { .. }
        | Action::RestartKubelet { .. }
        | Action::Uncordon { .. } => None,
    }
}

/// What a drain would move, as seen when the plan was made.
pub(crate) fn seen(action: &Action) -> Option<&DrainForecast> {
    match action {
        Action::Drain { seen, .. } => Some(seen),
        Action::Cloud(action) => action.forecast().map(|seen| &seen.drain),
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::Cordon { .. }
        | Action::RestartKubelet { .. }
        | Action::Uncordon { .. }
        | Action::Component(_) => None,
    }
}

/// More budgets than this are counted.
const NAMED_BUDGETS: usize = 8;

/// `as seen now 14 pods move, 5 stay; budgets shop/cart`.
pub(crate) fn forecast(moved: u32, left: u32, budgets: &BTreeSet<&str>) -> String {
    let verb = if moved == 1 { "moves" } else { "move" };
    let moved = count(usize::try_from(moved).unwrap_or(usize::MAX), "pod");
    let named: Vec<&str> = budgets.iter().copied().take(NAMED_BUDGETS).collect();
    let budgets = match (named.as_slice(), budgets.len().saturating_sub(NAMED_BUDGETS)) {
        ([], _) => String::new(),
        ([one], _) => format!("; budget {one}"),
        (many, 0) => format!("; budgets {}", many.join(", ")),
        (many, more) => format!("; budgets {} and {more} more", many.join(", ")),
    };
    format!("as seen now {moved} {verb}, {left} stay{budgets}")
}

fn pins(packages: &[PackagePin]) -> String {
    packages.iter().map(|pin| format!("{} {}", pin.name, pin.version)).collect::<Vec<_>>().join(", ")
}
