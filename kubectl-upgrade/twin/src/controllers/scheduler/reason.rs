//! Why a node does not take a pod, in the scheduler's words.

use std::collections::BTreeMap;

use crate::controllers::taints::Taint;

/// Why a node does not take a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Cordoned,
    NotReady,
    Taint(Taint),
    Choice,
    Cpu,
    Memory,
    Pods,
    Beside,
    Apart,
    KeptAway,
    Spread,
    SpreadLabel,
    Volume,
    VolumeMissing,
}

impl Reason {
    fn text(&self) -> String {
        let fixed = match self {
            Self::Taint(taint) => {
                return format!("node(s) had untolerated taint {{{}: {}}}", taint.key, taint.value);
            }
            Self::Cordoned => "node(s) were unschedulable",
            Self::NotReady => "node(s) were not ready",
            Self::Choice => "node(s) didn't match Pod's node affinity/selector",
            Self::Cpu => "Insufficient cpu",
            Self::Memory => "Insufficient memory",
            Self::Pods => "Too many pods",
            Self::Beside => "node(s) didn't match pod affinity rules",
            Self::Apart => "node(s) didn't match pod anti-affinity rules",
            Self::KeptAway => "node(s) didn't satisfy existing pods anti-affinity rules",
            Self::Spread => "node(s) didn't match pod topology spread constraints",
            Self::SpreadLabel => "node(s) didn't match pod topology spread constraints (missing required label)",
            Self::Volume => "node(s) had volume node affinity conflict",
            Self::VolumeMissing => "node(s) didn't find available persistent volumes to bind",
        };
        fixed.to_owned()
    }
}

/// The sum of it: how many nodes there are, and how many refused for which reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals {
    nodes: usize,
    by_reason: BTreeMap<String, usize>,
}

impl Refusals {
    pub(crate) fn add(&mut self, reason: &Reason) {
        self.add_many(reason, 1);
    }

    pub(crate) fn add_many(&mut self, reason: &Reason, nodes: usize) {
        self.nodes += nodes;
        if nodes > 0 {
            *self.by_reason.entry(reason.text()).or_default() += nodes;
        }
    }

    /// The message of the pod's condition.
    pub(crate) fn message(&self) -> String {
        if self.nodes == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let mut reasons: Vec<String> =
            self.by_reason.iter().map(|(reason, nodes)| format!("{nodes} {reason}")).collect();
        reasons.sort();
        format!("0/{} nodes are available: {}.", self.nodes, reasons.join(", "))
    }
}
