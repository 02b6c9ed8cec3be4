//! Begins the call of an action.
//!
//! The token is made of the operation's key: however often a call is sent with it, EKS begins once. Where EKS says that
//! the subject is busy, an update in progress to the same end is taken up instead, whoever began it: there is nothing
//! else to begin.

use aws_sdk_eks::types::{
    NodegroupUpdateConfig, NodegroupUpdateStrategies, ResolveConflicts, Update, UpdateParamType, UpdateStatus,
};
use sha2::{Digest as _, Sha256};
use upgrade_core::ids::PoolName;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, Amount, CloudAction, Conflicts, LaunchTemplate, Step, Surge};
use upgrade_core::scope::OperationKey;
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};

use super::{GROUP, REFRESH, Subject, create, failure};
use crate::look;
use crate::provider::Eks;

pub(crate) async fn begin(eks: &Eks, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
    let Action::Cloud(action) = &step.action else { return Err(not_ours(&step.action)) };
    let token = token(key);
    match action {
        CloudAction::StopOperation { .. } => {
            Err(PortError::new(ErrorKind::Refused, "EKS stops no update that goes on"))
        }
        CloudAction::RefreshInsights => refresh(eks).await,
        CloudAction::UpgradeControlPlane { to, force, .. } => control_plane(eks, to, *force, &token).await,
        CloudAction::RollbackControlPlane { to, .. } => control_plane(eks, to, false, &token).await,
        CloudAction::UpgradeAddon { addon, to, conflicts, .. } => {
            self::addon(eks, addon.as_str(), to, *conflicts, &token).await
        }
        CloudAction::ConfigurePool { pool, surge, .. } => configure(eks, pool, surge, &token).await,
        CloudAction::UpgradePool { pool, to, image, template, force, .. } => {
            let (image, template) = (image.as_deref(), template.as_ref());
            group(eks, Move { pool, to, image, template, force: *force }, &token).await
        }
        CloudAction::RollbackPool { pool, to, image, .. } => {
            group(eks, Move { pool, to, image: image.as_deref(), template: None, force: false }, &token).await
        }
        CloudAction::CreatePool { pool, like, version, image, nodes } => {
            let new = create::New { name: pool, like, version, image: image.as_deref(), nodes: *nodes };
            create::create(eks, &new, key, &token).await
        }
        CloudAction::DeletePool { pool } => delete(eks, pool).await,
        CloudAction::CompleteControlPlane { .. }
        | CloudAction::SoakPool { .. }
        | CloudAction::CordonPool { .. }
        | CloudAction::DrainPool { .. }
        | CloudAction::UncordonPool { .. }
        | CloudAction::RenewPool { .. }
        | CloudAction::FollowPool { .. } => Err(not_ours(&step.action)),
    }
}

fn not_ours(action: &Action) -> PortError {
    PortError::new(
        ErrorKind::Refused,
        format!("expected a call of EKS, found something else to do to {}", action.subject()),
    )
}

