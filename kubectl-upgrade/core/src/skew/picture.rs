//! A picture of a cluster: which component stands where at which minor.
//!
//! The real one is drawn from an inventory; the ones a step passes through and reaches are drawn from it with
//! [`Picture::with`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::allowed::ApiServers;
use crate::component::Component;
use crate::ids::{NodeName, PoolName};
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
    /// None of them empty.
    groups: BTreeMap<Component, Group>,
    /// The nodes of each pool, by name.
    pools: BTreeMap<PoolName, BTreeSet<NodeName>>,
}

/// The instances of one component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    at: BTreeMap<Arc<str>, Standing>,
    /// How many stand at each minor, so that the oldest and the newest are known without going through them all.
    count: BTreeMap<Minor, usize>,
}

impl Group {
    fn remove(&mut self, at: &str) {
        if let Some(gone) = self.at.remove(at)
            && let Some(count) = self.count.get_mut(&gone.minor)
        {
            *count -= 1;
            if *count == 0 {
                self.count.remove(&gone.minor);
            }
        }
    }

    fn set(&mut self, at: &str, minor: Minor) {
        match self.at.get_mut(at) {
            Some(instance) => {
                let left = std::mem::replace(&mut instance.minor, minor);
                if let Some(count) = self.count.get_mut(&left) {
                    *count -= 1;
                    if *count == 0 {
                        self.count.remove(&left);
                    }
                }
            }
            None => {
                self.at.insert(at.into(), Standing { minor, reach: Reach::Any });
            }
        }
        *self.count.entry(minor).or_default() += 1;
    }
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
                let minor = instance.version.minor();
                match &instance.place {
                    Place::Node(name) => picture.set(instance.component, name.as_str(), minor),
                    place => picture.set(instance.component, &place.to_string(), minor),
                }
            }
        }
        picture
    }

    /// Says that a node belongs to a pool.
    pub fn pooled(&mut self, pool: &PoolName, node: &NodeName) {
        self.pools.entry(pool.clone()).or_default().insert(node.clone());
    }

    /// The places of a pool's nodes.
    pub fn pool(&self, pool: &PoolName) -> impl Iterator<Item = &str> {
        self.pools.get(pool).into_iter().flatten().map(NodeName::as_str)
    }

    /// Takes a pool's nodes out.
    pub fn forget(&mut self, pool: &PoolName) {
        for node in self.pools.remove(pool).into_iter().flatten() {
            self.groups.values_mut().for_each(|group| group.remove(node.as_str()));
        }
        self.groups.retain(|_, group| !group.at.is_empty());
    }

    /// Takes every instance of a component out.
    #[must_use]
    pub fn without(mut self, component: Component) -> Self {
        self.groups.remove(&component);
        self
    }

    /// Says which API servers every instance of a component talks to.
    #[must_use]
    pub fn reaching(mut self, component: Component, reach: Reach) -> Self {
        let group = self.groups.get_mut(&component);
        group.into_iter().flat_map(|group| group.at.values_mut()).for_each(|instance| instance.reach = reach);
        self
    }

    /// Puts an instance into the picture, or changes the minor of one that is there and may reach any API server.
    pub fn set(&mut self, component: Component, at: &str, minor: Minor) {
        self.groups.entry(component).or_default().set(at, minor);
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
        self.standing(component, at).map(|instance| instance.minor)
    }

    pub(super) fn standing(&self, component: Component, at: &str) -> Option<Standing> {
        self.groups.get(&component)?.at.get(at).copied()
    }

    /// The API servers in the picture; none when it shows none.
    #[must_use]
    pub fn api_servers(&self) -> Option<ApiServers> {
        ApiServers::of(self.minors(Component::ApiServer))
    }

    /// The minors at which instances of a component stand, oldest first, each once.
    pub fn minors(&self, component: Component) -> impl DoubleEndedIterator<Item = Minor> {
        self.groups.get(&component).into_iter().flat_map(|group| group.count.keys().copied())
    }

    /// The places where a component stands, in order.
    pub fn places(&self, component: Component) -> impl Iterator<Item = &str> {
        self.groups.get(&component).into_iter().flat_map(|group| group.at.keys()).map(AsRef::as_ref)
    }

    pub(super) fn instances(&self) -> impl Iterator<Item = (Component, &str, Standing)> {
        self.groups
            .iter()
            .flat_map(|(component, group)| group.at.iter().map(|(at, instance)| (*component, at.as_ref(), *instance)))
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
