//! What every node goes through that is worked on: cordon, drain, and back.

use super::draft::Draft;
use crate::ids::NodeName;
use crate::plan::{Action, Condition, Reversal, Step};
use crate::version::Version;

/// The node takes no pods and holds none that a drain would move: an undrained kubelet must not change its minor.
pub(super) fn empty(draft: &Draft<'_>, name: &NodeName) -> Vec<Condition> {
    vec![
        Condition::NodeUnschedulable { node: name.clone() },
        Condition::NodeDrained { node: name.clone(), policy: draft.options.drain },
    ]
}

pub(super) fn cordon(draft: &mut Draft<'_>, name: &NodeName) -> Step {
    let goal = vec![Condition::NodeUnschedulable { node: name.clone() }];
    let step = draft.step(Action::Cordon { node: name.clone() }, Vec::new(), goal);
    Step { reversal: Reversal::Inverse("uncordon".to_owned()), ..step }
}

pub(super) fn drain(draft: &mut Draft<'_>, name: &NodeName) -> Step {
    let policy = draft.options.drain;
    let action = Action::Drain { node: name.clone(), policy, seen: draft.forecast(name) };
    let expects = vec![Condition::NodeUnschedulable { node: name.clone() }];
    let goal = vec![Condition::NodeDrained { node: name.clone(), policy }];
    draft.step(action, expects, goal)
}

pub(super) fn uncordon(draft: &mut Draft<'_>, name: &NodeName, to: &Version) -> Step {
    let expects = vec![
        Condition::KubeletAt { node: name.clone(), version: to.clone() },
        Condition::NodeReady { node: name.clone() },
    ];
    let goal = vec![Condition::NotCordonedByUs { node: name.clone() }];
    let step = draft.step(Action::Uncordon { node: name.clone() }, expects, goal);
    draft.set_uncordoned(name);
    Step { reversal: Reversal::Inverse("cordon".to_owned()), ..step }
}
