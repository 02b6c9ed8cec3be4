//! What is going on, and whether there is a way back.

use aws_sdk_eks::types::{Update, UpdateParamType, UpdateStatus, UpdateType};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::SignedDuration;
use upgrade_core::inventory::{CloudCluster, CloudOperation, CloudState, PoolKind, Rollback};
use upgrade_core::version::Minor;
use upgrade_provider::{ErrorKind, PortError};

use super::AT_ONCE;
use super::text::{moment, version};
use crate::operation::{Subject, describe_update};
use crate::provider::Eks;

/// For so long after an upgrade the control plane can go back. Source: the user guide's chapter on rollbacks.
const WAY_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Of a long history, no more than this is looked through.
const LOOKED_THROUGH: usize = 200;

/// The operations behind everything that is busy. Nothing is asked while nothing is.
pub(super) async fn all(eks: &Eks, cluster: &CloudCluster) -> Result<Vec<CloudOperation>, PortError> {
    let mut found = Vec::new();
    if let CloudState::Busy(word) = &cluster.state {
        found.extend(of(eks, &Subject::Cluster, None, word).await?);
    }
    let groups = cluster.pools.iter().filter(|pool| pool.kind != PoolKind::PerPod);
    for pool in groups {
        if let CloudState::Busy(word) = &pool.state {
            found.extend(of(eks, &Subject::Group(pool.name.to_string()), Some(pool.name.to_string()), word).await?);
        }
    }
    for addon in &cluster.addons {
        if let CloudState::Busy(word) = &addon.state {
            found.extend(of(eks, &Subject::Addon(addon.name.to_string()), Some(addon.name.to_string()), word).await?);
        }
    }
    Ok(found)
}

/// The updates in progress; where there are none, something is made or deleted, which EKS has no id for.
async fn of(eks: &Eks, subject: &Subject, on: Option<String>, word: &str) -> Result<Vec<CloudOperation>, PortError> {
    let updates = updates(eks, subject).await?;
    let going_on = updates.into_iter().filter(|update| update.status() == Some(&UpdateStatus::InProgress));
    let operation = |update: Update| CloudOperation {
        id: update.id().unwrap_or_default().to_owned(),
        kind: update.r#type().map_or_else(|| "update".to_owned(), |kind| kind.as_str().to_owned()),
        on: on.clone(),
        since: moment(update.created_at()),
    };
    let found: Vec<CloudOperation> = going_on.map(operation).collect();
    if found.is_empty() {
        let id = on.clone().unwrap_or_else(|| eks.names.cluster.clone());
        return Ok(vec![CloudOperation { id, kind: word.to_owned(), on, since: None }]);
    }
    Ok(found)
}

/// The updates of a subject.
pub(crate) async fn updates(eks: &Eks, subject: &Subject) -> Result<Vec<Update>, PortError> {
    let call = eks.call("list what is going on in EKS", "ListUpdates");
    let asked = eks.client.list_updates().name(&eks.names.cluster);
    let asked = match subject {
        Subject::Cluster => asked,
        Subject::Group(name) => asked.nodegroup_name(name),
        Subject::Addon(name) => asked.addon_name(name),
    };
    let pages = asked.into_paginator().items().send();
    let ids: Vec<String> = match pages.collect::<Result<_, _>>().await.map_err(|error| call.failed(error)) {
        Ok(ids) => ids,
        // It has gone since.
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let asked = futures::stream::iter(ids.into_iter().take(LOOKED_THROUGH));
    let found: Vec<Option<Update>> =
        asked.map(|id| async move { describe_update(eks, subject, &id).await }).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// The minor the control plane came from, if it is at most a week ago. Counted from the upgrade's beginning, as EKS does
/// not tell its end: rather too short than too long.
pub(super) async fn way_back(eks: &Eks, at: Minor) -> Result<Option<Rollback>, PortError> {
    let moves = updates(eks, &Subject::Cluster).await?.into_iter().filter(|update| {
        let moves = [UpdateType::VersionUpdate, UpdateType::VersionRollback];
        update.status() == Some(&UpdateStatus::Successful) && update.r#type().is_some_and(|kind| moves.contains(kind))
    });
    let Some(last) = moves.max_by_key(|update| moment(update.created_at())) else { return Ok(None) };
    let to_here = last.params().iter().any(|param| {
        param.r#type() == Some(&UpdateParamType::Version) && param.value() == Some(at.to_string().as_str())
    });
    let up = last.r#type() == Some(&UpdateType::VersionUpdate) && to_here;
    let until = moment(last.created_at()).and_then(|began| began.checked_add(WAY_BACK).ok());
    Ok(up.then(|| Rollback { to: version(at.back(1)), image: None, until }))
}
