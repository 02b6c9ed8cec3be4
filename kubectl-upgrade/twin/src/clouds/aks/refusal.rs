//! Refusals as Azure words them.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Reply;
use crate::clouds::Refused;

/// An error on the wire.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    subcode: Option<&'static str>,
    /// Errors of Azure itself lie in an envelope, those of the provider of AKS come without.
    enveloped: bool,
}

impl Refusal {
    /// Of Azure itself.
    pub(super) fn of_azure(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), subcode: None, enveloped: true }
    }

    /// Of the provider of AKS.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { enveloped: false, ..Self::of_azure(status, code, message) }
    }

    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn below(mut self, subcode: &'static str) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// Something else is going on.
    pub(super) fn busy(what: &str) -> Self {
        let message = format!(
            "Operation is not allowed: Another operation ({what}) is in progress, please wait for it to finish before \
             starting a new operation. See https://aka.ms/aks-pending-operation for more details"
        );
        Self::new(StatusCode::CONFLICT, "OperationNotAllowed", message)
    }

    pub(super) fn no_pool(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", format!("The agent pool {name} could not be found."))
    }

    pub(super) fn changed_meanwhile(given: &str, current: &str) -> Self {
        let message = format!("The ETag given, {given}, is not that of the resource, {current}.");
        Self::new(StatusCode::PRECONDITION_FAILED, "EtagMismatch", message)
    }

    pub(super) fn method() -> Self {
        Self::of_azure(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "The resource does not have that method.")
    }

    pub(super) fn into_reply(self) -> Reply {
        let mut error = json!({"code": self.code, "message": self.message});
        if let (Some(map), Some(subcode)) = (error.as_object_mut(), self.subcode) {
            map.insert("subcode".to_owned(), Value::from(subcode));
        }
        let reply = Reply::of(self.status, if self.enveloped { json!({"error": error}) } else { error });
        match self.status {
            StatusCode::UNAUTHORIZED => reply.with("www-authenticate", "Bearer error=\"invalid_token\""),
            StatusCode::TOO_MANY_REQUESTS => reply.with("retry-after", "1"),
            _ => reply,
        }
    }
}

/// What no cloud allows, in the words of this one.
impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match &refused {
            Refused::NotManaged => {
                Self::of_azure(StatusCode::NOT_FOUND, "SubscriptionNotFound", "There is no cluster of Azure here.")
            }
            Refused::NoPool(name) => Self::no_pool(name),
            Refused::NoOperation(_) => {
                Self::new(StatusCode::NOT_FOUND, "NotFound", "The entity was not found in this Azure location.")
            }
            Refused::Busy(id) => Self::busy(&format!("operation {id}")),
            Refused::StillBusy => Self::busy("Reconciling"),
            Refused::NotOffered(version) => Self::bad(
                "AgentPoolK8sVersionNotSupported",
                format!(
                    "Version {version} is not supported in this region. Please use [az aks get-versions] command to get \
                         the supported version list in this region."
                ),
            ),
            Refused::NewerThanControlPlane { nodes, control_plane } => Self::bad(
                "NodePoolMcVersionIncompatible",
                format!(
                    "Node pool version {nodes} and control plane version {control_plane} are incompatible. Minor \
                         version of node pool version {nodes} is bigger than control plane version {control_plane}."
                ),
            ),
            Refused::NothingToDo(_) => {
                Self::bad("OperationNotAllowed", format!("Operation is not allowed: {refused}."))
            }
            Refused::PoolExists(_) | Refused::Invalid { .. } => Self::bad("InvalidParameter", refused.to_string()),
        }
    }
}
