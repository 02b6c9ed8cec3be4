//! Operations that failed: EKS's own codes, and what to do about each.

use aws_sdk_eks::types::{ErrorDetail, Nodegroup, NodegroupStatus, Update, UpdateStatus};
use upgrade_provider::OperationStatus;

use crate::look;

/// An update that failed or was cancelled.
pub(super) fn of(update: &Update) -> OperationStatus {
    let kind = update.r#type().map_or("update", |kind| kind.as_str());
    let id = update.id().unwrap_or_default();
    if update.status() == Some(&UpdateStatus::Cancelled) {
        return OperationStatus::Failed {
            output: String::new(),
            error: format!("expected {kind} {id} to succeed, found it cancelled"),
            hint: Some("resume begins it anew: kubectl upgrade resume".to_owned()),
        };
    }
    let said: Vec<String> = update.errors().iter().map(words).collect();
    let first = update.errors().first();
    let code = first.map_or("", cause);
    let on = first.map(ErrorDetail::resource_ids).unwrap_or_default();
    let said = if said.is_empty() { "without a reason".to_owned() } else { said.join("; ") };
    OperationStatus::Failed {
        output: String::new(),
        error: format!("expected {kind} {id} to succeed, found it failed: {said}"),
        hint: Some(advice(code, on)),
    }
}

/// EKS's code, or the narrower one of what EC2 says of machines that did not start.
fn cause(error: &ErrorDetail) -> &str {
    let code = error.error_code().map_or("", |code| code.as_str());
    let said = error.error_message().unwrap_or_default();
    match code {
        "NodeCreationFailure" if said.contains("InsufficientInstanceCapacity") => "AsgInstanceLaunchFailures",
        "NodeCreationFailure" if said.contains("VcpuLimitExceeded") => "InstanceLimitExceeded",
        code => code,
    }
}

fn words(error: &ErrorDetail) -> String {
    let code = error.error_code().map_or("", |code| code.as_str());
    let on = error.resource_ids().join(", ");
    let on = if on.is_empty() { on } else { format!(" ({on})") };
    format!("{code}: {}{on}", error.error_message().unwrap_or_default())
}

/// A group that did not come to be, or did not go.
pub(super) fn of_group(name: &str, status: &str, group: &Nodegroup) -> OperationStatus {
    let issues = group.health().map(|health| health.issues()).unwrap_or_default();
    let first = issues.first();
    let code = first.and_then(|issue| issue.code()).map_or("", |code| code.as_str());
    let on = first.map(|issue| issue.resource_ids()).unwrap_or_default();
    let again = again(name, status, group);
    OperationStatus::Failed {
        output: String::new(),
        error: format!(
            "expected node group {name} to be well, found it {status}: {}",
            look::health_of_group(group).join("; ")
        ),
        hint: Some(format!("{again}{}", advice(code, on))),
    }
}

/// A group that failed to come up stays like that: it has to go before there can be another.
fn again(name: &str, status: &str, group: &Nodegroup) -> String {
    if status != NodegroupStatus::CreateFailed.as_str() {
        return String::new();
    }
    let cluster = group.cluster_name().unwrap_or("CLUSTER");
    format!("first: aws eks delete-nodegroup --cluster-name {cluster} --nodegroup-name {name}; ")
}

/// What to do about what ails a group; none where nothing does.
pub(super) fn advice_on(group: &Nodegroup) -> Option<String> {
    let issue = group.health()?.issues().first()?;
    Some(advice(issue.code().map_or("", |code| code.as_str()), issue.resource_ids()))
}

/// What to do. Codes: the service's API model of 2017-11-01 (`ErrorCode`, `NodegroupIssueCode`).
fn advice(code: &str, on: &[String]) -> String {
    let node = on.first().map_or("NODE", String::as_str);
    match code {
        "PodEvictionFailure" => format!(
            "a budget kept pods on a node past EKS's 15 minutes: kubectl get pods -A --field-selector spec.nodeName={node}; \
             kubectl get poddisruptionbudgets -A; make room for the pods, then: kubectl upgrade resume"
        ),
        "NodeCreationFailure" => {
            "new machines did not start or join: look at the group's Auto Scaling group, at the machines' \
             system log, at the node role and at the subnets' way to the cluster, then: kubectl upgrade resume"
                .to_owned()
        }
        "InsufficientFreeAddresses" | "IpNotAvailable" => {
            "free addresses in the cluster's or the group's subnets, or add subnets \
             (a control plane needs up to five, each new node its own), then: kubectl upgrade resume"
                .to_owned()
        }
        "InstanceLimitExceeded" | "EniLimitReached" | "LimitExceeded" => {
            "raise the quota of EC2 in this region, or let fewer nodes come at a time, then: kubectl upgrade resume"
                .to_owned()
        }
        "AsgInstanceLaunchFailures" => {
            "EC2 has no machines of that type left in a zone: add instance types or zones to the group, or \
             replace with strategy MINIMAL, then: kubectl upgrade resume"
                .to_owned()
        }
        "Ec2LaunchTemplateVersionMismatch" | "Ec2LaunchTemplateNotFound" => {
            "the group's Auto Scaling group uses another version of the \
             launch template than EKS: put it back to EKS's, then: kubectl upgrade resume"
                .to_owned()
        }
        "ConfigurationConflict" => {
            "someone changed fields of the add-on: plan anew with --addon-conflicts preserve or overwrite".to_owned()
        }
        "InsufficientNumberOfReplicas" => {
            "the add-on's pods do not become ready: kubectl get pods -n kube-system".to_owned()
        }
        "AccessDenied" | "OperationNotPermitted" => {
            "look at the roles of the cluster, the group or the add-on, then: kubectl upgrade resume".to_owned()
        }
        "SubnetNotFound" | "SecurityGroupNotFound" | "VpcIdNotFound" => {
            "the cluster refers to networks that are gone: put them back, then: kubectl upgrade resume".to_owned()
        }
        _ => "see what EKS says in its console, then: kubectl upgrade resume".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_eks::types::{ErrorCode, UpdateType};

    use super::*;

    #[test]
    fn a_failed_update_says_its_code_and_what_to_do() {
        let error = ErrorDetail::builder()
            .error_code(ErrorCode::PodEvictionFailure)
            .error_message("Reached max retries")
            .resource_ids("ip-10-0-0-1")
            .build();
        let update =
            Update::builder().id("u-1").r#type(UpdateType::VersionUpdate).status(UpdateStatus::Failed).errors(error);
        let OperationStatus::Failed { error, hint, .. } = of(&update.build()) else { panic!("it failed") };
        assert_eq!(
            error,
            "expected VersionUpdate u-1 to succeed, found it failed: PodEvictionFailure: Reached max retries (ip-10-0-0-1)"
        );
        assert!(hint.unwrap().contains("spec.nodeName=ip-10-0-0-1"));
    }
}
