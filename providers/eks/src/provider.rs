//! The provider: which cluster is asked about, and what is asked.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::Step;
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_provider::{Backend, Cloud, CloudAnswer, Endpoint, Entry, GivenNames, OperationStatus, PortError};

use crate::connect::{self, Access};
use crate::ec2::Ec2;
use crate::error::{Call, Service};
use crate::names::{Names, names};
use crate::{look, operation};

/// An EKS cluster.
pub struct Eks {
    pub(crate) client: Client,
    pub(crate) ec2: Ec2,
    pub(crate) names: Names,
}

impl Eks {
    /// The cluster that a kubeconfig's entry is about, or the one whose names were given. Reads the configuration of the
    /// AWS programs, asks nobody yet. At an endpoint of its own no credentials are looked for.
    ///
    /// # Errors
    /// When neither tells the region and the cluster, or the endpoint's certificate cannot be used.
    pub async fn connect(entry: &Entry, given: &GivenNames, endpoint: Option<&Endpoint>) -> Result<Self, PortError> {
        let names = names(entry, given)?;
        let access = Access {
            region: names.region.clone(),
            profile: names.profile.clone(),
            role: names.role.clone(),
            endpoint: endpoint.cloned(),
        };
        let (client, ec2) = connect::clients(&access).await?;
        Ok(Self { client, ec2, names })
    }

    /// A call, for its errors.
    pub(crate) fn call<'a>(&'a self, purpose: &'a str, operation: &'static str) -> Call<'a> {
        Call { purpose, service: Service::Eks, operation, profile: self.names.profile.as_deref() }
    }
}

#[async_trait]
impl Cloud for Eks {
    async fn look(&self, scope: CloudScope) -> Result<CloudAnswer, PortError> {
        look::look(self, scope).await
    }
}

#[async_trait]
impl Backend for Eks {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        operation::begin(self, step, key).await
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        operation::poll(self, step, operation, patience).await
    }
}
