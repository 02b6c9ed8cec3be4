//! Who built the cluster and who owns its upgrades, decided from the marks an inventory found.
//!
//! What is a mark of what is a table (`marks`); which kind outranks which is another (`rank`). This module only
//! plays them against the evidence. It never guesses: with no mark at all a cluster counts as built by hand.

mod findings;
mod kind;
mod marks;
mod owner;
mod probe;
mod rank;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::inventory::Evidence;
use crate::plan::ProviderKind;

pub use findings::{declared, overridden, owned};
pub use kind::{ClusterKind, Owner, Vendor};
pub use owner::Ownership;

use marks::{RULES, Strength};

/// What a cluster was recognised as, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The kind.
    pub kind: ClusterKind,
    /// The marks of that kind.
    pub marks: Vec<Mark>,
    /// Marks of kinds that do not belong inside a cluster of this kind. Not empty: look closer.
    pub disagreeing: Vec<Mark>,
}

/// One mark: an object and the value that speaks for a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The kind it speaks for.
    pub kind: ClusterKind,
    /// The object and the value: `node cp-1: providerID kind://docker/…`.
    pub found: String,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.found)
    }
}

impl Detection {
    /// The backend for such a cluster; none where another tool owns the upgrade.
    #[must_use]
    pub const fn provider(&self) -> Option<ProviderKind> {
        match self.kind {
            ClusterKind::Eks => Some(ProviderKind::Eks),
            ClusterKind::Gke => Some(ProviderKind::Gke),
            ClusterKind::Aks => Some(ProviderKind::Aks),
            ClusterKind::Kubeadm => Some(ProviderKind::Kubeadm),
            ClusterKind::HandBuilt => Some(ProviderKind::Manual),
            ClusterKind::Foreign(_) => None,
        }
    }
}

/// Recognises the cluster whose API answers at `server`.
#[must_use]
pub fn detect(evidence: &Evidence, server: &str) -> Detection {
    let found: Vec<_> =
        RULES.iter().filter_map(|rule| rule.matched(evidence, server).map(|texts| (rule, texts))).collect();
    let decided =
        |kind: &ClusterKind| found.iter().any(|(rule, _)| rule.kind == *kind && rule.strength == Strength::Decides);
    let Some(kind) = rank::kinds().find(decided) else { return hand_built(evidence) };
    let of = |wanted: &dyn Fn(&marks::Rule) -> bool| -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for (rule, texts) in found.iter().filter(|(rule, _)| wanted(rule)) {
            for text in texts {
                let mark = Mark { kind: rule.kind, found: text.clone() };
                if !marks.contains(&mark) {
                    marks.push(mark);
                }
            }
        }
        marks
    };
    let disagrees = |rule: &marks::Rule| {
        rule.kind != kind && rule.strength == Strength::Decides && !rank::may_contain(kind, rule.kind)
    };
    Detection { kind, marks: of(&|rule| rule.kind == kind), disagreeing: of(&disagrees) }
}

/// Nobody left a mark: the absence is what there is to show.
fn hand_built(evidence: &Evidence) -> Detection {
    let mut texts = vec!["no ConfigMap kube-system/kubeadm-config".to_owned()];
    if evidence.control_plane_pods.is_empty() {
        texts.push("no mirror pods of a control plane".to_owned());
    }
    let kind = ClusterKind::HandBuilt;
    let marks = texts.into_iter().map(|found| Mark { kind, found }).collect();
    Detection { kind, marks, disagreeing: Vec::new() }
}
