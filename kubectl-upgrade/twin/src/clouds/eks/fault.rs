//! Refusals, as EKS writes them.

use serde_json::{Map, Value, json};

use crate::clouds::Refused;

/// The kind of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    AccessDenied,
    ExpiredToken,
    InvalidParameter,
    InvalidRequest,
    MissingAuthenticationToken,
    NotFound,
    InUse,
    Server,
    Throttling,
}

impl Code {
    /// Its name on the wire.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::InvalidParameter => "InvalidParameterException",
            Self::InvalidRequest => "InvalidRequestException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::NotFound => "ResourceNotFoundException",
            Self::InUse => "ResourceInUseException",
            Self::Server => "ServerException",
            Self::Throttling => "ThrottlingException",
        }
    }

    /// Its status.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::AccessDenied | Self::ExpiredToken | Self::MissingAuthenticationToken => 403,
            Self::InvalidParameter | Self::InvalidRequest => 400,
            Self::NotFound => 404,
            Self::InUse => 409,
            Self::Server => 500,
            Self::Throttling => 429,
        }
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    message: String,
    about: Map<String, Value>,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), about: Map::new() }
    }

    /// It, naming what it is about in a member of its own: `clusterName`.
    pub(super) fn about(mut self, member: &str, name: &str) -> Self {
        self.about.insert(member.to_owned(), json!(name));
        self
    }

    /// There is no cluster of that name in the region.
    pub(super) fn no_cluster(name: &str) -> Self {
        Self::new(Code::NotFound, format!("No cluster found for name: {name}.")).about("clusterName", name)
    }

    pub(super) fn body(&self) -> Value {
        let mut body = self.about.clone();
        body.insert("message".to_owned(), json!(self.message));
        Value::Object(body)
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let code = match &refused {
            Refused::NotManaged => Code::Server,
            Refused::NoPool(_) | Refused::NoOperation(_) => Code::NotFound,
            Refused::PoolExists(_) | Refused::Busy(_) | Refused::StillBusy => Code::InUse,
            Refused::NotOffered(_) | Refused::NewerThanControlPlane { .. } | Refused::Invalid { .. } => {
                Code::InvalidParameter
            }
            Refused::NothingToDo(_) => Code::InvalidRequest,
        };
        let message = match &refused {
            Refused::NoPool(name) => format!("No node group found for name: {name}."),
            Refused::PoolExists(name) => format!("NodeGroup already exists with name {name}"),
            Refused::Busy(id) => format!("Cannot begin another update while update {id} is in progress"),
            Refused::StillBusy => "Cannot begin another update while the previous one is being finalized".to_owned(),
            Refused::NotManaged
            | Refused::NoOperation(_)
            | Refused::NotOffered(_)
            | Refused::NewerThanControlPlane { .. }
            | Refused::NothingToDo(_)
            | Refused::Invalid { .. } => refused.to_string(),
        };
        Self::new(code, message)
    }
}
