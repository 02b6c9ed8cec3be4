//! CoreDNS, and the image that its Deployment names.

use serde::{Deserialize, Serialize};

use crate::version::Version;

/// An image that takes the Deployment kube-system/coredns to another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDns {
    /// The version it is at.
    pub from: Version,
    /// The version to reach.
    pub to: Version,
    /// The container that answers.
    pub container: String,
    /// Its image before.
    pub replaces: String,
    /// Its image afterwards.
    pub image: String,
}
