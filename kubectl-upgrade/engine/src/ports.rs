//! The ports a run needs, in one place.

use std::sync::Arc;

use upgrade_core::plan::{Carrier, Step};
use upgrade_provider::{Backend, Lock, Observer};

/// The world as a run sees and changes it.
#[derive(Clone)]
pub struct Ports {
    /// Sees the API and the hosts.
    pub observer: Arc<dyn Observer>,
    /// Carries out what is done through the Kubernetes API.
    pub cluster: Arc<dyn Backend>,
    /// Carries out what is done on hosts and through clouds, and has persons carry out what is theirs.
    pub provider: Arc<dyn Backend>,
    /// Keeps other runs away.
    pub lock: Arc<dyn Lock>,
}

impl Ports {
    /// The backend that carries the step out.
    pub(crate) fn backend(&self, step: &Step) -> &dyn Backend {
        match step.action.carrier() {
            Carrier::Cluster => self.cluster.as_ref(),
            Carrier::Host | Carrier::Cloud | Carrier::Person => self.provider.as_ref(),
        }
    }
}
