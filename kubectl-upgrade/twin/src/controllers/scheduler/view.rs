//! A node, as the scheduler sees it.

use serde_json::Value;

use crate::controllers::taints::Taint;
use crate::json::{at, items, text};
use crate::quantity;
use crate::selector::Labels;
use crate::store::{Object, Requests};

/// What the scheduler asks of a Node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeView {
    pub(crate) labels: Labels,
    pub(crate) taints: Vec<Taint>,
    pub(crate) unschedulable: bool,
    /// Whether its condition Ready is true.
    pub(crate) ready: bool,
    /// What pods may ask for.
    pub(crate) allocatable: Requests,
    /// How many pods it takes.
    pub(crate) pods: u64,
    pub(crate) address: String,
    /// Whether it is being deleted.
    pub(crate) deleting: bool,
}

impl NodeView {
    pub(crate) fn of(node: &Object) -> Self {
        let value = node.value();
        let addresses = items(&value, "/status/addresses").filter(|address| text(address, "/type") == "InternalIP");
        Self {
            labels: node.summary.labels.clone(),
            taints: Taint::of(&value),
            unschedulable: node.summary.unschedulable,
            ready: node.summary.ready,
            allocatable: Requests {
                cpu_milli: quantity::cpu_milli(allocatable(&value, "cpu")),
                memory: quantity::bytes(allocatable(&value, "memory")),
            },
            pods: quantity::count(allocatable(&value, "pods")),
            address: addresses.map(|address| text(address, "/address")).next().unwrap_or_default().to_owned(),
            deleting: node.summary.deleting,
        }
    }

    /// Its zone, under the key of its time.
    pub(crate) fn zone(&self) -> Option<&str> {
        let keys = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
        keys.iter().find_map(|key| self.labels.get(*key)).map(String::as_str)
    }
}

fn allocatable<'a>(node: &'a Value, resource: &str) -> &'a Value {
    let found = at(node, &format!("/status/allocatable/{resource}"));
    if found.is_null() { at(node, &format!("/status/capacity/{resource}")) } else { found }
}
