//! Whose cluster it is, and where it runs.

/// A cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Elastic Kubernetes Service of AWS.
    Eks,
    /// Google Kubernetes Engine.
    Gke,
    /// Azure Kubernetes Service.
    Aks,
}

/// The cloud's own names of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which cloud.
    pub cloud: Cloud,
    /// The account of AWS, the project of Google, the subscription of Azure.
    pub account: String,
    /// The resource group of Azure; empty elsewhere.
    pub group: String,
    /// The region, or the zone of a zonal cluster of Google.
    pub region: String,
    /// The cluster's name.
    pub cluster: String,
}