/// 32 hexadecimal digits, well below the 64 characters that EKS takes.
fn token(key: &OperationKey) -> String {
    Sha256::digest(key.to_string()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

async fn refresh(eks: &Eks) -> Result<OperationRef, PortError> {
    let call = eks.call("have the insights gathered", "StartInsightsRefresh");
    let asked = eks.client.start_insights_refresh().cluster_name(&eks.names.cluster).send().await;
    asked.map_err(|error| call.failed(error))?;
    Ok(OperationRef(REFRESH.to_owned()))
}

async fn control_plane(eks: &Eks, to: &Version, force: bool, token: &str) -> Result<OperationRef, PortError> {
    let minor = to.minor().to_string();
    let purpose = format!("take the control plane to {minor}");
    let call = eks.call(&purpose, "UpdateClusterVersion");
    let asked = eks.client.update_cluster_version().name(&eks.names.cluster).version(&minor);
    let asked = asked.client_request_token(token).set_force(force.then_some(true));
    let answer = asked.send().await.map(|answer| answer.update).map_err(|error| call.failed(error));
    began(eks, &Subject::Cluster, answer, (&UpdateParamType::Version, &minor)).await
}

/// A group's move.
struct Move<'a> {
    pool: &'a PoolName,
    to: &'a Version,
    image: Option<&'a str>,
    template: Option<&'a LaunchTemplate>,
    force: bool,
}

async fn group(eks: &Eks, move_: Move<'_>, token: &str) -> Result<OperationRef, PortError> {
    let Move { pool, to, image, template, force } = move_;
    let minor = to.minor().to_string();
    let purpose = format!("take node group {pool} to {minor}");
    let call = eks.call(&purpose, "UpdateNodegroupVersion");
    let asked = eks.client.update_nodegroup_version().cluster_name(&eks.names.cluster).nodegroup_name(pool.as_str());
    let (asked, end) = match template {
        None => (asked.version(&minor), (UpdateParamType::Version, minor.as_str())),
        Some(template) => {
            let version = (!template.names_image).then(|| minor.clone());
            let asked =
                asked.set_version(version).launch_template(create::version_of(eks, pool, &template.version).await?);
            (asked, (UpdateParamType::LaunchTemplateVersion, template.version.as_str()))
        }
    };
    let asked = asked.set_release_version(image.map(str::to_owned));
    let asked = asked.client_request_token(token).set_force(force.then_some(true));
    let answer = asked.send().await.map(|answer| answer.update).map_err(|error| call.failed(error));
    match answer {
        Err(error) if error.kind == ErrorKind::Refused => Err(ailing(eks, pool, error).await),
        answer => began(eks, &Subject::Group(pool.to_string()), answer, (&end.0, end.1)).await,
    }
}

/// A refusal, with what to do about what ails the group.
async fn ailing(eks: &Eks, pool: &PoolName, error: PortError) -> PortError {
    let group = look::describe_group(eks, pool.as_str()).await;
    // That nothing could be seen must not hide the refusal.
    match group.ok().and_then(|group| failure::advice_on(&group)) {
        Some(advice) => error.hint(advice),
        None => error,
    }
}

async fn addon(eks: &Eks, name: &str, to: &str, conflicts: Conflicts, token: &str) -> Result<OperationRef, PortError> {
    let purpose = format!("take add-on {name} to {to}");
    let call = eks.call(&purpose, "UpdateAddon");
    let asked = eks.client.update_addon().cluster_name(&eks.names.cluster).addon_name(name).addon_version(to);
    let asked = asked.client_request_token(token).resolve_conflicts(match conflicts {
        Conflicts::None => ResolveConflicts::None,
        Conflicts::Overwrite => ResolveConflicts::Overwrite,
        Conflicts::Preserve => ResolveConflicts::Preserve,
    });
    let answer = asked.send().await.map(|answer| answer.update).map_err(|error| call.failed(error));
    began(eks, &Subject::Addon(name.to_owned()), answer, (&UpdateParamType::AddonVersion, to)).await
}

async fn configure(eks: &Eks, pool: &PoolName, surge: &Surge, token: &str) -> Result<OperationRef, PortError> {
    let purpose = format!("set how nodes of group {pool} are replaced");
    let call = eks.call(&purpose, "UpdateNodegroupConfig");
    let config = NodegroupUpdateConfig::builder();
    let config = match surge.max_unavailable.map(|amount| amount.0) {
        Some(Amount::Count(count)) => config.max_unavailable(i32::try_from(count).unwrap_or(i32::MAX)),
        Some(Amount::Percent(percent)) => config.max_unavailable_percentage(percent.into()),
        None => config,
    };
    let strategy = surge.strategy.as_deref().map(NodegroupUpdateStrategies::from);
    let config = config.set_update_strategy(strategy).build();
    let asked = eks.client.update_nodegroup_config().cluster_name(&eks.names.cluster).nodegroup_name(pool.as_str());
    let asked = asked.update_config(config).client_request_token(token);
    let answer = asked.send().await.map_err(|error| call.failed(error))?;
    named(answer.update)
}

async fn delete(eks: &Eks, pool: &PoolName) -> Result<OperationRef, PortError> {
    let purpose = format!("delete node group {pool}");
    let call = eks.call(&purpose, "DeleteNodegroup");
    let asked = eks.client.delete_nodegroup().cluster_name(&eks.names.cluster).nodegroup_name(pool.as_str());
    let operation = OperationRef(format!("{GROUP}{pool}"));
    match asked.send().await.map_err(|error| call.failed(error)) {
        Ok(_) => Ok(operation),
        // It was deleted, or is being.
        Err(error) if error.kind == ErrorKind::NotFound => Ok(operation),
        Err(error) => match look::describe_group(eks, pool.as_str()).await {
            Ok(group) if group.status() == Some(&aws_sdk_eks::types::NodegroupStatus::Deleting) => Ok(operation),
            Ok(_) | Err(_) => Err(error),
        },
    }
}

/// The update that was begun, or the one to the same end that keeps it away.
async fn began(
    eks: &Eks,
    subject: &Subject,
    answer: Result<Option<Update>, PortError>,
    end: (&UpdateParamType, &str),
) -> Result<OperationRef, PortError> {
    let error = match answer {
        Ok(update) => return named(update),
        Err(error) if error.kind == ErrorKind::Away => error,
        Err(error) => return Err(error),
    };
    let same = |update: &&Update| {
        let to_it =
            |param: &aws_sdk_eks::types::UpdateParam| param.r#type() == Some(end.0) && param.value() == Some(end.1);
        update.status() == Some(&UpdateStatus::InProgress) && update.params().iter().any(to_it)
    };
    match look::updates(eks, subject).await {
        Ok(updates) => updates
            .iter()
            .find(same)
            .and_then(|update| update.id())
            .map_or(Err(error), |id| Ok(OperationRef(id.to_owned()))),
        Err(_) => Err(error),
    }
}

fn named(update: Option<Update>) -> Result<OperationRef, PortError> {
    let id = update.and_then(|update| update.id).map(OperationRef);
    id.ok_or_else(|| PortError::new(ErrorKind::Malformed, "expected the id of an update from EKS, found none"))
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::{RunId, StepId};

    use super::*;

    #[test]
    fn a_token_is_the_keys_own_and_short() {
        let key = |attempt| OperationKey { run: RunId::new("r-1"), step: StepId(3), attempt };
        assert_eq!(token(&key(1)), token(&key(1)));
        assert_ne!(token(&key(1)), token(&key(2)));
        assert_eq!(token(&key(1)).len(), 32);
    }
}
