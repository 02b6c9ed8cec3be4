//! How an operation stands.

use std::time::Duration;

use aws_sdk_eks::types::{InsightsRefreshStatus, NodegroupStatus, Update, UpdateStatus};
use tokio::time::Instant;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, CloudAction, Step};
use upgrade_provider::{ErrorKind, OperationStatus, PortError};

use super::{GROUP, REFRESH, Subject, describe_update, failure};
use crate::look;
use crate::provider::Eks;

/// How often EKS is asked: its operations take minutes.
const EVERY: Duration = Duration::from_secs(10);

/// Asks at once, then again until it is another thing than going on, or patience ends.
pub(crate) async fn poll(
    eks: &Eks,
    step: &Step,
    operation: &OperationRef,
    patience: Duration,
) -> Result<OperationStatus, PortError> {
    let until = Instant::now() + patience;
    loop {
        let status = ask(eks, step, operation).await?;
        let left = until.saturating_duration_since(Instant::now());
        if !matches!(status, OperationStatus::Running { .. }) || left.is_zero() {
            return Ok(status);
        }
        tokio::time::sleep(EVERY.min(left)).await;
    }
}

async fn ask(eks: &Eks, step: &Step, operation: &OperationRef) -> Result<OperationStatus, PortError> {
    if operation.0 == REFRESH {
        return refresh(eks).await;
    }
    if let Some(name) = operation.0.strip_prefix(GROUP) {
        let goes = matches!(step.action, Action::Cloud(CloudAction::DeletePool { .. }));
        return group(eks, name, goes).await;
    }
    let Some(subject) = Subject::of(&step.action) else { return Ok(OperationStatus::Unknown) };
    match describe_update(eks, &subject, &operation.0).await? {
        Some(update) => Ok(status(&update)),
        // EKS forgets no update: its reads lag behind what it has just been told.
        None => Ok(running(format!("EKS does not show update {} yet", operation.0))),
    }
}

fn running(text: impl Into<String>) -> OperationStatus {
    OperationStatus::Running { text: text.into(), done: None, total: None, blocked: Vec::new() }
}

fn succeeded() -> OperationStatus {
    OperationStatus::Succeeded { output: String::new(), observed: Vec::new() }
}

fn status(update: &Update) -> OperationStatus {
    let kind = update.r#type().map_or("update", |kind| kind.as_str());
    match update.status() {
        Some(UpdateStatus::Successful) => succeeded(),
        Some(UpdateStatus::Failed | UpdateStatus::Cancelled) => failure::of(update),
        Some(other) => running(format!("{kind} {}", other.as_str())),
        None => running(kind),
    }
}

async fn refresh(eks: &Eks) -> Result<OperationStatus, PortError> {
    let call = eks.call("ask whether the insights are gathered", "DescribeInsightsRefresh");
    let asked = eks.client.describe_insights_refresh().cluster_name(&eks.names.cluster).send().await;
    let answer = asked.map_err(|error| call.failed(error))?;
    let said = answer.message().unwrap_or_default().to_owned();
    Ok(match answer.status() {
        Some(InsightsRefreshStatus::Completed) => succeeded(),
        Some(InsightsRefreshStatus::Failed) => OperationStatus::Failed {
            output: String::new(),
            error: format!("EKS failed to gather its insights: {said}"),
            hint: Some("try again: kubectl upgrade resume".to_owned()),
        },
        Some(_) | None => running("EKS gathers its insights"),
    })
}

/// A group that comes, or goes.
async fn group(eks: &Eks, name: &str, goes: bool) -> Result<OperationStatus, PortError> {
    let group = match look::describe_group(eks, name).await {
        Ok(group) => group,
        Err(error) if error.kind == ErrorKind::NotFound => {
            return Ok(if goes { succeeded() } else { running(format!("EKS does not show node group {name} yet")) });
        }
        Err(error) => return Err(error),
    };
    let status = group.status().map_or("of unknown status", |status| status.as_str());
    let ails = look::health_of_group(&group);
    Ok(match (group.status(), goes) {
        (Some(NodegroupStatus::Active), false) => succeeded(),
        // Reads lag: one that goes may still look as before.
        (Some(NodegroupStatus::Creating | NodegroupStatus::Updating), _)
        | (Some(NodegroupStatus::Deleting | NodegroupStatus::Active), true) => {
            let said = std::iter::once(format!("node group {name} {status}")).chain(ails);
            running(said.collect::<Vec<_>>().join(" · "))
        }
        (Some(_) | None, _) => failure::of_group(name, status, &group),
    })
}
