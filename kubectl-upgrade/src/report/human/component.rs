//! What is done to components of hand-built clusters, in words.

use upgrade_core::plan::ComponentAction;

/// What the action does, without naming its host.
pub(super) fn action_words(action: &ComponentAction) -> String {
    match action {
        ComponentAction::SnapshotEtcd { .. } => "take an etcd snapshot; verify its hash, revision and size".to_owned(),
        ComponentAction::Prepare { binary, ask, .. } => {
            let asked = if *ask { "; ask it about its unit's arguments" } else { "" };
            format!("fetch {} {} beside the old one; verify it{asked}", binary.component, binary.version)
        }
        ComponentAction::Switch { binary, from, .. } => format!(
            "switch {} {from} to {}, restart it, wait until it is healthy; else back at once",
            binary.component, binary.version
        ),
        ComponentAction::ByHand { component, from, to, .. } => {
            format!("by hand: replace {component} {from} by {to}; then it is looked at")
        }
        ComponentAction::RestoreEtcd(restore) => format!(
            "put etcd back to its snapshot of {}: what was written since is lost; the API servers are stopped meanwhile",
            restore.taken.strftime("%Y-%m-%d %H:%M:%S UTC")
        ),
        ComponentAction::CoreDns { from, to, .. } => {
            format!("by hand: look at the Corefile, move CoreDNS {from} to {to}; then it is looked at")
        }
    }
}

/// The action in a few words.
pub(super) fn action_name(action: &ComponentAction) -> String {
    match action {
        ComponentAction::SnapshotEtcd { .. } => "etcd snapshot".to_owned(),
        ComponentAction::Prepare { binary, .. } => format!("fetch {} {}", binary.component, binary.version),
        ComponentAction::Switch { binary, .. } => format!("{} {}", binary.component, binary.version),
        ComponentAction::ByHand { component, to, .. } => format!("{component} {to}, by hand"),
        ComponentAction::RestoreEtcd(_) => "etcd's restore".to_owned(),
        ComponentAction::CoreDns { to, .. } => format!("CoreDNS {to}, by hand"),
    }
}

/// What differs from host to host.
pub(super) fn action_detail(action: &ComponentAction) -> Option<String> {
    match action {
        ComponentAction::SnapshotEtcd { file, .. } => Some(format!("into {file}")),
        ComponentAction::RestoreEtcd(restore) => {
            let back = restore.members.iter().find_map(|member| member.binary.as_ref());
            let back = back.map(|binary| format!("; the binary of etcd {} goes back with it", binary.version));
            Some(format!("from {}{}", restore.file, back.unwrap_or_default()))
        }
        ComponentAction::Prepare { .. }
        | ComponentAction::Switch { .. }
        | ComponentAction::ByHand { .. }
        | ComponentAction::CoreDns { .. } => None,
    }
}
