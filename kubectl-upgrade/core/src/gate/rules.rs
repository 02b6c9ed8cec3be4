//! The rules a step is held against, each on what was just observed.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::Context;
use super::decision::{Block, Rule};
use super::verdict::ready;
use super::windows;
use crate::addresses::{self, Coming};
use crate::component::Component;
use crate::drain::{PodVerdict, verdict};
use crate::finding::FindingCode;
use crate::ids::{NodeName, ObjectName};
use crate::inventory::{Budget, BudgetAllowance, GapSubject, Node, Pod};
use crate::plan::{Action, CloudAction, DrainPolicy, Lane, Stage, StageKind, Step, Subject, Verdict};
use crate::support::{self, Phase};
use crate::transition;

/// Every rule that forbids the step.
pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let rules = [skew, support, windows::exclusions, drain];
    rules.iter().flat_map(|rule| rule(context)).collect()
}

/// What the step should wait for, though no rule forbids it.
pub(super) fn waits(context: &Context<'_>) -> Vec<String> {
    let mut reasons = unseen(context);
    reasons.extend(budgets_that_never_allow(context));
    reasons.extend(others_down(context));
    reasons.extend(too_few_addresses(context));
    reasons
}

/// A drain is not begun blindly. A request that failed may succeed a moment later.
fn unseen(context: &Context<'_>) -> Vec<String> {
    if policy(context).is_none() {
        return Vec::new();
    }
    let needed = |subject: &GapSubject| matches!(subject, GapSubject::Pods | GapSubject::Budgets);
    context.fresh.gaps.iter().filter(|gap| needed(&gap.subject)).map(|gap| format!("not seen: {}", gap.why)).collect()
}

/// Addresses come free by themselves when others go; a step that the cloud could not finish for want of them is not begun,
/// unless that was accepted by name.
fn too_few_addresses(context: &Context<'_>) -> Option<String> {
    let (Action::Cloud(action), Some(cloud)) = (&context.step.action, &context.fresh.cloud) else { return None };
    let coming = addresses::of(cloud, action).filter(Coming::is_short)?;
    (!is_accepted(context, FindingCode::FreeAddresses))
        .then(|| format!("{coming}; free some, or go on all the same: kubectl upgrade resume --accept KU0710"))
}

pub(super) fn is_accepted(context: &Context<'_>, code: FindingCode) -> bool {
    context.accepted.contains(&code) || context.plan.options.accepted.contains(&code)
}

fn others_down(context: &Context<'_>) -> Vec<String> {
    let Some((stage, _)) = place(context) else { return Vec::new() };
    let takes_down = context.step.action.restarts_control_plane()
        || matches!(context.step.action, Action::Cordon { .. } | Action::Drain { .. } | Action::RestartKubelet { .. });
    if !takes_down {
        return Vec::new();
    }
    let nodes = context.fresh.nodes_by_name();
    let is_up = |node: &&Node| ready(node, context.fresh.observed_at) == Verdict::Holds;
    let is_down = |name: &&NodeName| match nodes.get(name) {
        Some(node) => !is_up(node),
        None => is_a_node(stage, name),
    };
    let down: Vec<&NodeName> = others(context, stage).into_iter().filter(is_down).collect();
    let bearable = stage.at_once.saturating_sub(1);
    if down.len() <= bearable {
        return Vec::new();
    }
    down.into_iter().map(|node| format!("node {node} is not ready")).collect()
}

/// Whether the host was a Node when the plan was made. Those of a hand-built control plane may never be one.
fn is_a_node(stage: &Stage, name: &NodeName) -> bool {
    let lanes = stage.lanes.iter().filter(|lane| lane.subject.node() == Some(name));
    let on_host = |step: &Step| matches!(step.action, Action::Component(_));
    lanes.into_iter().any(|lane| !lane.steps.iter().all(on_host))
}

