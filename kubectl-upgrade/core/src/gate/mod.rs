//! The decision just before a step, on freshly observed state.
//!
//! Pure: what was observed and the time come in as arguments. The order of the questions is fixed: is the goal reached
//! already; is the world as the plan expects; does a rule forbid it; otherwise the step may start.

mod cloud;
mod component;
mod decision;
mod kept;
mod rules;
mod verdict;
mod windows;

use jiff::Timestamp;

pub use decision::{Block, Decision, Difference, Rule};
pub use kept::kept;
pub use verdict::verdict;

use crate::facts::Facts;
use crate::finding::FindingCode;
use crate::ids::RunId;
use crate::inventory::{CloudState, Inventory, Readiness};
use crate::plan::{Action, Carrier, CloudAction, CloudCondition, ComponentCondition, Condition, Plan, Step, Verdict};
use crate::scope::{CloudScope, HostScope, OperationKey, PodScope, Scope};

/// All that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The step that would start.
    pub step: &'a Step,
    /// What was just observed, in the scope that [`scope`] names.
    pub fresh: &'a Inventory,
    /// The run.
    pub run: &'a RunId,
    /// Blockers accepted by name when resuming, beyond those the plan accepts.
    pub accepted: &'a [FindingCode],
    /// The tables.
    pub facts: &'a Facts,
    /// Now.
    pub now: Timestamp,
}

/// Whether the step may start.
#[must_use]
pub fn decide(context: &Context<'_>) -> Decision {
    if unmet(context.step, context.fresh, context.now).is_empty() {
        return Decision::AlreadyDone;
    }
    let unexpected = Unexpected::of(context);
    if !unexpected.different.is_empty() {
        return Decision::Drifted { differences: unexpected.different };
    }
    let blocks = rules::blocks(context);
    if !blocks.is_empty() {
        return Decision::Blocked { blocks };
    }
    let mut reasons = unexpected.passing;
    reasons.extend(rules::waits(context));
    let window = windows::closed(context);
    let until = window.as_ref().and_then(|(_, opens)| *opens);
    reasons.extend(window.map(|(reason, _)| reason));
    if reasons.is_empty() { Decision::Ready } else { Decision::Wait { reasons, until } }
}

/// What the step's goal still lacks; empty when it holds.
#[must_use]
pub fn unmet(step: &Step, fresh: &Inventory, now: Timestamp) -> Vec<Difference> {
    step.goal
        .iter()
        .filter_map(|condition| {
            let found = match verdict(condition, fresh, now) {
                Verdict::Holds => return None,
                Verdict::Fails { found } => found,
                Verdict::Unseen { why } => format!("not seen: {why}"),
            };
            Some(Difference { expected: condition.to_string(), found })
        })
        .collect()
}

/// What must be observed to decide about the step.
#[must_use]
pub fn scope(step: &Step, operation: Option<OperationKey>) -> Scope {
    let host = step.action.node().filter(|_| matches!(step.action.carrier(), Carrier::Host | Carrier::Person));
    Scope {
        pods: pods(step),
        hosts: host.map_or(HostScope::None, |node| HostScope::One { node: node.clone(), operation }),
        evidence: false,
        cloud: if matches!(step.action, Action::Cloud(_)) { CloudScope::State } else { CloudScope::None },
    }
}

/// The pods that bear on the step: those of its node, or all where the nodes of its pool are not known before the look.
fn pods(step: &Step) -> PodScope {
    let mut asked = step.expects.iter().chain(&step.goal);
    match &step.action {
        Action::Cordon { node } => PodScope::Node(node.clone()),
        Action::Cloud(
            CloudAction::UpgradeControlPlane { along: Some(_), .. }
            | CloudAction::UpgradePool { .. }
            | CloudAction::RollbackPool { .. }
            | CloudAction::CordonPool { .. }
            | CloudAction::DrainPool { .. }
            | CloudAction::RenewPool { .. }
            | CloudAction::DeletePool { .. },
        ) => PodScope::All,
        action => match action.node().filter(|_| asked.any(|asked| matches!(asked, Condition::NodeDrained { .. }))) {
            Some(node) => PodScope::Node(node.clone()),
            None => PodScope::None,
        },
    }
}

