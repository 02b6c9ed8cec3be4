//! Refusals, as Google's APIs write them: a status with a code, a message and a reason.

use serde_json::{Value, json};

use crate::api::Call;
use crate::clouds::Refused;
use crate::clouds::wire::Answer;

/// The kinds of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unimplemented,
}

impl Code {
    const fn name(self) -> &'static str {
        match self {
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::NotFound => "NOT_FOUND",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Unimplemented => "UNIMPLEMENTED",
        }
    }

    const fn status(self) -> u16 {
        match self {
            Self::FailedPrecondition | Self::InvalidArgument => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::NotFound => 404,
            Self::AlreadyExists => 409,
            Self::ResourceExhausted => 429,
            Self::Unimplemented => 501,
        }
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    code: Code,
    message: String,
    reason: Option<&'static str>,
    permission: Option<&'static str>,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), reason: None, permission: None }
    }

    pub(super) fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Something that is not there, by its whole name.
    pub(super) fn not_found(name: &str) -> Self {
        Self::new(Code::NotFound, format!("Not found: {name}."))
    }

    pub(super) fn denied(permission: &'static str, project: &str) -> Self {
        let message = format!("Required \"{permission}\" permission(s) for \"projects/{project}\".");
        Self { permission: Some(permission), ..Self::new(Code::PermissionDenied, message) }
            .reason("IAM_PERMISSION_DENIED")
    }

    pub(super) fn no_method(call: &Call) -> Self {
        Self::new(Code::NotFound, format!("{} {} is not simulated.", call.method, call.path()))
    }

    pub(super) fn answer(&self) -> Answer {
        let mut error = json!({ "code": self.code.status(), "message": self.message, "status": self.code.name() });
        if let Some(reason) = self.reason {
            let mut metadata = json!({ "service": "container.googleapis.com" });
            if let Some(permission) = self.permission {
                crate::json::set(&mut metadata, &["permission"], permission);
            }
            let info = json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
                "metadata": metadata,
            });
            crate::json::set(&mut error, &["details"], Value::Array(vec![info]));
        }
        Answer::json(self.code.status(), &json!({ "error": error }))
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotManaged | Refused::NoPool(_) | Refused::NoOperation(_) => {
                Self::new(Code::NotFound, format!("Not found: {refused}."))
            }
            Refused::PoolExists(pool) => {
                Self::new(Code::AlreadyExists, format!("Already exists: node pool {pool}."))
            }
            Refused::Busy(id) => Self::new(
                Code::FailedPrecondition,
                format!(
                    "Operation operation-{id} is currently operating on this cluster. Please wait and try again once it \
                     is done."
                ),
            )
            .reason("CLUSTER_ALREADY_HAS_OPERATION"),
            Refused::StillBusy => Self::new(
                Code::FailedPrecondition,
                "Cluster is running incompatible operation. Please wait and try again once it is done.",
            )
            .reason("CLUSTER_ALREADY_HAS_OPERATION"),
            Refused::NotOffered(version) => {
                Self::new(Code::InvalidArgument, format!("Version \"{version}\" is invalid: it is not supported."))
            }
            Refused::NewerThanControlPlane { nodes, control_plane } => Self::new(
                Code::InvalidArgument,
                format!(
                    "Node version \"{nodes}\" must not have a minor version greater than master version \
                     \"{control_plane}\"."
                ),
            ),
            Refused::NothingToDo(what) => {
                Self::new(Code::FailedPrecondition, format!("There is nothing to do: expected {what}."))
            }
            Refused::Invalid { expected, found } => {
                Self::new(Code::InvalidArgument, format!("Invalid value: expected {expected}, found {found}."))
            }
        }
    }
}
