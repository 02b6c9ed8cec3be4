//! One eviction, and what its answer means.

use kube::core::Status;
use serde_json::json;
use upgrade_core::ids::ObjectName;
use upgrade_provider::PortError;

use crate::api::{Api, escape};
use crate::failure::Failure;
use crate::observe::pods::SeenPod;
use crate::observe::served::PolicyVersion;

/// What came of one eviction.
#[derive(Debug)]
pub(super) enum Evicted {
    /// It is on its way, or it is gone already, or another pod has its name now.
    Accepted,
    /// A budget refuses, for now or for good.
    Blocked(String),
    /// More than one budget covers the pod: the API refuses that for as long as it is so.
    Overlap(String),
    /// The server is too busy to say; to be tried again.
    Busy,
}

/// How evictions are to be made.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    /// The version of Eviction that the server takes.
    pub(super) version: PolicyVersion,
    /// Overrides the pods' own grace period, in seconds.
    pub(super) grace_period_s: Option<u32>,
}

/// Evicts one pod; exactly this one, not a successor of the same name.
pub(super) async fn evict(api: &Api, seen: &SeenPod, terms: Terms) -> Result<Evicted, PortError> {
    let ObjectName { namespace, name } = &seen.pod.name;
    let mut options = json!({"preconditions": {"uid": seen.uid}});
    if let (Some(seconds), Some(options)) = (terms.grace_period_s, options.as_object_mut()) {
        options.insert("gracePeriodSeconds".to_owned(), json!(seconds));
    }
    let body = json!({
        "apiVersion": terms.version.api_version(),
        "kind": "Eviction",
        "metadata": {"namespace": namespace, "name": name},
        "deleteOptions": options,
    });
    let path = format!("/api/v1/namespaces/{}/pods/{}/eviction", escape(namespace), escape(name));
    match api.post(&path, &body).await {
        Ok(_) => Ok(Evicted::Accepted),
        Err(Failure::Status(status)) => {
            judge(*status).map_err(|failure| failure.port(&format!("create pods/eviction in namespace {namespace}")))
        }
        Err(failure) => Err(failure.port(&format!("evict {}", seen.pod.name))),
    }
}

/// What a refusal means (observed: 429 with the cause DisruptionBudget; 500 without a reason for two budgets; 409 for
/// another UID; 404 when gone).
fn judge(status: Status) -> Result<Evicted, Failure> {
    let causes: Vec<_> = status.details.iter().flat_map(|details| &details.causes).collect();
    let of_budget = causes.iter().find(|cause| cause.reason == "DisruptionBudget");
    let ending = causes.iter().any(|cause| cause.reason == "NamespaceTerminating");
    match status.code {
        404 | 409 => Ok(Evicted::Accepted),
        // The pods of a namespace that is being deleted go without us.
        403 if ending => Ok(Evicted::Accepted),
        429 => match of_budget {
            Some(cause) if !cause.message.is_empty() => Ok(Evicted::Blocked(cause.message.clone())),
            Some(_) => Ok(Evicted::Blocked(status.message)),
            None if status.message.contains("disruption budget") => Ok(Evicted::Blocked(status.message)),
            None => Ok(Evicted::Busy),
        },
        500 if status.message.contains("more than one PodDisruptionBudget") => Ok(Evicted::Overlap(status.message)),
        _ => Err(Failure::Status(Box::new(status))),
    }
}
