//! The cluster itself.

use aws_sdk_eks::types::Cluster;
use upgrade_core::inventory::{CloudCluster, CloudNames, CloudState, Network, Pool, PoolKind, Precision};
use upgrade_core::plan::ProviderKind;
use upgrade_provider::{ErrorKind, PortError};

use super::text::{minor, version};
use super::{groups, state};
use crate::provider::Eks;

pub(super) async fn describe(eks: &Eks) -> Result<Cluster, PortError> {
    let call = eks.call("look at the cluster in EKS", "DescribeCluster");
    let asked = eks.client.describe_cluster().name(&eks.names.cluster).send().await;
    let answer = asked.map_err(|error| {
        let error = call.failed(error);
        match error.kind {
            ErrorKind::NotFound => error.hint(format!(
                "list them: aws eks list-clusters --region {}; another region: --cloud-region REGION",
                eks.names.region
            )),
            ErrorKind::Away
            | ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::Conflict
            | ErrorKind::Refused
            | ErrorKind::Malformed => error,
        }
    })?;
    answer
        .cluster
        .ok_or_else(|| PortError::new(ErrorKind::Malformed, "expected EKS to describe the cluster, found nothing"))
}

pub(super) fn read(eks: &Eks, cluster: &Cluster) -> Result<CloudCluster, PortError> {
    let at = minor(cluster.version(), "the cluster")?;
    let account = account(eks, cluster.arn().unwrap_or_default())?;
    Ok(CloudCluster {
        provider: ProviderKind::Eks,
        names: CloudNames {
            account,
            region: eks.names.region.clone(),
            group: None,
            cluster: eks.names.cluster.clone(),
        },
        version: version(at),
        precision: Precision::Minor,
        state: state(cluster),
        channel: None,
        offers: Vec::new(),
        pools: Vec::new(),
        addons: Vec::new(),
        insights: Vec::new(),
        insights_at: None,
        operations: Vec::new(),
        maintenance: Vec::new(),
        rollback: None,
        notes: notes(cluster),
        network: Network::default(),
    })
}

/// The account in the cluster's ARN, which must be the one that was meant.
fn account(eks: &Eks, arn: &str) -> Result<String, PortError> {
    let found = arn.split(':').nth(4).unwrap_or_default();
    match &eks.names.account {
        Some(expected) if expected != found => {
            let message = format!("expected the cluster in account {expected}, found it in {found}");
            Err(PortError::new(ErrorKind::NotFound, message)
                .hint("use credentials of the account meant (AWS_PROFILE), or name the other: --cloud-account"))
        }
        Some(_) | None => Ok(found.to_owned()),
    }
}

fn state(cluster: &Cluster) -> CloudState {
    let issues = cluster.health().map(|health| health.issues()).unwrap_or_default();
    let codes = issues.iter().map(|issue| issue.code().map(AsRef::as_ref));
    state::state(cluster.status().map(AsRef::as_ref), codes)
}

fn notes(cluster: &Cluster) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(policy) = cluster.upgrade_policy().and_then(|policy| policy.support_type()) {
        notes.push(match policy.as_str() {
            "STANDARD" => {
                "support policy STANDARD: EKS upgrades the control plane itself at the end of standard support"
                    .to_owned()
            }
            other => format!("support policy {other}"),
        });
    }
    for issue in cluster.health().map(|health| health.issues()).unwrap_or_default() {
        let code = issue.code().map_or("", |code| code.as_str());
        notes.push(format!("health issue {code}: {}", issue.message().unwrap_or_default()));
    }
    notes
}

/// The NodePools of Auto Mode: EKS moves their nodes by itself, under the budgets.
pub(super) fn automatic(cluster: &Cluster) -> Vec<Pool> {
    let config = cluster.compute_config().filter(|config| config.enabled() == Some(true));
    let names = config.map(|config| config.node_pools()).unwrap_or_default();
    let note = "EKS Auto Mode: its nodes follow the control plane by themselves";
    names.iter().map(|name| groups::groupless(name, PoolKind::Automatic, note.to_owned())).collect()
}