fn skew(context: &Context<'_>) -> Vec<Block> {
    if !transition::moves(context.step) {
        return Vec::new();
    }
    transition::play(&mut transition::picture(context.fresh), context.step)
        .into_iter()
        .map(|issue| Block { rule: Rule::Skew, found: issue.to_string(), remedy: Some(replan()) })
        .collect()
}

/// A version out of support is moved to only if the plan said that it would be.
fn support(context: &Context<'_>) -> Vec<Block> {
    let version = match &context.step.action {
        Action::UpgradeApply { version, .. } | Action::Cloud(CloudAction::UpgradeControlPlane { to: version, .. }) => {
            version
        }
        Action::Component(action) => match action.moves() {
            Some((Component::ApiServer, _, to)) => to,
            Some(_) | None => return Vec::new(),
        },
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeNode { .. }
        | Action::Cordon { .. }
        | Action::Drain { .. }
        | Action::RestartKubelet { .. }
        | Action::Uncordon { .. }
        | Action::Cloud(_) => return Vec::new(),
    };
    let today = context.now.to_zoned(TimeZone::UTC).date();
    let status = support::status(version.minor(), today, context.facts);
    let said = context.plan.hops.iter().any(|hop| hop.to == *version && !hop.notes.is_empty())
        || context.plan.findings.iter().any(|finding| finding.code == FindingCode::TargetSupport)
        || context.accepted.contains(&FindingCode::TargetSupport);
    if status.phase != Phase::Ended || said {
        return Vec::new();
    }
    let found = format!("{} is out of support since the plan was made", version.minor());
    vec![Block { rule: Rule::Support, found, remedy: Some(replan()) }]
}

/// What would keep the node from being drained, asked before it is cordoned and again before it is drained.
fn drain(context: &Context<'_>) -> Vec<Block> {
    let Some(policy) = policy(context) else { return Vec::new() };
    let blocks = |pod| pod_blocks(pod, &policy, &context.fresh.budgets);
    moved(context).into_iter().flat_map(blocks).collect()
}

fn pod_blocks(pod: &Pod, policy: &DrainPolicy, budgets: &[Budget]) -> Vec<Block> {
    match verdict(pod, policy) {
        PodVerdict::Leave(_) => Vec::new(),
        PodVerdict::Refuse(reason) => vec![Block {
            rule: Rule::DrainPolicy,
            found: format!("pod {} {reason}", pod.name),
            remedy: Some(format!("plan again with {}, or move the pod", reason.consent())),
        }],
        PodVerdict::Evict => budget_blocks(pod, budgets),
    }
}

fn budget_blocks(pod: &Pod, budgets: &[Budget]) -> Vec<Block> {
    let covering: Vec<&Budget> = budgets.iter().filter(|budget| budget.pods.contains(&pod.name)).collect();
    if covering.len() > 1 {
        let names: Vec<String> = covering.iter().map(|budget| budget.name.to_string()).collect();
        // Observed: the eviction API answers 500 to such a pod, for ever.
        let found = format!("pod {} is covered by {} budgets: {}", pod.name, names.len(), names.join(", "));
        let remedy = Some("leave one budget for each pod".to_owned());
        return vec![Block { rule: Rule::Budget, found, remedy }];
    }
    Vec::new()
}

/// Budgets that allow no eviction of a pod on the node, ever, by what their status says. Waited for, not refused at once:
/// while a StatefulSet puts back a pod that was just evicted, its budget counts fewer pods and looks just like that.
fn budgets_that_never_allow(context: &Context<'_>) -> Vec<String> {
    let Some(policy) = policy(context) else { return Vec::new() };
    let mut pods = moved(context);
    pods.retain(|pod| verdict(pod, &policy) == PodVerdict::Evict);
    let keeps = |budget: &&Budget| pods.iter().any(|pod| budget.pods.contains(&pod.name));
    let never =
        context.fresh.budgets.iter().filter(|budget| budget.allowance() == BudgetAllowance::Never).filter(keeps);
    never
        .map(|budget| {
            let ObjectName { namespace, name } = &budget.name;
            format!(
                "budget {} allows no eviction, ever: {} of its {} pods must stay; add a replica, or \
                 kubectl -n {namespace} edit poddisruptionbudget {name}",
                budget.name, budget.desired_healthy, budget.expected_pods
            )
        })
        .collect()
}

