//! The calls to a cloud that a plan comes down to, as text.
//!
//! A plan shows these lines; the provider of that cloud makes these calls, with its own request tokens and headers.

use crate::plan::{CloudAction, ProviderKind};

mod aks;
mod eks;
mod gke;

/// One call: the operation by the cloud's own name, with what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudCall {
    /// `UpdateNodegroupVersion`.
    pub operation: &'static str,
    /// Its arguments by the cloud's own names, in order.
    pub arguments: Vec<(&'static str, String)>,
}

/// The calls of an action, in order; empty for what is done through the Kubernetes API.
#[must_use]
pub fn of(provider: ProviderKind, action: &CloudAction) -> Vec<CloudCall> {
    match provider {
        ProviderKind::Eks => eks::calls(action),
        ProviderKind::Gke => gke::calls(action),
        ProviderKind::Aks => aks::calls(action),
        ProviderKind::Kubeadm | ProviderKind::Manual => Vec::new(),
    }
}

impl CloudCall {
    fn new(operation: &'static str) -> Self {
        Self { operation, arguments: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }

    fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl std::fmt::Display for CloudCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.operation)?;
        self.arguments.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}
