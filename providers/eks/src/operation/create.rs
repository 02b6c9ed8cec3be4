//! A node group made like another.

use std::collections::HashMap;

use aws_sdk_eks::operation::create_nodegroup::builders::CreateNodegroupFluentBuilder;
use aws_sdk_eks::types::{AmiTypes, LaunchTemplateSpecification, Nodegroup, NodegroupScalingConfig};
use upgrade_core::ids::PoolName;
use upgrade_core::journal::OperationRef;
use upgrade_core::scope::OperationKey;
use upgrade_core::version::Version;
use upgrade_provider::{ErrorKind, PortError};

use super::GROUP;
use crate::look;
use crate::provider::Eks;

/// The group to be made.
pub(super) struct New<'a> {
    pub(super) name: &'a PoolName,
    pub(super) like: &'a PoolName,
    pub(super) version: &'a Version,
    pub(super) image: Option<&'a str>,
    pub(super) nodes: u32,
}

/// The tag that says which operation made a group.
const MADE_BY: &str = "kubectl-upgrade/operation";

pub(super) async fn create(
    eks: &Eks,
    new: &New<'_>,
    key: &OperationKey,
    token: &str,
) -> Result<OperationRef, PortError> {
    let purpose = format!("make node group {}", new.name);
    let call = eks.call(&purpose, "CreateNodegroup");
    let like = look::describe_group(eks, new.like.as_str()).await?;
    let asked = asked(eks, new, &like).set_tags(Some(tags(&like, key))).client_request_token(token);
    let operation = OperationRef(format!("{GROUP}{}", new.name));
    match asked.send().await.map_err(|error| call.failed(error)) {
        Ok(_) => Ok(operation),
        Err(error) => match look::describe_group(eks, new.name.as_str()).await {
            Ok(group) if made_by(&group, key) => Ok(operation),
            Ok(_) => {
                let message = format!("expected no node group {}, found one that this run did not make", new.name);
                Err(PortError::new(ErrorKind::Conflict, message).hint("delete or rename it, then resume"))
            }
            Err(_) => Err(error),
        },
    }
}

/// Everything as the other group has it, but for name, version and size.
fn asked(eks: &Eks, new: &New<'_>, like: &Nodegroup) -> CreateNodegroupFluentBuilder {
    let template = like.launch_template().map(template);
    let custom = like.ami_type() == Some(&AmiTypes::Custom);
    let count = i32::try_from(new.nodes).unwrap_or(i32::MAX);
    let scaling = like.scaling_config();
    let scaling = NodegroupScalingConfig::builder()
        .desired_size(count)
        .min_size(scaling.and_then(|scaling| scaling.min_size()).unwrap_or(count).min(count))
        .max_size(scaling.and_then(|scaling| scaling.max_size()).unwrap_or(count).max(count).max(1))
        .build();
    eks.client
        .create_nodegroup()
        .cluster_name(&eks.names.cluster)
        .nodegroup_name(new.name.as_str())
        .scaling_config(scaling)
        .set_subnets(like.subnets.clone())
        .set_instance_types(like.instance_types.clone())
        .set_ami_type(like.ami_type().filter(|_| !custom).cloned())
        .set_node_role(like.node_role.clone())
        .set_labels(like.labels.clone().filter(|labels| !labels.is_empty()))
        .set_taints(like.taints.clone().filter(|taints| !taints.is_empty()))
        .set_capacity_type(like.capacity_type.clone())
        .set_update_config(like.update_config.clone())
        .set_node_repair_config(like.node_repair_config.clone())
        .set_warm_pool_config(like.warm_pool_config.clone())
        // With a launch template these are in it, and may not be given beside it.
        .set_disk_size(like.disk_size.filter(|_| template.is_none()))
        .set_remote_access(like.remote_access.clone().filter(|_| template.is_none()))
        .set_launch_template(template)
        .set_version((!custom).then(|| new.version.minor().to_string()))
        .set_release_version(new.image.filter(|_| !custom).map(str::to_owned))
}

/// Another version of the launch template that a group has.
pub(super) async fn version_of(
    eks: &Eks,
    pool: &PoolName,
    version: &str,
) -> Result<LaunchTemplateSpecification, PortError> {
    let group = look::describe_group(eks, pool.as_str()).await?;
    let of = group.launch_template().ok_or_else(|| {
        let message = format!("expected node group {pool} to have a launch template, found none");
        PortError::new(ErrorKind::Refused, message).hint("kubectl upgrade plan")
    })?;
    let mut other = template(of);
    other.version = Some(version.to_owned());
    Ok(other)
}

/// EKS takes an id or a name, not both.
fn template(of: &LaunchTemplateSpecification) -> LaunchTemplateSpecification {
    let name = of.name.clone().filter(|_| of.id.is_none());
    LaunchTemplateSpecification::builder().set_id(of.id.clone()).set_name(name).set_version(of.version.clone()).build()
}

/// Its own tags, without those that AWS reserves for itself.
fn tags(like: &Nodegroup, key: &OperationKey) -> HashMap<String, String> {
    let own = like.tags().into_iter().flatten().filter(|(key, _)| !key.starts_with("aws:"));
    let made_by = (MADE_BY.to_owned(), key.to_string());
    own.map(|(key, value)| (key.clone(), value.clone())).chain([made_by]).collect()
}

/// Whether the run made it at this step, at this attempt or an earlier one.
fn made_by(group: &Nodegroup, key: &OperationKey) -> bool {
    let step = |text: &str| text.rsplit_once("-attempt-").map(|(step, _)| step.to_owned());
    let made_by = group.tags().and_then(|tags| tags.get(MADE_BY)).and_then(|made_by| step(made_by));
    made_by.is_some() && made_by == step(&key.to_string())
}

#[cfg(test)]
mod tests {
    use upgrade_core::ids::{RunId, StepId};

    use super::*;

    #[test]
    fn a_group_of_an_earlier_attempt_is_the_runs_own() {
        let key = |run: &str, step, attempt| OperationKey { run: RunId::new(run), step: StepId(step), attempt };
        let group = |key: &OperationKey| {
            let tags = tags(&Nodegroup::builder().build(), key);
            Nodegroup::builder().set_tags(Some(tags)).build()
        };
        let made = group(&key("r-1", 3, 1));
        assert!(made_by(&made, &key("r-1", 3, 1)) && made_by(&made, &key("r-1", 3, 2)));
        assert!(!made_by(&made, &key("r-2", 3, 1)) && !made_by(&made, &key("r-1", 33, 1)));
        assert!(!made_by(&Nodegroup::builder().build(), &key("r-1", 3, 1)));
    }
}
