//! What is done to components of hand-built clusters, in words.

use upgrade_core::plan::{ComponentAction, NewManifest};

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
        ComponentAction::PreparePod { pod, ask, .. } => {
            let asked = if *ask { "; ask it about the arguments that it runs with" } else { "" };
            format!("pull {}{asked}", pod.image)
        }
        ComponentAction::SwitchPod { pod, from, manifest: NewManifest::Edited, .. } => format!(
            "switch the static pod of {} {from} to {} in {}, wait until it is healthy; else back at once",
            pod.component, pod.image, pod.manifest
        ),
        ComponentAction::SwitchPod { pod, from, manifest: NewManifest::Kept, .. } => format!(
            "put the manifest of {} {} back to {}, in the place of that of {from}, wait until it is healthy; else back at once",
            pod.component, pod.version, pod.manifest
        ),
        ComponentAction::ByHand { component, from, to, .. } => {
            format!("by hand: replace {component} {from} by {to}; then it is looked at")
        }
        ComponentAction::RestoreEtcd(restore) => format!(
            "put etcd back to its snapshot of {}: what was written since is lost; the API servers are stopped meanwhile",
            restore.taken.strftime("%Y-%m-%d %H:%M:%S UTC")
        ),
        ComponentAction::CoreDnsImage(dns) => format!(
            "change the image of Deployment kube-system/coredns, container {}, from {} to {}; wait until all of its pods have it",
            dns.container, dns.replaces, dns.image
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
        ComponentAction::PreparePod { pod, .. } => format!("image of {} {}", pod.component, pod.version),
        ComponentAction::SwitchPod { pod, .. } => format!("{} {}", pod.component, pod.version),
        ComponentAction::ByHand { component, to, .. } => format!("{component} {to}, by hand"),
        ComponentAction::RestoreEtcd(_) => "etcd's restore".to_owned(),
        ComponentAction::CoreDnsImage(dns) => format!("CoreDNS {}", dns.to),
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
        | ComponentAction::PreparePod { .. }
        | ComponentAction::SwitchPod { .. }
        | ComponentAction::ByHand { .. }
        | ComponentAction::CoreDnsImage(_)
        | ComponentAction::CoreDns { .. } => None,
    }
}
