//! Where other pods are, as far as a pod minds them: affinity, anti-affinity and spread.

use std::collections::{BTreeMap, BTreeSet};

use super::reason::Reason;
use super::view::NodeView;
use super::wants::{PodTerm, Spread, Wants};
use crate::controllers::index::Index;
use crate::selector::Selector;
use crate::store::{Object, ObjectKey, Resource, Store};

/// What is known of the domains before nodes are looked at one by one.
#[derive(Debug, Default)]
pub(crate) struct Domains<'a> {
    /// Domains in which one must be, for each term.
    beside: Vec<(&'a str, BTreeSet<String>)>,
    apart: BTreeSet<(String, String)>,
    kept_away: BTreeSet<(String, String)>,
    spread: Vec<SpreadCount<'a>>,
}

#[derive(Debug)]
struct SpreadCount<'a> {
    rule: &'a Spread,
    /// Whether the pod itself counts.
    itself: u32,
    counts: BTreeMap<String, u32>,
    fewest: u32,
}

impl<'a> Domains<'a> {
    pub(crate) fn of(wants: &'a Wants, index: &Index, store: &Store) -> Self {
        let seen = Seen { index, store };
        let mut apart = BTreeSet::new();
        for term in &wants.apart {
            apart.extend(seen.domains(term).into_iter().map(|domain| (term.topology.clone(), domain)));
        }
        Self {
            beside: wants.beside.iter().filter_map(|term| seen.beside(term, wants)).collect(),
            apart,
            kept_away: seen.kept_away(wants),
            spread: wants.spread.iter().map(|rule| seen.spread(rule, wants)).collect(),
        }
    }

    /// Why the node does not do, if it does not.
    pub(crate) fn refuse(&self, node: &NodeView) -> Option<Reason> {
        let inside = |set: &BTreeSet<(String, String)>| {
            set.iter().any(|(topology, domain)| node.labels.get(topology) == Some(domain))
        };
        if self.beside.iter().any(|(topology, at)| node.labels.get(*topology).is_none_or(|one| !at.contains(one))) {
            return Some(Reason::Beside);
        }
        if inside(&self.apart) {
            return Some(Reason::Apart);
        }
        if inside(&self.kept_away) {
            return Some(Reason::KeptAway);
        }
        self.spread.iter().find_map(|spread| spread.refuse(node))
    }
}

impl SpreadCount<'_> {
    fn refuse(&self, node: &NodeView) -> Option<Reason> {
        let Some(domain) = node.labels.get(&self.rule.topology) else { return Some(Reason::SpreadLabel) };
        let here = self.counts.get(domain).copied().unwrap_or_default();
        let skewed = (here + self.itself).saturating_sub(self.fewest) > self.rule.most_skew;
        skewed.then_some(Reason::Spread)
    }
}

struct Seen<'a> {
    index: &'a Index,
    store: &'a Store,
}

impl Seen<'_> {
    /// The pods of a namespace that a selector matches.
    fn pods<'b>(&'b self, namespace: &'b str, selector: &'b Selector) -> impl Iterator<Item = &'b Object> {
        let names = self.index.matching(namespace, selector);
        let key = |name: &String| ObjectKey::new(Resource::PODS, namespace, name);
        names.filter_map(move |name| self.store.get(&key(name)).map(|pod| &**pod)).filter(|pod| !pod.ended())
    }

    fn domain(&self, pod: &Object, topology: &str) -> Option<String> {
        let node = self.index.nodes.get(pod.summary.node.as_ref()?)?;
        node.labels.get(topology).cloned()
    }

    fn domains(&self, term: &PodTerm) -> BTreeSet<String> {
        let pods = term.namespaces.iter().flat_map(|namespace| self.pods(namespace, &term.selector));
        pods.filter_map(|pod| self.domain(pod, &term.topology)).collect()
    }

    /// The domains that a term allows; none where all are allowed, as the first of pods that seek each other must start
    /// somewhere.
    fn beside<'b>(&self, term: &'b PodTerm, wants: &Wants) -> Option<(&'b str, BTreeSet<String>)> {
        let domains = self.domains(term);
        let seeks_itself = term.namespaces.contains(&wants.namespace) && term.selector.matches(&wants.labels);
        let first = domains.is_empty() && seeks_itself;
        (!first).then_some((term.topology.as_str(), domains))
    }

    fn kept_away(&self, wants: &Wants) -> BTreeSet<(String, String)> {
        let mut domains = BTreeSet::new();
        for (name, terms) in self.index.repulsions(&wants.namespace) {
            let Some(pod) = self.store.get(&ObjectKey::new(Resource::PODS, &wants.namespace, name)) else { continue };
            for term in terms.iter().filter(|term| term.selector.matches(&wants.labels)) {
                domains.extend(self.domain(pod, &term.topology).map(|domain| (term.topology.clone(), domain)));
            }
        }
        domains
    }

    fn spread<'b>(&self, rule: &'b Spread, wants: &Wants) -> SpreadCount<'b> {
        let eligible = self.index.nodes.iter().filter(|(name, node)| wants.nodes.accepts(name, &node.labels));
        let mut counts: BTreeMap<String, u32> = eligible
            .filter_map(|(_, node)| node.labels.get(&rule.topology))
            .map(|domain| (domain.clone(), 0))
            .collect();
        for pod in self.pods(&wants.namespace, &rule.selector).filter(|pod| !pod.summary.deleting) {
            if let Some(count) = self.domain(pod, &rule.topology).and_then(|domain| counts.get_mut(&domain)) {
                *count += 1;
            }
        }
        let enough = u32::try_from(counts.len()).unwrap_or(u32::MAX) >= rule.fewest_domains;
        let fewest = if enough { counts.values().min().copied().unwrap_or_default() } else { 0 };
        SpreadCount { rule, itself: u32::from(rule.selector.matches(&wants.labels)), counts, fewest }
    }
}
