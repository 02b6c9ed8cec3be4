//! What controllers and the scheduler look up all the time, kept up to date change by change.

use std::collections::{BTreeMap, BTreeSet};

use super::scheduler::{NodeView, Repulsion};
use crate::json::at;
use crate::selector::{Labels, Selector};
use crate::store::{Change, Object, Requests, Resource};

/// The look-ups.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The nodes, as the scheduler sees them.
    pub(crate) nodes: BTreeMap<String, NodeView>,
    used: BTreeMap<String, Used>,
    pods: BTreeMap<String, Namespace>,
    budgets: BTreeMap<String, BTreeMap<String, Option<Selector>>>,
}

/// What the pods of a node ask for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) requests: Requests,
    pub(crate) pods: u64,
}

/// The pods of a namespace.
#[derive(Debug, Default)]
struct Namespace {
    /// Their names by their labels: those of one owner mostly share all labels.
    groups: BTreeMap<Labels, BTreeSet<String>>,
    /// The pods that want none of some others beside them.
    repulsions: BTreeMap<String, Vec<Repulsion>>,
}

impl Index {
    /// Takes a change in.
    pub(crate) fn heed(&mut self, change: &Change) {
        let (before, after) = (change.before.as_deref(), (!change.deleted).then_some(&*change.object));
        match change.object.key.resource {
            Resource::PODS => {
                if let Some(before) = before {
                    self.forget_pod(before, after);
                }
                if let Some(after) = after {
                    self.add_pod(after, before);
                }
            }
            Resource::NODES => {
                let name = &change.object.key.name;
                match after {
                    Some(node) => self.nodes.insert(name.clone(), NodeView::of(node)),
                    None => self.nodes.remove(name),
                };
            }
            Resource::BUDGETS => {
                let key = &change.object.key;
                let budgets = self.budgets.entry(key.namespace.clone()).or_default();
                match after {
                    Some(budget) => {
                        budgets.insert(key.name.clone(), Selector::read(at(&budget.value(), "/spec/selector")))
                    }
                    None => budgets.remove(&key.name),
                };
            }
            _ => {}
        }
    }

    /// What the pods of a node ask for.
    pub(crate) fn used(&self, node: &str) -> Used {
        self.used.get(node).copied().unwrap_or_default()
    }

    /// The names of the pods of a namespace that a selector matches.
    pub(crate) fn matching<'a>(&'a self, namespace: &str, selector: &'a Selector) -> impl Iterator<Item = &'a String> {
        let groups = self.pods.get(namespace).into_iter().flat_map(|namespace| &namespace.groups);
        groups.filter(|(labels, _)| selector.matches(labels)).flat_map(|(_, names)| names)
    }

    /// The budgets of a namespace whose selector matches the labels.
    pub(crate) fn budgets_of(&self, namespace: &str, labels: &Labels) -> Vec<String> {
        let budgets = self.budgets.get(namespace).into_iter().flatten();
        let covering = |selector: &Option<Selector>| selector.as_ref().is_some_and(|one| one.matches(labels));
        budgets.filter(|(_, selector)| covering(selector)).map(|(name, _)| name.clone()).collect()
    }

    /// The budgets of a namespace.
    pub(crate) fn budgets_in(&self, namespace: &str) -> Vec<String> {
        self.budgets.get(namespace).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }

    /// The pods of a namespace that want none of some others beside them.
    pub(crate) fn repulsions<'a>(&'a self, namespace: &str) -> impl Iterator<Item = (&'a String, &'a Vec<Repulsion>)> {
        self.pods.get(namespace).into_iter().flat_map(|namespace| &namespace.repulsions)
    }

    fn add_pod(&mut self, pod: &Object, before: Option<&Object>) {
        self.count(pod, true);
        if before.is_some_and(|before| before.summary.labels == pod.summary.labels) {
            return;
        }
        let namespace = self.pods.entry(pod.key.namespace.clone()).or_default();
        let name = pod.key.name.clone();
        namespace.groups.entry(pod.summary.labels.clone()).or_default().insert(name.clone());
        if pod.body.contains("\"podAntiAffinity\"") {
            let repulsions = Repulsion::of(&pod.value());
            if !repulsions.is_empty() {
                namespace.repulsions.insert(name, repulsions);
            }
        }
    }

    fn forget_pod(&mut self, pod: &Object, after: Option<&Object>) {
        self.count(pod, false);
        if after.is_some_and(|after| after.summary.labels == pod.summary.labels) {
            return;
        }
        let Some(namespace) = self.pods.get_mut(&pod.key.namespace) else { return };
        if let Some(names) = namespace.groups.get_mut(&pod.summary.labels) {
            names.remove(&pod.key.name);
            if names.is_empty() {
                namespace.groups.remove(&pod.summary.labels);
            }
        }
        namespace.repulsions.remove(&pod.key.name);
        if namespace.groups.is_empty() {
            self.pods.remove(&pod.key.namespace);
        }
    }

    /// Counts what a bound pod asks for, or no longer does. One that ended holds nothing.
    fn count(&mut self, pod: &Object, holds: bool) {
        let Some(node) = pod.summary.node.as_ref().filter(|_| !pod.ended()) else { return };
        let used = self.used.entry(node.clone()).or_default();
        let requests = pod.summary.requests;
        let sum = |held: u64, one: u64| if holds { held + one } else { held.saturating_sub(one) };
        used.requests.cpu_milli = sum(used.requests.cpu_milli, requests.cpu_milli);
        used.requests.memory = sum(used.requests.memory, requests.memory);
        used.pods = sum(used.pods, 1);
        if used.pods == 0 {
            self.used.remove(node);
        }
    }
}
