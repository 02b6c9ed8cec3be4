//! What went wrong in an operation, in the words of AKS.

use serde_json::{Value, json};

use crate::clouds::faults::Shortage;
use crate::clouds::operations::{Failure, FailureCode, Operation, State};

/// The error of an operation that failed, or was aborted.
pub(super) fn of(operation: &Operation) -> Value {
    if operation.state == State::Cancelled {
        return json!({"code": "OperationAborted", "message": "The operation was aborted by its caller."});
    }
    let Some(first) = operation.failures.first() else {
        return json!({"code": "InternalOperationError", "message": "Internal server error"});
    };
    let message: Vec<String> = operation.failures.iter().map(message).collect();
    let (code, below) = code(first.code);
    let mut error = json!({"code": code, "message": message.join(" ")});
    if let (Some(map), Some(below)) = (error.as_object_mut(), below) {
        let details =
            operation.failures.iter().map(|failure| json!({"code": below, "message": self::message(failure)}));
        map.insert("details".to_owned(), details.collect());
    }
    error
}

/// The code, and the one below it that tells more.
const fn code(code: FailureCode) -> (&'static str, Option<&'static str>) {
    match code {
        FailureCode::PodEviction => ("UpgradeFailed", Some("PodDrainFailure")),
        FailureCode::NodeNeverJoined => ("VMExtensionProvisioningError", None),
        FailureCode::NoMachine(Shortage::Quota) => ("QuotaExceeded", None),
        FailureCode::NoMachine(Shortage::Addresses) => ("SubnetIsFull", None),
        FailureCode::NoMachine(Shortage::Stock) => ("ZonalAllocationFailed", None),
        FailureCode::Internal => ("InternalOperationError", None),
    }
}

fn message(failure: &Failure) -> String {
    let node = failure.nodes.first().map_or("", String::as_str);
    match failure.code {
        FailureCode::PodEviction => drain(node, &failure.pods, &failure.budgets),
        FailureCode::NodeNeverJoined => format!(
            "VM has reported a failure when processing extension 'vmssCSE' on {node}: the node did not register with the API \
             server. More information on troubleshooting is available at https://aka.ms/VMExtensionCSELinuxTroubleshoot."
        ),
        FailureCode::NoMachine(Shortage::Quota) => {
            "Operation could not be completed as it results in exceeding approved \
             Total Regional Cores quota."
                .to_owned()
        }
        FailureCode::NoMachine(Shortage::Addresses) => {
            "Subnet is full: there are not enough IP addresses for another node.".to_owned()
        }
        FailureCode::NoMachine(Shortage::Stock) => {
            "Allocation failed. We do not have sufficient capacity for the requested \
             VM size in this zone."
                .to_owned()
        }
        FailureCode::Internal => failure.message.clone(),
    }
}

fn drain(node: &str, pods: &[String], budgets: &[String]) -> String {
    let pod = pods.first().map_or("", String::as_str);
    let name = pod.rsplit('/').next().unwrap_or(pod);
    let budget = budgets.first().map_or_else(String::new, |budget| {
        let budget = budget.rsplit('/').next().unwrap_or(budget);
        format!(". PDB debug info: {pod} blocked by pdb {budget} with 0 unready pods.")
    });
    format!(
        "Drain node {node} failed when evicting pod {name} failed with Too Many Requests error. This is often caused by a \
         restrictive Pod Disruption Budget (PDB) policy. See https://aka.ms/aks/debugdrainfailures. Original error: Cannot \
         evict pod as it would violate the pod's disruption budget.{budget}"
    )
}
