//! The control-plane hosts of one hop, strictly one at a time.

use super::packages;
use crate::facts::{KubeadmSyntax, NodeUpgrade};
use crate::ids::NodeName;
use crate::plan::{Action, Condition, Hop, Lane, NodeForm, Reversal, Stage, StageKind, Step, Subject};
use crate::planner::draft::Draft;
use crate::version::{Minor, Version};

/// From here on kubeadm upgrades the add-ons only with the last control-plane host (facts §1.2).
const ADDONS_LAST: Minor = Minor::new(1, 28);

/// `upgrade apply` on the first host, `upgrade node` on the others.
pub(super) fn stage(draft: &mut Draft<'_>, hop: &Hop) -> Stage {
    let names: Vec<NodeName> = draft.control_plane().map(|node| node.name.clone()).collect();
    let alone = names.len() == 1;
    let last = names.len().saturating_sub(1);
    let mut lanes = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        let mut steps = packages::kubeadm(draft, &name, &hop.to);
        let with_addons = if hop.to.minor() < ADDONS_LAST { index == 0 } else { index == last };
        let step = if index == 0 { apply(draft, &name, hop) } else { node(draft, &name, hop) };
        let interrupts = Some(interruption(&name, alone));
        let mut goal = step.goal;
        goal.extend(with_addons.then(|| Condition::KubeProxyAt { version: hop.to.clone() }));
        // What kubeadm writes last, the kubelet's own configuration and flags, shows nowhere: a kubeadm that died before
        // that runs again.
        goal.push(Condition::OperationSucceeded { node: name.clone() });
        steps.push(Step { goal, interrupts, reversal: reversal(draft, hop), ..step });
        lanes.push(Lane { subject: Subject::Node(name), steps });
    }
    Stage { kind: StageKind::ControlPlane, hop: None, at_once: 1, lanes }
}

fn apply(draft: &mut Draft<'_>, name: &NodeName, hop: &Hop) -> Step {
    let arguments = arguments(draft, &hop.to);
    let action = Action::UpgradeApply { node: name.clone(), version: hop.to.clone(), arguments };
    let goal = vec![Condition::ApiHealthy, at(name, &hop.to), Condition::RecordAt { version: hop.to.clone() }];
    draft.step(action, vec![Condition::ApiHealthy, within(name, hop)], goal)
}

fn node(draft: &mut Draft<'_>, name: &NodeName, hop: &Hop) -> Step {
    let form = match KubeadmSyntax::of(hop.to.minor()).node() {
        NodeUpgrade::Plain => NodeForm::Node,
        NodeUpgrade::ByRole | NodeUpgrade::None => NodeForm::ExperimentalControlPlane,
    };
    let arguments = if form == NodeForm::Node { arguments(draft, &hop.to) } else { Vec::new() };
    let action = Action::UpgradeNode { node: name.clone(), version: hop.to.clone(), form, arguments };
    let expects = vec![Condition::ApiHealthy, within(name, hop), Condition::RecordAt { version: hop.to.clone() }];
    draft.step(action, expects, vec![Condition::ApiHealthy, at(name, &hop.to)])
}

/// The options every `kubeadm upgrade` of this version gets.
pub(super) fn arguments(draft: &Draft<'_>, version: &Version) -> Vec<String> {
    let syntax = KubeadmSyntax::of(version.minor());
    let mut arguments = Vec::new();
    if !draft.options.ignore_preflight.is_empty() {
        arguments.push(format!("--ignore-preflight-errors={}", draft.options.ignore_preflight.join(",")));
    }
    if let (Some(flag), Some(directory)) = (syntax.patches(), &draft.options.patches) {
        arguments.push(format!("{flag}={directory}"));
    }
    arguments
}

fn at(name: &NodeName, version: &Version) -> Condition {
    Condition::ControlPlaneAt { node: name.clone(), version: version.clone() }
}

/// A kubeadm that died half-way leaves some components new and some old: both are where a retry may start.
fn within(name: &NodeName, hop: &Hop) -> Condition {
    Condition::ControlPlaneWithin { node: name.clone(), from: hop.from.clone(), to: hop.to.clone() }
}

fn interruption(name: &NodeName, alone: bool) -> String {
    if alone {
        // Observed on real 1.33 to 1.35: etcd hangs up to 74 s, then the API server refuses for 26 to 41 s.
        "the API is away for one to two minutes while etcd and the API server restart; running pods go on".to_owned()
    } else {
        format!("the API server on {name} restarts; the others answer through the load balancer")
    }
}

fn reversal(draft: &Draft<'_>, hop: &Hop) -> Reversal {
    match draft.snapshot {
        Some(backup) => Reversal::Restore {
            backup,
            how: format!(
                "etcd from the snapshot and /etc/kubernetes from the archive, at {}; writes made since are lost",
                hop.from
            ),
        },
        None => Reversal::Impossible(
            "etcd is external and its data is not in this plan's backup; restore it with its own tools".to_owned(),
        ),
    }
}
