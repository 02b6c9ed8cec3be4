//! Says how a begun operation stands.

use std::time::Duration;

use google_cloud_container_v1::model::Operation;
use google_cloud_container_v1::model::operation::{Status, Type};
use google_cloud_container_v1::model::operation_progress::Metric;
use google_cloud_container_v1::model::operation_progress::metric::Value;
use upgrade_core::journal::OperationRef;
use upgrade_provider::{ErrorKind, OperationStatus, PortError};

use crate::begin::{NOT_NEEDED, STOPPING};
use crate::error::{OPERATION, advice};
use crate::provider::Gke;
use crate::{find, names};

/// How often GKE is asked while somebody waits.
const EVERY: Duration = Duration::from_secs(5);

/// Asks once, and then waits a little where it still goes on and there is patience.
pub(crate) async fn poll(
    gke: &Gke,
    operation: &OperationRef,
    patience: Duration,
) -> Result<OperationStatus, PortError> {
    if operation.0 == NOT_NEEDED {
        let observed = vec!["it was so already".to_owned()];
        return Ok(OperationStatus::Succeeded { output: String::new(), observed });
    }
    if operation.0 == STOPPING {
        let observed = vec!["it was asked to stop".to_owned()];
        return Ok(OperationStatus::Succeeded { output: String::new(), observed });
    }
    let name = format!("{}/operations/{}", names::parent(&gke.names), operation.0);
    let call = gke.call("ask GKE how the operation stands", OPERATION);
    let found = match gke.client.get_operation().set_name(name).send().await {
        Ok(found) => found,
        Err(error) => {
            return match call.failed(error) {
                error if error.kind == ErrorKind::NotFound => Ok(OperationStatus::Unknown),
                error => Err(error),
            };
        }
    };
    let status = match &found.status {
        Status::Done => ended(&found),
        status => running(&found, status),
    };
    if matches!(status, OperationStatus::Running { .. }) && !patience.is_zero() {
        tokio::time::sleep(patience.min(EVERY)).await;
    }
    Ok(status)
}

fn running(found: &Operation, status: &Status) -> OperationStatus {
    let what = found.operation_type.name().unwrap_or("operation");
    let detail = if found.detail.is_empty() { String::new() } else { format!(": {}", found.detail) };
    OperationStatus::Running {
        text: format!("{what} {}{detail}", status.name().unwrap_or("going on").to_lowercase()),
        done: metric(found, "NODES_DONE"),
        total: metric(found, "NODES_TOTAL").filter(|total| *total > 0),
        blocked: Vec::new(),
    }
}

/// A count that the operation shows; parts of it, where it has parts, show their own.
fn metric(found: &Operation, name: &str) -> Option<u32> {
    let progress = found.progress.as_ref()?;
    let of_parts = progress.stages.iter().flat_map(|stage| &stage.metrics);
    progress.metrics.iter().chain(of_parts).find(|metric| metric.name == name).and_then(count)
}

fn count(metric: &Metric) -> Option<u32> {
    match metric.value.as_ref()? {
        Value::IntValue(count) => u32::try_from(*count).ok(),
        _ => None,
    }
}

/// Whether what was to be reached is reached is for whoever looks at the cluster: GKE may show it a little later.
fn ended(found: &Operation) -> OperationStatus {
    let what = found.operation_type.name().unwrap_or("operation");
    let Some(error) = &found.error else {
        let observed = vec![format!("{what} {}", found.name)];
        return OperationStatus::Succeeded { output: String::new(), observed };
    };
    let said = error.message.trim_end_matches('.');
    let on = find::pool_of(found).map_or_else(String::new, |pool| format!(" of pool {pool}"));
    let hint = advice(said).map_or_else(
        || format!("gcloud container operations describe {} --location {}", found.name, found.location),
        str::to_owned,
    );
    OperationStatus::Failed {
        output: found.detail.clone(),
        error: format!("{what}{on} failed: {said}"),
        hint: Some(format!("{}{hint}", again(found))),
    }
}

/// A pool that failed to come up stays like that: it has to go before there can be another.
fn again(found: &Operation) -> String {
    let cluster = found.target_link.split_once("/clusters/").and_then(|(_, rest)| rest.split('/').next());
    match (found.operation_type == Type::CreateNodePool, find::pool_of(found), cluster) {
        (true, Some(pool), Some(cluster)) => {
            let location = &found.location;
            format!("first: gcloud container node-pools delete {pool} --cluster {cluster} --location {location}; ")
        }
        (_, _, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_that_did_not_come_up_has_to_go_first() {
        let link = "https://container.googleapis.com/v1/projects/1/locations/r/clusters/shop/nodePools/web-1-34";
        let failed =
            |kind: Type| again(&Operation::new().set_operation_type(kind).set_target_link(link).set_location("r"));
        let delete = "first: gcloud container node-pools delete web-1-34 --cluster shop --location r; ";
        assert_eq!((failed(Type::CreateNodePool).as_str(), failed(Type::UpgradeNodes).as_str()), (delete, ""));
    }
}
