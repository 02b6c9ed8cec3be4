//! Updates: what EKS calls operations.

use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::{Code, Fault};
use super::names;
use super::route::{page, part, seen};
use crate::clouds::faults::Shortage;
use crate::clouds::operations::{self, Failure, FailureCode, Operation, OperationId, State, Subject};
use crate::clouds::{Extra, of};
use crate::json;
use crate::world::World;

/// What an operation has of an update.
pub(super) fn extra(kind: &str, params: &[(&str, String)]) -> Extra {
    let params: Vec<Value> = params.iter().map(|(kind, value)| json!({ "type": kind, "value": value })).collect();
    Extra::from_iter([("type".to_owned(), json!(kind)), ("params".to_owned(), json!(params))])
}

/// The subject of an add-on's updates.
pub(super) fn addon(name: &str) -> Subject {
    Subject::Other(format!("addon/{name}"))
}

/// The answer to whoever began it.
pub(super) fn begun(world: &World, id: &OperationId) -> Result<Value, Fault> {
    let found = operations::look(world, id).ok_or_else(|| none(&id.to_string()))?;
    Ok(json!({ "update": update(found) }))
}

fn none(id: &str) -> Fault {
    Fault::new(Code::NotFound, format!("No update found for ID: {id}"))
}

/// `DescribeUpdate`.
pub(super) fn describe(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let id = part(asked, 3);
    let found = of_subject(world, asked)?.into_iter().find(|one| one.id.0 == id);
    Ok(json!({ "update": update(found.ok_or_else(|| none(id))?) }))
}

/// `ListUpdates`.
pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let ids = of_subject(world, asked)?.into_iter().map(|one| json!(one.id.0)).collect();
    page(world, asked, "updateIds", ids)
}

/// The updates of what the query names: a node group, an add-on, or else the cluster.
fn of_subject<'a>(world: &'a World, asked: &Asked<'_>) -> Result<Vec<&'a Operation>, Fault> {
    let seen = seen(world)?;
    let subject = match (asked.query("nodegroupName"), asked.query("addonName")) {
        ("", "") => Subject::Cluster,
        ("", name) => addon(name),
        (name, _) => {
            if !seen.pools.contains_key(name) {
                return Err(crate::clouds::Refused::NoPool(name.to_owned()).into());
            }
            Subject::Pool(name.to_owned())
        }
    };
    let updates = seen.operations.iter().filter(|one| one.subject == subject && one.extra.contains_key("type"));
    Ok(updates.collect())
}

/// `CancelUpdate`: only of a rollback while nodes of Auto Mode go back.
pub(super) fn cancel(world: &mut World, asked: &Asked<'_>) -> Result<Value, Fault> {
    let id = OperationId(part(asked, 3).to_owned());
    let found = operations::look(world, &id).ok_or_else(|| none(&id.0))?;
    let automatic = of(world)?.now().extra.get("cluster").map(|cluster| json::at(cluster, "/computeConfig/enabled"));
    let rollback = found.extra.get("type").is_some_and(|kind| kind == "VersionRollback");
    if !rollback || automatic.is_none_or(|enabled| enabled != true) {
        let message = "Only rollbacks of clusters with EKS Auto Mode can be cancelled";
        return Err(Fault::new(Code::InvalidRequest, message));
    }
    operations::cancel(world, &id)?;
    begun(world, &id)
}

/// An update as the wire has it.
pub(super) fn update(of: &Operation) -> Value {
    let status = match of.state {
        State::Running | State::Cancelling => "InProgress",
        State::Done => "Successful",
        State::Failed => "Failed",
        State::Cancelled => "Cancelled",
    };
    // Some errors only EKS knows of: they are kept as they are, and told when it has failed.
    let own = of.extra.get("errors").and_then(Value::as_array).filter(|_| of.state == State::Failed);
    let errors: Vec<Value> = match own {
        Some(own) => own.clone(),
        None => of.failures.iter().map(|failure| error(of, failure)).collect(),
    };
    let mut update = json!({
        "id": of.id.0,
        "status": status,
        "type": of.extra.get("type").cloned().unwrap_or_default(),
        "params": of.extra.get("params").cloned().unwrap_or_default(),
        "createdAt": names::time(of.started),
        "errors": errors,
    });
    if of.state == State::Cancelling {
        json::set(&mut update, &["cancellation"], json!({ "status": "InProgress" }));
    }
    update
}

/// As a rule EKS does not say which pods and budgets stood in the way: only the node.
fn error(of: &Operation, failure: &Failure) -> Value {
    let group = match &of.subject {
        Subject::Pool(name) => name.as_str(),
        Subject::Cluster | Subject::Other(_) => "",
    };
    let (code, message) = words(failure, group);
    json!({ "errorCode": code, "errorMessage": message, "resourceIds": failure.nodes })
}

/// The word and the sentence of EKS for a failure.
pub(super) fn words(failure: &Failure, group: &str) -> (&'static str, String) {
    match failure.code {
        FailureCode::PodEviction => (
            "PodEvictionFailure",
            format!("Reached max retries while trying to evict pods from nodes in node group {group}"),
        ),
        FailureCode::NodeNeverJoined => (
            "NodeCreationFailure",
            format!("Couldn't proceed with upgrade process as new nodes are not joining node group {group}"),
        ),
        FailureCode::NoMachine(Shortage::Addresses) => (
            "InsufficientFreeAddresses",
            "One or more subnets do not have enough free IP addresses for new nodes".to_owned(),
        ),
        FailureCode::NoMachine(Shortage::Quota) => (
            "NodeCreationFailure",
            format!(
                "Couldn't launch instances for node group {group}: VcpuLimitExceeded, the vCPU limit of the account is reached"
            ),
        ),
        FailureCode::NoMachine(Shortage::Stock) => (
            "NodeCreationFailure",
            format!("Couldn't launch instances for node group {group}: InsufficientInstanceCapacity"),
        ),
        FailureCode::Internal => ("Unknown", failure.message.clone()),
    }
}
