//! Which deprecated APIs were requested, as an API server counts them itself.
//!
//! Says what was asked for, never by whom: that is only in an audit log.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::version::Minor;

/// The first minor whose API servers count requests for deprecated APIs (metric `apiserver_requested_deprecated_apis`).
pub const API_USE_COUNTED_FROM: Minor = Minor::new(1, 19);

/// What the API server that answered has counted. What others beside it counted is a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiUse {
    /// When that API server started, which is when it began to count; none where it does not say.
    pub since: Option<Timestamp>,
    /// The deprecated APIs requested since then, in order, each once.
    pub requested: Vec<RequestedApi>,
}

/// A deprecated API that was requested.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestedApi {
    /// The group; empty for the core group.
    pub group: String,
    /// The version within the group.
    pub version: String,
    /// The resource in the plural, as in URLs: `ingresses`.
    pub resource: String,
    /// The subresource, as in `deployments/scale`.
    pub subresource: Option<String>,
    /// The first minor without it, as the API server itself expects it; none where no removal is planned.
    pub removed_in: Option<Minor>,
}

impl fmt::Display for RequestedApi {
    /// `extensions/v1beta1 ingresses`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(f, "{}/", self.group)?;
        }
        write!(f, "{} {}", self.version, self.resource)?;
        self.subresource.iter().try_for_each(|subresource| write!(f, "/{subresource}"))
    }
}
