//! A picture of a cluster: which component stands where at which minor.
//!
//! The real one is drawn from an inventory; the ones a step passes through and reaches are drawn from it with
//! [`Picture::with`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::allowed::ApiServers;
use crate::component::Component;
use crate::inventory::{Instance, Place};
use crate::version::Minor;

/// Which API servers an instance talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any of them, as through a load balancer.
    Any,
    /// Only the one at its own place. kubeadm writes such kubeconfig files for controller-manager and scheduler of
    /// clusters made by 1.20 or newer (and late 1.19).
    Local,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) minor: Minor,
    pub(super) reach: Reach,
}

/// Instances of components, each at a named place: a node, or whatever the reader calls it (`here` for kubectl).
///
/// A kube-proxy is paired with the kubelet at the same place, or with all when there is none, as for a DaemonSet. kubeadm, etcd and others the policy has no standing rule
/// for may be in the picture; nothing is said about them. To keep the operator's kubectl from blocking steps, leave it
/// out of the pictures that steps are judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    instances: BTreeMap<(Component, Arc<str>), Standing>,
}

impl Picture {
    /// An empty picture.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What an inventory shows. An API server known only as "behind the endpoint" counts only when none is known by its
    /// host: it is one of those.
    #[must_use]
    pub fn of(instances: &[Instance]) -> Self {
        let on_host = |instance: &Instance| matches!(instance.place, Place::Node(_));
        let hosts_known =
            instances.iter().any(|instance| instance.component == Component::ApiServer && on_host(instance));
        let mut picture = Self::new();
        for instance in instances {
            if instance.component != Component::ApiServer || instance.place != Place::Endpoint || !hosts_known {
                picture.set(instance.component, &instance.place.to_string(), instance.version.minor());
            }
        }
        picture
    }

    /// Takes every instance of a component out.
    #[must_use]
    pub fn without(mut self, component: Component) -> Self {
        self.instances.retain(|(of, _), _| *of != component);
        self
    }

    /// Says which API servers every instance of a component talks to.
    #[must_use]
    pub fn reaching(mut self, component: Component, reach: Reach) -> Self {
        let instances = self.instances.iter_mut().filter(|((of, _), _)| *of == component);
        instances.for_each(|(_, instance)| instance.reach = reach);
        self
    }

    /// Puts an instance into the picture, or changes the minor of one that is there and may reach any API server.
    pub fn set(&mut self, component: Component, at: &str, minor: Minor) {
        let instance = self.instances.entry((component, at.into()));
        instance.or_insert(Standing { minor, reach: Reach::Any }).minor = minor;
    }

    /// This picture after one instance was changed, or added.
    #[must_use]
    pub fn with(&self, component: Component, at: &str, minor: Minor) -> Self {
        let mut picture = self.clone();
        picture.set(component, at, minor);
        picture
    }

    /// The minor of an instance.
    #[must_use]
    pub fn minor(&self, component: Component, at: &str) -> Option<Minor> {
        self.instances.get(&(component, at.into())).map(|instance| instance.minor)
    }

    /// The API servers in the picture; none when it shows none.
    #[must_use]
    pub fn api_servers(&self) -> Option<ApiServers> {
        ApiServers::of(self.minors(Component::ApiServer))
    }

    /// The minors of all instances of a component, in the order of their places.
    pub fn minors(&self, component: Component) -> impl Iterator<Item = Minor> {
        self.instances.iter().filter(move |((of, _), _)| *of == component).map(|(_, instance)| instance.minor)
    }

    /// The places where a component stands.
    pub fn places(&self, component: Component) -> impl Iterator<Item = &str> {
        self.instances.keys().filter(move |(of, _)| *of == component).map(|(_, at)| at.as_ref())
    }

    pub(super) fn instances(&self) -> impl Iterator<Item = (Component, &str, Standing)> {
        self.instances.iter().map(|((component, at), instance)| (*component, at.as_ref(), *instance))
    }
}

/// One instance changing its minor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changes.
    pub component: Component,
    /// Where.
    pub at: String,
    /// To which minor.
    pub to: Minor,
}

/// The pictures that changes made one after the other pass through, the last being the one they reach.
#[must_use]
pub fn passes_through(from: &Picture, changes: &[Change]) -> Vec<Picture> {
    let mut picture = from.clone();
    let after = |change: &Change| {
        picture.set(change.component, &change.at, change.to);
        picture.clone()
    };
    changes.iter().map(after).collect()
}
