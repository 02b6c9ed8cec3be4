//! Cordon and uncordon, under the rule that someone else's cordon is left alone.

use serde_json::json;
use upgrade_core::ids::{NodeName, RunId};
use upgrade_core::journal::OperationRef;
use upgrade_provider::{ErrorKind, OperationStatus, PortError};

use crate::api::escape;
use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::marks::CORDONED_BY;
use crate::wire::NodeObject;

/// Nodes are written to by their kubelets all the time: how often a change that collided is tried again.
const TRIES: u32 = 5;

/// What came of it; kept in the operation's name, so that any process can say it.
const OUTCOMES: [(&str, &str); 5] = [
    ("cordoned", "cordoned in this run's name"),
    ("foreign", "left: cordoned by someone else"),
    ("uncordoned", "schedulable again"),
    ("left", "left: the cordon is not this tool's"),
    ("schedulable", "left: schedulable already"),
];

/// Marks the node unschedulable in the run's name, unless someone else has cordoned it already.
pub(super) async fn cordon(cluster: &Cluster, node: &NodeName, run: &RunId) -> Result<OperationRef, PortError> {
    change(cluster, node, "cordon", |object| {
        let ours = object.metadata.annotations.get(CORDONED_BY);
        if object.spec.unschedulable && ours.is_none() {
            return Change::None("foreign");
        }
        if object.spec.unschedulable && ours.map(String::as_str) == Some(run.as_str()) {
            return Change::None("cordoned");
        }
        let metadata = json!({"annotations": {CORDONED_BY: run.as_str()}});
        Change::Patch(json!({"metadata": metadata, "spec": {"unschedulable": true}}), "cordoned")
    })
    .await
}

/// Makes the node schedulable again, if its cordon is from this run or an earlier one of this tool.
pub(super) async fn uncordon(cluster: &Cluster, node: &NodeName) -> Result<OperationRef, PortError> {
    change(cluster, node, "uncordon", |object| {
        if object.metadata.annotations.contains_key(CORDONED_BY) {
            let metadata = json!({"annotations": {CORDONED_BY: null}});
            Change::Patch(json!({"metadata": metadata, "spec": {"unschedulable": null}}), "uncordoned")
        } else if object.spec.unschedulable {
            Change::None("left")
        } else {
            Change::None("schedulable")
        }
    })
    .await
}

/// What to do to the node, and what that comes to.
enum Change {
    None(&'static str),
    Patch(serde_json::Value, &'static str),
}

/// Reads the node, decides, and writes only if nobody wrote in between.
async fn change(
    cluster: &Cluster,
    node: &NodeName,
    verb: &str,
    decide: impl Fn(&NodeObject) -> Change,
) -> Result<OperationRef, PortError> {
    let path = format!("/api/v1/nodes/{}", escape(node.as_str()));
    let reference = |outcome: &str| OperationRef(format!("{verb}/{node}/{outcome}"));
    for _ in 0..TRIES {
        let found = cluster.api.get::<NodeObject>(&path).await;
        let object = found.map_err(|failure| failure.port(&format!("get node {node}")))?;
        let (mut patch, outcome) = match decide(&object) {
            Change::None(outcome) => return Ok(reference(outcome)),
            Change::Patch(patch, outcome) => (patch, outcome),
        };
        if let Some(metadata) = patch.get_mut("metadata").and_then(serde_json::Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), json!(object.metadata.resource_version));
        }
        match cluster.api.patch(&path, &patch).await {
            Ok(_) => return Ok(reference(outcome)),
            Err(Failure::Status(status)) if status.code == 409 => {}
            Err(failure) => return Err(failure.port(&format!("patch node {node}"))),
        }
    }
    let message = format!("failed to {verb} {node}: it was changed by others {TRIES} times in a row");
    Err(PortError::new(ErrorKind::Conflict, message))
}

/// Says what came of it. Both are done by the time they have begun.
pub(super) fn outcome(node: &NodeName, operation: &OperationRef) -> OperationStatus {
    let last = operation.0.rsplit('/').next().unwrap_or_default();
    match OUTCOMES.iter().find(|(outcome, _)| *outcome == last) {
        Some((_, words)) => {
            OperationStatus::Succeeded { output: String::new(), observed: vec![format!("{node} {words}")] }
        }
        None => OperationStatus::Unknown,
    }
}
