//! All that one provider brings to a run.

use std::sync::Arc;

use crate::backend::Backend;
use crate::cloud::Cloud;
use crate::observer::Hosts;

/// A provider as the engine knows it: what it sees beyond the Kubernetes API, and what it can do.
#[derive(Clone)]
pub struct Provider {
    /// Looks at hosts, where it has any to look at.
    pub hosts: Option<Arc<dyn Hosts>>,
    /// Looks at what a cloud says, where a cloud runs the cluster.
    pub cloud: Option<Arc<dyn Cloud>>,
    /// Carries out the actions that are not the Kubernetes API's.
    pub backend: Arc<dyn Backend>,
}

impl Provider {
    /// One that works on hosts.
    #[must_use]
    pub fn on_hosts<T: Hosts + Backend + 'static>(provider: Arc<T>) -> Self {
        Self { hosts: Some(provider.clone()), cloud: None, backend: provider }
    }

    /// One that works through a cloud.
    #[must_use]
    pub fn through_cloud<T: Cloud + Backend + 'static>(provider: Arc<T>) -> Self {
        Self { hosts: None, cloud: Some(provider.clone()), backend: provider }
    }
}
