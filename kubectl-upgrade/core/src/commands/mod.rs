//! The exact commands a host action comes down to.
//!
//! [`of`] is the only list of them: a plan shows these lines and a provider runs these lines. Nothing here decides
//! anything about a cluster; all parameters are in the action.

mod backup;
mod component;
mod kubectl;
mod line;
mod packages;
mod pod;
mod restore;

pub mod cloud;
pub mod package;
pub mod repository;

pub use kubectl::by_kubectl;
pub(crate) use kubectl::set_image;
pub use line::{CommandLine, quote};

use crate::ids::NodeName;
use crate::inventory::PackageManager;
use crate::plan::{Action, ComponentAction, NodeForm};
use crate::version::Version;

/// Seconds between a kubelet's restart and the second look at its unit: a kubelet that dies at once was seen to be
/// reported active for a moment, and its unit waits 10 s before it starts it again.
const KUBELET_SETTLES_S: u32 = 5;

/// What of an action is done on one host before the next is gone to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The host.
    pub host: NodeName,
    /// The commands there.
    pub lines: Vec<CommandLine>,
}

/// The parts of an action that goes over several hosts, in order: each ends before the next begins. None for all others.
#[must_use]
pub fn parts(action: &Action) -> Option<Vec<Part>> {
    match action {
        Action::Component(ComponentAction::RestoreEtcd(restore)) => Some(restore::parts(restore)),
        Action::Component(_)
        | Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::Cordon { .. }
        | Action::Drain { .. }
        | Action::RestartKubelet { .. }
        | Action::Uncordon { .. }
        | Action::Cloud(_) => None,
    }
}

/// The commands of an action, in order; each runs as root, the first failure ends the step. Empty for what is done
/// through the Kubernetes API, or over several hosts, which [`parts`] tells.
#[must_use]
pub fn of(action: &Action) -> Vec<CommandLine> {
    match action {
        Action::SnapshotEtcd { node: _, file, etcdctl_on_host } => backup::snapshot(file, *etcdctl_on_host),
        Action::ArchiveFiles { node: _, file, paths } => backup::archive(file, paths),
        Action::SwitchRepository { node: _, manager, from: _, to: _, edits } => {
            with(*manager, |manager| packages::switch(manager, edits))
        }
        Action::InstallPackages { node: _, manager, packages, hold } => {
            with(*manager, |manager| packages::install(manager, packages, *hold))
        }
        Action::UpgradeApply { node: _, version, arguments } => vec![
            CommandLine::new(["kubeadm", "upgrade", "apply", &version.tag(), "--yes"]).with(arguments.iter().cloned()),
        ],
        Action::UpgradeNode { node: _, version, form, arguments } => {
            vec![upgrade_node(version, *form).with(arguments.iter().cloned())]
        }
        Action::RestartKubelet { node: _, version: _ } => restart_kubelet(),
        Action::Component(action) => component::of(action),
        Action::Cordon { .. } | Action::Drain { .. } | Action::Uncordon { .. } | Action::Cloud(_) => Vec::new(),
    }
}

/// The commands of a package manager; none while it is not known which, and such a plan cannot run.
fn with(manager: Option<PackageManager>, lines: impl FnOnce(PackageManager) -> Vec<CommandLine>) -> Vec<CommandLine> {
    manager.map(lines).unwrap_or_default()
}

fn upgrade_node(version: &Version, form: NodeForm) -> CommandLine {
    let line = CommandLine::new(["kubeadm", "upgrade", "node"]);
    match form {
        NodeForm::Node => line,
        NodeForm::Config => line.with(["config".to_owned(), "--kubelet-version".to_owned(), version.tag()]),
        NodeForm::ExperimentalControlPlane => line.with(["experimental-control-plane".to_owned()]),
    }
}

fn restart_kubelet() -> Vec<CommandLine> {
    vec![
        CommandLine::new(["systemctl", "daemon-reload"]),
        CommandLine::new(["systemctl", "restart", "kubelet"]),
        CommandLine::new(["sleep", &KUBELET_SETTLES_S.to_string()]),
        CommandLine::new(["systemctl", "is-active", "kubelet"]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeName;

    fn shown(action: &Action) -> Vec<String> {
        of(action).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn kubeadm_is_called_as_each_version_knows_it() {
        let node = NodeName::new("cp1");
        let version = Version::new(1, 34, 2);
        let apply = Action::UpgradeApply {
            node: node.clone(),
            version: version.clone(),
            arguments: vec!["--ignore-preflight-errors=A,B".to_owned(), "--patches=/etc/my patches".to_owned()],
        };
        assert_eq!(
            shown(&apply),
            ["sudo kubeadm upgrade apply v1.34.2 --yes --ignore-preflight-errors=A,B '--patches=/etc/my patches'"]
        );
        for (form, line) in [
            (NodeForm::Node, "sudo kubeadm upgrade node"),
            (NodeForm::Config, "sudo kubeadm upgrade node config --kubelet-version v1.34.2"),
            (NodeForm::ExperimentalControlPlane, "sudo kubeadm upgrade node experimental-control-plane"),
        ] {
            let action =
                Action::UpgradeNode { node: node.clone(), version: version.clone(), form, arguments: Vec::new() };
            assert_eq!(shown(&action), [line]);
        }
    }

    #[test]
    fn a_restarted_kubelet_is_looked_at_again() {
        let action = Action::RestartKubelet { node: NodeName::new("w1"), version: Version::new(1, 34, 2) };
        assert_eq!(
            shown(&action),
            [
                "sudo systemctl daemon-reload",
                "sudo systemctl restart kubelet",
                "sudo sleep 5",
                "sudo systemctl is-active kubelet"
            ]
        );
    }

    #[test]
    fn what_is_done_through_the_api_has_no_commands() {
        let node = NodeName::new("w1");
        assert!(of(&Action::Cordon { node: node.clone() }).is_empty());
        assert!(of(&Action::Uncordon { node }).is_empty());
    }
}