/// The policy of the drain that this step is or leads to.
fn policy(context: &Context<'_>) -> Option<DrainPolicy> {
    let drains = |action: &Action| match action {
        Action::Drain { policy, .. } => Some(*policy),
        Action::SnapshotEtcd { .. }
        | Action::ArchiveFiles { .. }
        | Action::SwitchRepository { .. }
        | Action::InstallPackages { .. }
        | Action::UpgradeApply { .. }
        | Action::UpgradeNode { .. }
        | Action::Cordon { .. }
        | Action::RestartKubelet { .. }
        | Action::Uncordon { .. } => None,
        Action::Cloud(action) => action.drain_policy(),
        Action::Component(_) => None,
    };
    if matches!(context.step.action, Action::Cordon { .. } | Action::Cloud(CloudAction::CordonPool { .. })) {
        let (_, lane) = place(context)?;
        return lane.steps.iter().find_map(|step| drains(&step.action));
    }
    drains(&context.step.action)
}

/// The pods on the node or the nodes of the pool that the step is about.
fn moved<'a>(context: &Context<'a>) -> Vec<&'a Pod> {
    let nodes: BTreeSet<&NodeName> = match context.step.action.subject() {
        Subject::Node(_) => context.step.action.node().into_iter().collect(),
        Subject::Pool(pool) => {
            let nodes = context.fresh.nodes_of(&pool);
            nodes.filter(|node| !is_renewed(node, &context.step.action)).map(|node| &node.name).collect()
        }
        Subject::ControlPlane | Subject::Addon(_) => BTreeSet::new(),
    };
    let here = |pod: &&Pod| pod.node.as_ref().is_some_and(|node| nodes.contains(node));
    context.fresh.pods.iter().filter(here).collect()
}

/// Whether the step leaves a node as it is, because it is where it should be.
fn is_renewed(node: &Node, action: &Action) -> bool {
    matches!(action, Action::Cloud(CloudAction::RenewPool { to, .. }) if node.kubelet.minor() == to.minor())
}

/// The stage and lane the step is in.
pub(super) fn place<'a>(context: &Context<'a>) -> Option<(&'a Stage, &'a Lane)> {
    context.plan.stages.iter().find_map(|stage| {
        let lane = stage.lanes.iter().find(|lane| lane.steps.iter().any(|step| step.id == context.step.id))?;
        Some((stage, lane))
    })
}

/// The nodes whose health matters for the step: the other control-plane hosts, or the other nodes of the stage.
fn others<'a>(context: &Context<'a>, stage: &'a Stage) -> Vec<&'a NodeName> {
    let own = context.step.action.node();
    match stage.kind {
        StageKind::ControlPlane | StageKind::ControlPlaneKubelets => {
            context.fresh.nodes.iter().filter(|node| node.control_plane).map(|node| &node.name).collect::<Vec<_>>()
        }
        StageKind::Workers | StageKind::LaggingNodes => {
            stage.lanes.iter().filter_map(|lane| lane.subject.node()).collect()
        }
        // The others that matter there are components, not nodes: their steps expect them to run.
        StageKind::Etcd | StageKind::ApiServers | StageKind::Controllers => Vec::new(),
        StageKind::Backup | StageKind::Preparation | StageKind::Addons | StageKind::Restore => Vec::new(),
    }
    .into_iter()
    .filter(|node| Some(*node) != own)
    .collect()
}

fn replan() -> String {
    "kubectl upgrade plan".to_owned()
}
