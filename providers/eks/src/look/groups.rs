//! Managed node groups, and the machines that Fargate makes for pods.

use aws_sdk_eks::types::{AmiTypes, Nodegroup};
use futures::{StreamExt as _, TryStreamExt as _};
use upgrade_core::ids::PoolName;
use upgrade_core::inventory::{CloudState, Pool, PoolKind, PoolSize};
use upgrade_core::plan::{Amount, Surge, SurgeAmount};
use upgrade_provider::{ErrorKind, PortError};

use super::text::{minor, version};
use super::{AT_ONCE, state};
use crate::provider::Eks;

pub(super) async fn all(eks: &Eks) -> Result<Vec<Pool>, PortError> {
    let call = eks.call("list the node groups", "ListNodegroups");
    let pages = eks.client.list_nodegroups().cluster_name(&eks.names.cluster).into_paginator().items().send();
    let names: Vec<String> = pages.collect::<Result<_, _>>().await.map_err(|error| call.failed(error))?;
    let found = futures::stream::iter(names).map(|name| async move {
        match describe(eks, &name).await {
            Ok(group) => pool(&group).map(Some),
            // It has gone since.
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    });
    let pools: Vec<Option<Pool>> = found.buffered(AT_ONCE).try_collect().await?;
    Ok(pools.into_iter().flatten().collect())
}

pub(crate) async fn describe(eks: &Eks, name: &str) -> Result<Nodegroup, PortError> {
    let purpose = format!("look at node group {name}");
    let call = eks.call(&purpose, "DescribeNodegroup");
    let asked = eks.client.describe_nodegroup().cluster_name(&eks.names.cluster).nodegroup_name(name).send().await;
    let answer = asked.map_err(|error| call.failed(error))?;
    answer.nodegroup.ok_or_else(|| {
        PortError::new(ErrorKind::Malformed, format!("expected EKS to describe node group {name}, found nothing"))
    })
}

/// Fargate, where a profile lets pods onto it.
pub(super) async fn per_pod(eks: &Eks) -> Result<Option<Pool>, PortError> {
    let call = eks.call("list the Fargate profiles", "ListFargateProfiles");
    let pages = eks.client.list_fargate_profiles().cluster_name(&eks.names.cluster).into_paginator().items().send();
    let profiles: Vec<String> = pages.collect::<Result<_, _>>().await.map_err(|error| call.failed(error))?;
    if profiles.is_empty() {
        return Ok(None);
    }
    Ok(Some(groupless("fargate", PoolKind::PerPod, format!("Fargate profiles: {}", profiles.join(", ")))))
}

/// Nodes that EKS keeps no group of.
pub(super) fn groupless(name: &str, kind: PoolKind, note: String) -> Pool {
    Pool {
        name: PoolName::new(name),
        kind,
        version: None,
        image: None,
        newest_image: None,
        image_type: None,
        offers: Vec::new(),
        size: PoolSize::default(),
        surge: Surge::default(),
        state: CloudState::Ready,
        zones: Vec::new(),
        template: None,
        rollback: None,
        notes: vec![note],
        subnets: Vec::new(),
        blue_green: None,
    }
}

fn pool(group: &Nodegroup) -> Result<Pool, PortError> {
    let name = group.nodegroup_name().unwrap_or_default();
    let scaling = group.scaling_config();
    let count = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok());
    let custom = group.ami_type() == Some(&AmiTypes::Custom);
    Ok(Pool {
        name: PoolName::new(name),
        // Which image a custom one is to become only its owner knows: it is in the launch template's next version.
        kind: if custom { PoolKind::SelfManaged } else { PoolKind::Managed },
        // EKS does not look into an image of the owner's: its nodes alone tell.
        version: if custom { None } else { Some(version(minor(group.version(), &format!("node group {name}"))?)) },
        image: group.release_version().map(str::to_owned),
        newest_image: None,
        image_type: group.ami_type().map(|kind| kind.as_str().to_owned()),
        offers: Vec::new(),
        size: PoolSize {
            nodes: scaling.and_then(|scaling| count(scaling.desired_size())).unwrap_or_default(),
            min: scaling.and_then(|scaling| count(scaling.min_size())),
            max: scaling.and_then(|scaling| count(scaling.max_size())),
        },
        surge: surge(group),
        state: state(group),
        zones: Vec::new(),
        template: template(group),
        rollback: None,
        notes: notes(group, custom),
        subnets: group.subnets().to_vec(),
        blue_green: None,
    })
}

/// A group that was never given a strategy has the default one, and only by its name can it be put back (facts §3.2).
fn surge(group: &Nodegroup) -> Surge {
    let Some(config) = group.update_config() else { return Surge::default() };
    let count = config.max_unavailable().and_then(|count| u32::try_from(count).ok()).map(Amount::Count);
    let percent =
        config.max_unavailable_percentage().and_then(|percent| u8::try_from(percent).ok()).map(Amount::Percent);
    Surge {
        max_unavailable: count.or(percent).map(SurgeAmount),
        strategy: Some(config.update_strategy().map_or("DEFAULT", |strategy| strategy.as_str()).to_owned()),
        ..Surge::default()
    }
}

fn template(group: &Nodegroup) -> Option<String> {
    let template = group.launch_template()?;
    let name = template.name().or(template.id()).unwrap_or_default();
    Some(format!("{name} version {}", template.version().unwrap_or("unknown")))
}

fn state(group: &Nodegroup) -> CloudState {
    let issues = group.health().map(|health| health.issues()).unwrap_or_default();
    let codes = issues.iter().map(|issue| issue.code().map(AsRef::as_ref));
    state::state(group.status().map(AsRef::as_ref), codes)
}

/// What ails a group, in EKS's own words.
pub(crate) fn health(group: &Nodegroup) -> Vec<String> {
    let issues = group.health().map(|health| health.issues()).unwrap_or_default();
    let issue = |issue: &aws_sdk_eks::types::Issue| {
        let code = issue.code().map_or("", |code| code.as_str());
        format!("{code}: {}", issue.message().unwrap_or_default())
    };
    issues.iter().map(issue).collect()
}

fn notes(group: &Nodegroup, custom: bool) -> Vec<String> {
    let mut notes = health(group);
    if custom {
        notes.push("custom AMI: its image is named by its launch template".to_owned());
    }
    if group.ami_type().is_some_and(|kind| kind.as_str().starts_with("AL2_")) {
        // Source: the user guide's page on the end of Amazon Linux 2 images.
        notes.push("Amazon Linux 2: its images end with 1.32; from 1.33 on a new group with AL2023 or Bottlerocket has to take its place".to_owned());
    }
    notes
}
