//! What the tool asked of a cloud is what its plan says, each attempt once, while its journal said so.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use upgrade_core::ids::StepId;
use upgrade_core::plan::{Action, Carrier, CloudAction, Plan};
use upgrade_twin::Twin;
use upgrade_twin::clouds::operations::{Kind, Operation, Subject};
use upgrade_twin::clouds::{self, Exchange};

use super::windows::Windows;
use crate::story::OTHERS;

/// Every operation that no step of the plan under way at that time explains, and every one beyond the attempts at its step;
/// and every change that was asked for while no step of the cloud's was under way.
pub(super) fn check(twin: &Twin, plan: &Plan, windows: &Windows) -> Vec<String> {
    let mut begun: BTreeMap<StepId, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for one in operations(twin).iter().filter(|one| !is_of_others(one)) {
        let explains = |action: &Action| matches!(action, Action::Cloud(action) if is_of(one, action));
        let steps = plan.steps().filter(|step| explains(&step.action));
        match steps.map(|step| step.id).find(|step| windows.any(*step, one.started)) {
            None => wrong.push(format!("not in the plan, or not announced: {}", line(one))),
            Some(step) => {
                let count = begun.entry(step).or_default();
                *count += 1;
                if *count > windows.attempts(step) {
                    wrong.push(format!("begun more often than attempted at step {step}: {}", line(one)));
                }
            }
        }
    }
    let of_cloud: Vec<StepId> =
        plan.steps().filter(|step| step.action.carrier() == Carrier::Cloud).map(|step| step.id).collect();
    let unannounced = exchanges(twin)
        .into_iter()
        .filter(|exchange| is_change(exchange) && !of_cloud.iter().any(|step| windows.any(*step, exchange.at)));
    wrong.extend(unannounced.map(|exchange| format!("asked of the cloud, and not announced: {}", asked(&exchange))));
    wrong
}

/// What was asked of the cloud, and what became of it, line by line. What was asked side by side is in order of its text.
pub(super) fn log(twin: &Twin) -> String {
    let mut lines: Vec<_> = exchanges(twin).iter().map(|one| (one.at, asked(one))).collect();
    lines.sort();
    let asked = lines.into_iter().map(|(_, line)| line);
    asked.chain(operations(twin).iter().map(line)).fold(String::new(), |mut log, line| {
        let _ = writeln!(log, "{line}");
        log
    })
}

fn operations(twin: &Twin) -> Vec<Operation> {
    twin.with(|world| clouds::of(world).map(|cloud| cloud.now().operations.clone()).unwrap_or_default())
}

fn exchanges(twin: &Twin) -> Vec<Exchange> {
    twin.with(|world| world.cloud.as_ref().and_then(|cloud| cloud.exchanges.clone()).unwrap_or_default())
}

fn is_of_others(one: &Operation) -> bool {
    one.token.as_ref().is_some_and(|token| token.starts_with(OTHERS))
}

/// What is asked of EC2, and for the insights of EKS, is posted, but changes nothing; nor does what is refused.
fn is_change(exchange: &Exchange) -> bool {
    let question = exchange.uri == "/" || exchange.uri.ends_with("/insights");
    exchange.method != "GET" && exchange.status < 400 && !question
}

fn asked(exchange: &Exchange) -> String {
    let Exchange { at, method, uri, asked, status, .. } = exchange;
    format!("{at} {method} {uri} {status} {asked}")
}

fn line(one: &Operation) -> String {
    let Operation { id, kind, subject, state, started, ended, target, failures, .. } = one;
    format!("{started} {id} {kind:?} {subject:?} to {target:?}: {state:?} {ended:?} {failures:?}")
}

/// Whether it is what that action comes down to.
fn is_of(one: &Operation, action: &CloudAction) -> bool {
    let on = |pool: &upgrade_core::ids::PoolName| one.subject == Subject::Pool(pool.to_string());
    let to = |version: &upgrade_core::version::Version| {
        one.target.as_ref().is_some_and(|target| target.minor() == version.minor())
    };
    match action {
        CloudAction::UpgradeControlPlane { to: version, .. } => one.kind == Kind::ControlPlane && to(version),
        CloudAction::CompleteControlPlane { .. } => {
            one.subject == Subject::Cluster && matches!(one.kind, Kind::Other(_))
        }
        CloudAction::UpgradeAddon { addon, .. } => one.subject == Subject::Other(format!("addon/{addon}")),
        CloudAction::ConfigurePool { pool, .. } => on(pool) && matches!(one.kind, Kind::Other(_)),
        // Budgets are overridden at the cluster, on AKS.
        CloudAction::UpgradePool { pool, to: version, force, .. } => {
            (on(pool) && one.kind == Kind::PoolUpgrade && to(version))
                || (*force && one.subject == Subject::Cluster && matches!(one.kind, Kind::Other(_)))
        }
        CloudAction::CreatePool { pool, version, .. } => on(pool) && one.kind == Kind::PoolCreate && to(version),
        CloudAction::DeletePool { pool } => on(pool) && one.kind == Kind::PoolDelete,
        CloudAction::RefreshInsights => matches!(one.subject, Subject::Other(_)),
        CloudAction::StopOperation { .. }
        | CloudAction::RollbackControlPlane { .. }
        | CloudAction::RollbackPool { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::RenewPool { .. }
        | CloudAction::FollowPool { .. } => false,
    }
}