/// Expectations that do not hold.
struct Unexpected {
    /// Those that may yet come to hold by themselves.
    passing: Vec<String>,
    /// Those that will not.
    different: Vec<Difference>,
}

impl Unexpected {
    fn of(context: &Context<'_>) -> Self {
        let mut unexpected = Self { passing: Vec::new(), different: left(context).into_iter().collect() };
        for condition in &context.step.expects {
            if mends(context.step, condition, context.fresh) {
                continue;
            }
            match verdict(condition, context.fresh, context.now) {
                Verdict::Holds => {}
                Verdict::Unseen { why } => unexpected.passing.push(format!("{condition}: not seen: {why}")),
                Verdict::Fails { found } if passes_by_itself(condition) => {
                    unexpected.passing.push(format!("{condition}: {found}"));
                }
                Verdict::Fails { found } => {
                    unexpected.different.push(Difference { expected: condition.to_string(), found });
                }
            }
        }
        unexpected
    }
}

/// The step's node is no longer in the cluster: its host need not be waited for.
fn left(context: &Context<'_>) -> Option<Difference> {
    let name = context.step.action.node()?;
    let planned = |condition: &Condition| matches!(condition, Condition::KubeletAt { node, .. } if node == name);
    let was_node = context.plan.steps().any(|step| step.goal.iter().any(planned));
    let is_gone = !context.fresh.nodes.is_empty() && context.fresh.node(name).is_none();
    (was_node && is_gone).then(|| Difference {
        expected: format!("node {name}"),
        found: "it left the cluster; plan again for the nodes that are there".to_owned(),
    })
}

/// Whether what is wrong is just what the step puts right: a pool whose last operation failed stays as it is until the next one
/// succeeds, and its cloud takes that. Its nodes must be well all the same.
fn mends(step: &Step, condition: &Condition, fresh: &Inventory) -> bool {
    let (
        Action::Cloud(CloudAction::UpgradePool { pool, .. } | CloudAction::RollbackPool { pool, .. }),
        Condition::Cloud(CloudCondition::PoolReady { pool: expected }),
    ) = (&step.action, condition)
    else {
        return false;
    };
    let found = fresh.cloud.as_ref().and_then(|cloud| cloud.pool(pool));
    pool == expected
        && found.is_some_and(|found| matches!(found.state, CloudState::Failed(_)))
        && fresh.nodes_of(pool).all(|node| node.ready == Readiness::Ready)
}

/// Health comes back; versions, packages and cordons do not change by themselves.
const fn passes_by_itself(condition: &Condition) -> bool {
    match condition {
        Condition::ApiHealthy | Condition::NodeReady { .. } => true,
        Condition::ControlPlaneAt { .. }
        | Condition::ControlPlaneWithin { .. }
        | Condition::RecordAt { .. }
        | Condition::KubeProxyAt { .. }
        | Condition::KubeletAt { .. }
        | Condition::KubeletWithin { .. }
        | Condition::NodeUnschedulable { .. }
        | Condition::NotCordonedByUs { .. }
        | Condition::NodeDrained { .. }
        | Condition::RepositoryServes { .. }
        | Condition::PackagesInstalled { .. }
        | Condition::OperationSucceeded { .. } => false,
        Condition::Component(condition) => matches!(condition, ComponentCondition::Runs { .. }),
        Condition::Cloud(condition) => match condition {
            CloudCondition::Ready
            | CloudCondition::OperationEnded { .. }
            | CloudCondition::ControlPlaneSoaked
            | CloudCondition::PoolReady { .. }
            | CloudCondition::PoolReadyFor { .. } => true,
            CloudCondition::ControlPlaneAt { .. }
            | CloudCondition::ControlPlaneComplete
            | CloudCondition::InsightsFresh { .. }
            | CloudCondition::AddonAt { .. }
            | CloudCondition::PoolExists { .. }
            | CloudCondition::PoolGone { .. }
            | CloudCondition::PoolAt { .. }
            | CloudCondition::PoolConfigured { .. }
            | CloudCondition::PoolImage { .. }
            | CloudCondition::PoolUnschedulable { .. }
            | CloudCondition::PoolNotCordonedByUs { .. }
            | CloudCondition::PoolDrained { .. } => false,
        },
    }
}

#[cfg(test)]
mod tests;
