//! Cluster DNS, where it is the Deployment kube-system/coredns.

use serde::{Deserialize, Serialize};

/// What the Deployment says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dns {
    /// The container that answers.
    pub container: String,
    /// Its image.
    pub image: String,
    /// How many pods are wanted.
    pub wanted: u32,
    /// How many of them are there with that image, and answer. None of them counts before the Deployment as it is was seen
    /// by its controller; all of them only when no other is left.
    pub renewed: u32,
    /// Its Corefile, of ConfigMap kube-system/coredns. Only asked for with the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corefile: Option<String>,
}
