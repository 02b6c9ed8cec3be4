//! DaemonSets, Deployments and ConfigMaps.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Container, Meta};

/// A DaemonSet or Deployment.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Workload {
    pub(crate) metadata: Meta,
    pub(crate) spec: WorkloadSpec,
    pub(crate) status: WorkloadStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct WorkloadSpec {
    /// Of a Deployment; one where it is missing.
    pub(crate) replicas: Option<u32>,
    pub(crate) template: Template,
}

/// What a Deployment's controller says.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WorkloadStatus {
    pub(crate) observed_generation: i64,
    pub(crate) replicas: u32,
    pub(crate) updated_replicas: u32,
    pub(crate) available_replicas: u32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Template {
    pub(crate) spec: TemplateSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TemplateSpec {
    pub(crate) containers: Vec<Container>,
}

/// A ConfigMap.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ConfigMap {
    pub(crate) metadata: Meta,
    pub(crate) data: BTreeMap<String, String>,
}
