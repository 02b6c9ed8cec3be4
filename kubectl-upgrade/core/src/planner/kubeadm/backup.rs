//! What is kept before a hop changes anything.

use crate::inventory::Node;
use crate::plan::{Action, Condition, Lane, Stage, StageKind, Step, Subject};
use crate::planner::draft::Draft;
use crate::version::Version;

/// What of a control-plane host is archived: what kubeadm and the kubelet read.
const ARCHIVED: [&str; 9] = [
    "/etc/kubernetes",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/var/lib/kubelet/instance-config.yaml",
    "/etc/default/kubelet",
    "/etc/sysconfig/kubelet",
    "/etc/systemd/system/kubelet.service.d",
    "/usr/lib/systemd/system/kubelet.service.d",
    "/lib/systemd/system/kubelet.service.d",
];

/// An etcd snapshot from the first control-plane host, and the configuration of each, as they are at `version`.
pub(super) fn stage(draft: &mut Draft<'_>, version: &Version) -> Stage {
    let external = draft.inventory.kubeadm.as_ref().is_some_and(|record| record.external_etcd);
    let nodes: Vec<&Node> = draft.control_plane().collect();
    let mut lanes = Vec::new();
    for (index, node) in nodes.into_iter().enumerate() {
        let mut steps = Vec::new();
        if index == 0 && !external {
            let step = snapshot(draft, node, version);
            draft.snapshot = Some(step.id);
            steps.push(step);
        }
        steps.push(archive(draft, node, version));
        lanes.push(Lane { subject: Subject::Node(node.name.clone()), steps });
    }
    Stage { kind: StageKind::Backup, hop: None, at_once: lanes.len(), lanes }
}

fn snapshot(draft: &mut Draft<'_>, node: &Node, version: &Version) -> Step {
    let etcdctl_on_host =
        draft.host(&node.name).and_then(|host| host.etcd.as_ref()).is_some_and(|etcd| etcd.etcdctl_on_host);
    let file = format!("{}/etcd-{version}-{}.db", directory(draft), stamp(draft));
    let action = Action::SnapshotEtcd { node: node.name.clone(), file, etcdctl_on_host };
    let goal = vec![Condition::OperationSucceeded { node: node.name.clone() }];
    draft.step(action, vec![Condition::ApiHealthy], goal)
}

fn archive(draft: &mut Draft<'_>, node: &Node, version: &Version) -> Step {
    let file = format!("{}/{}-{version}-{}.tar.gz", directory(draft), node.name, stamp(draft));
    let paths = ARCHIVED.iter().map(|path| (*path).to_owned()).collect();
    let action = Action::ArchiveFiles { node: node.name.clone(), file, paths };
    let goal = vec![Condition::OperationSucceeded { node: node.name.clone() }];
    draft.step(action, Vec::new(), goal)
}

fn directory(draft: &Draft<'_>) -> String {
    draft.options.backup_directory.trim_end_matches('/').to_owned()
}

/// The moment the plan was made, so that backups of different plans never overwrite each other.
fn stamp(draft: &Draft<'_>) -> String {
    draft.inventory.observed_at.strftime("%Y%m%dt%H%M%Sz").to_string()
}
