//! Taints and what tolerates them.

use std::time::Duration;

use serde_json::Value;

use crate::json::{at, items, text};

/// The taint of a cordoned node.
pub(crate) const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// The taint of a node whose kubelet says it is not ready.
pub(crate) const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// The taint of a node whose kubelet is silent.
pub(crate) const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// What a taint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taint {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) effect: Effect,
}

/// What a pod bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toleration {
    key: String,
    any_value: bool,
    value: String,
    effect: Option<Effect>,
    /// For how long, where a pod leaves after a while.
    seconds: Option<u64>,
}

impl Effect {
    fn read(text: &str) -> Option<Self> {
        match text {
            "NoSchedule" => Some(Self::NoSchedule),
            "PreferNoSchedule" => Some(Self::PreferNoSchedule),
            "NoExecute" => Some(Self::NoExecute),
            _ => None,
        }
    }
}

impl Taint {
    /// The taints in a Node's spec.
    pub(crate) fn of(node: &Value) -> Vec<Self> {
        let read = |taint: &Value| {
            let effect = Effect::read(text(taint, "/effect"))?;
            Some(Self { key: text(taint, "/key").to_owned(), value: text(taint, "/value").to_owned(), effect })
        };
        items(node, "/spec/taints").filter_map(read).collect()
    }
}

impl Toleration {
    /// The tolerations of a pod.
    pub(crate) fn of(pod: &Value) -> Vec<Self> {
        items(pod, "/spec/tolerations").map(Self::read).collect()
    }

    fn read(value: &Value) -> Self {
        Self {
            key: text(value, "/key").to_owned(),
            any_value: text(value, "/operator") == "Exists",
            value: text(value, "/value").to_owned(),
            effect: Effect::read(text(value, "/effect")),
            seconds: at(value, "/tolerationSeconds").as_u64(),
        }
    }

    /// Whether it bears the taint.
    pub(crate) fn bears(&self, taint: &Taint) -> bool {
        (self.key.is_empty() || self.key == taint.key)
            && (self.any_value || self.value == taint.value)
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

/// Whether one of the tolerations bears the taint.
pub(crate) fn borne(taint: &Taint, tolerations: &[Toleration]) -> bool {
    tolerations.iter().any(|toleration| toleration.bears(taint))
}

/// How long a pod stays under a taint that drives pods away; none for as long as the taint stays.
pub(crate) fn stay(taint: &Taint, tolerations: &[Toleration]) -> Option<Duration> {
    let bearing: Vec<_> = tolerations.iter().filter(|toleration| toleration.bears(taint)).collect();
    if bearing.is_empty() {
        return Some(Duration::ZERO);
    }
    let shortest = bearing.iter().filter_map(|toleration| toleration.seconds).min();
    shortest.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taint(key: &str, value: &str, effect: Effect) -> Taint {
        Taint { key: key.to_owned(), value: value.to_owned(), effect }
    }

    #[test]
    fn tolerations_bear_what_they_name() {
        let pod = json!({ "spec": { "tolerations": [
            { "key": "a", "operator": "Exists", "effect": "NoSchedule" },
            { "key": "b", "value": "x" },
            { "key": "c", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30 },
        ] } });
        let tolerations = Toleration::of(&pod);
        assert!(borne(&taint("a", "any", Effect::NoSchedule), &tolerations));
        assert!(!borne(&taint("a", "any", Effect::NoExecute), &tolerations));
        assert!(borne(&taint("b", "x", Effect::NoExecute), &tolerations));
        assert!(!borne(&taint("b", "y", Effect::NoExecute), &tolerations));
        assert_eq!(stay(&taint("c", "", Effect::NoExecute), &tolerations), Some(Duration::from_secs(30)));
        assert_eq!(stay(&taint("b", "x", Effect::NoExecute), &tolerations), None);
        assert_eq!(stay(&taint("d", "", Effect::NoExecute), &tolerations), Some(Duration::ZERO));
    }
}
