//! Says how an operation stands.

use serde_json::Value;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::CloudAction;
use upgrade_provider::{ErrorKind, OperationStatus, PortError};

use crate::arm::{API, Arm};
use crate::error::Fault;
use crate::state::Standing;
use crate::wire::Operation;

const DOING: &str = "ask how the operation stands";

/// Asks once, at the operation or, where none was named, at the resource it is done to.
pub(crate) async fn poll(
    arm: &Arm,
    action: &CloudAction,
    operation: &OperationRef,
) -> Result<OperationStatus, PortError> {
    let is_operation = operation.0.contains("/operations/") || operation.0.contains("/operationresults/");
    let asked = match is_operation {
        true => arm.operation(DOING, &operation.0).await,
        false => arm.get(DOING, &operation.0, API).await,
    };
    let deletes = matches!(action, CloudAction::DeletePool { .. });
    match asked {
        Ok(reply) if is_operation => Ok(of_operation(&Operation::read(&reply.body)?)),
        Ok(reply) => Ok(of_resource(&reply.body)),
        Err(error) if error.kind == ErrorKind::NotFound && deletes && !is_operation => Ok(succeeded("it is gone")),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(OperationStatus::Unknown),
        Err(error) => Err(error),
    }
}

fn of_operation(operation: &Operation) -> OperationStatus {
    match operation.status.as_str() {
        "Succeeded" => succeeded(&format!("operation {}", operation.name)),
        word @ ("Failed" | "Canceled") => {
            failed(word, operation.error.as_ref().map(Fault::of_error), &format!("operation {}", operation.name))
        }
        word => running(word, operation.percent_complete),
    }
}

fn of_resource(resource: &Value) -> OperationStatus {
    let text = |pointer: &str| resource.pointer(pointer).and_then(Value::as_str);
    let fault = resource.pointer("/properties/status/provisioningError").map(Fault::of_error);
    match Standing::of(text("/properties/provisioningState")) {
        Standing::Settled => succeeded(""),
        Standing::Failed(word) => failed(word, fault, text("/name").unwrap_or_default()),
        Standing::Busy(word) => running(word, None),
    }
}

fn succeeded(what: &str) -> OperationStatus {
    let observed = if what.is_empty() { Vec::new() } else { vec![what.to_owned()] };
    OperationStatus::Succeeded { output: String::new(), observed }
}

fn running(word: &str, percent: Option<f64>) -> OperationStatus {
    let part = percent.filter(|percent| (0.0..=100.0).contains(percent));
    let text = part.map_or_else(|| word.to_owned(), |percent| format!("{word}, {percent:.0} %"));
    OperationStatus::Running { text, done: None, total: None, blocked: Vec::new() }
}

fn failed(word: &str, fault: Option<Fault>, what: &str) -> OperationStatus {
    let hint = fault.as_ref().and_then(Fault::hint);
    let why = fault.map_or_else(|| "no reason given".to_owned(), |fault| fault.text());
    let error = format!("expected {what} to succeed, found it {word}: {why}");
    OperationStatus::Failed { output: String::new(), error, hint }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_resource_tells_where_its_operation_was_not_named() {
        let status = |state: &str| of_resource(&json!({"name": "web", "properties": {"provisioningState": state}}));
        assert!(matches!(status("Succeeded"), OperationStatus::Succeeded { .. }));
        assert!(matches!(status("Upgrading"), OperationStatus::Running { text, .. } if text == "Upgrading"));
        assert!(matches!(status("Canceled"), OperationStatus::Failed { error, .. } if error.contains("Canceled")));
    }

    #[test]
    fn a_failed_operation_tells_why_and_what_to_do() {
        let error = json!({"code": "QuotaExceeded", "message": "too many cores"});
        let operation = Operation { status: "Failed".to_owned(), error: Some(error), ..Operation::default() };
        let OperationStatus::Failed { error, hint, .. } = of_operation(&operation) else { panic!() };
        assert!(error.ends_with("QuotaExceeded: too many cores"), "{error}");
        assert!(hint.unwrap().contains("quota"));
    }
}
