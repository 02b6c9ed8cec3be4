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
        ComponentAction::CoreDns { to, .. } => format!("CoreDNS {to}, by hand"),
    }
}

/// What differs from host to host.
pub(super) fn action_detail(action: &ComponentAction) -> Option<String> {
    match action {
        ComponentAction::SnapshotEtcd { file, .. } => Some(format!("into {file}")),
        ComponentAction::Prepare { .. }
        | ComponentAction::Switch { .. }
        | ComponentAction::ByHand { .. }
        | ComponentAction::CoreDns { .. } => None,
    }
}
