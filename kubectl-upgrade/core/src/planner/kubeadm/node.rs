//! The lane that takes one node's kubelet to a version.

use super::control_plane::arguments;
use super::packages;
use crate::facts::{KubeadmSyntax, NodeUpgrade};
use crate::ids::NodeName;
use crate::plan::{Action, Condition, Lane, NodeForm, Reversal, Step, Subject};
use crate::planner::draft::Draft;
use crate::planner::node_steps::{cordon, drain, empty, uncordon};
use crate::version::Version;

/// kubeadm and its configuration (workers), then cordon, drain, packages, restart, uncordon.
pub(super) fn lane(draft: &mut Draft<'_>, name: &NodeName, to: &Version) -> Lane {
    let mut steps = packages::kubeadm(draft, name, to);
    let control_plane = draft.node(name).is_some_and(|node| node.control_plane);
    // `kubeadm upgrade apply` and `upgrade node` have done this on a control-plane host.
    if !control_plane {
        steps.push(configure(draft, name, to));
    }
    let cordoned_by_others = draft.node(name).is_some_and(|node| node.unschedulable && node.cordoned_by.is_none());
    if !cordoned_by_others {
        steps.push(cordon(draft, name));
    }
    steps.push(drain(draft, name));
    let (before, expects) = (draft.kubelet(name).to_string(), empty(draft, name));
    steps.push(packages::install(draft, name, &["kubelet", "kubectl"], to, &before, expects));
    steps.push(restart(draft, name, to));
    if !cordoned_by_others {
        steps.push(uncordon(draft, name, to));
    }
    draft.set_kubelet(name, to);
    Lane { subject: Subject::Node(name.clone()), steps }
}

/// Lifts the cordon that an earlier run left on a node which needs nothing else.
pub(super) fn release(draft: &mut Draft<'_>, name: &NodeName) -> Lane {
    let at = draft.kubelet(name).clone();
    Lane { subject: Subject::Node(name.clone()), steps: vec![uncordon(draft, name, &at)] }
}

fn configure(draft: &mut Draft<'_>, name: &NodeName, to: &Version) -> Step {
    let form = match KubeadmSyntax::of(to.minor()).node() {
        NodeUpgrade::Plain => NodeForm::Node,
        NodeUpgrade::ByRole | NodeUpgrade::None => NodeForm::Config,
    };
    let arguments = if form == NodeForm::Node { arguments(draft, to) } else { Vec::new() };
    let action = Action::UpgradeNode { node: name.clone(), version: to.clone(), form, arguments };
    let goal = vec![Condition::OperationSucceeded { node: name.clone() }];
    let step = draft.step(action, vec![Condition::ApiHealthy], goal);
    let from = draft.kubelet(name);
    Step { reversal: Reversal::Inverse(format!("`kubeadm upgrade node` with kubeadm {from}")), ..step }
}

fn restart(draft: &mut Draft<'_>, name: &NodeName, to: &Version) -> Step {
    let goal = vec![
        Condition::KubeletAt { node: name.clone(), version: to.clone() },
        Condition::NodeReady { node: name.clone() },
    ];
    let expects = empty(draft, name);
    let step = draft.step(Action::RestartKubelet { node: name.clone(), version: to.clone() }, expects, goal);
    let from = draft.kubelet(name);
    let how = format!("drain again, install kubelet {from}, restart: a kubelet may be older than the API server");
    Step { reversal: Reversal::Inverse(how), ..step }
}
