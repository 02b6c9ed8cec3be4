//! KU0202, KU0307 and KU0401: what could not be seen and would be needed.

use std::collections::BTreeMap;

use super::words::{count, finding, unseen};
use super::{CheckContext, etcd};
use crate::component::Component;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::NodeName;
use crate::inventory::{Gap, GapSubject, Inventory};

/// KU0202: versions that steps are judged by; a blocker where no gate could ever pass without them.
pub(super) fn versions(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let code = FindingCode::VersionUnknown;
    let mut findings = Vec::new();
    for gap in &inventory.gaps {
        match &gap.subject {
            GapSubject::Component(component, place) => {
                let at = place.as_ref().map_or_else(String::new, |place| format!(" on {place}"));
                findings.push(unseen(code, gravity(*component, inventory, context), format!("{component}{at}"), gap));
            }
            GapSubject::KubeadmRecord => findings.push(unseen(code, Severity::Warning, "kubeadm's record", gap)),
            GapSubject::Host(_)
            | GapSubject::Pods
            | GapSubject::Budgets
            | GapSubject::Evidence
            | GapSubject::ApiUse
            | GapSubject::Cloud
            | GapSubject::NodePools => {}
        }
    }
    findings
}

fn gravity(component: Component, inventory: &Inventory, context: &CheckContext<'_>) -> Severity {
    match component {
        Component::ApiServer | Component::ControllerManager | Component::Scheduler | Component::Kubelet => {
            Severity::Blocker
        }
        Component::Etcd if etcd::crosses_minor(inventory, context) => Severity::Blocker,
        Component::Etcd | Component::CloudControllerManager | Component::KubeProxy | Component::ContainerRuntime => {
            Severity::Warning
        }
        Component::CoreDns | Component::Kubeadm | Component::Kubectl => Severity::Note,
    }
}

/// KU0307: without pods and budgets no drain can be foreseen.
pub(super) fn workloads(inventory: &Inventory, _: &CheckContext<'_>) -> Vec<Finding> {
    let named = |subject: &GapSubject| match subject {
        GapSubject::Pods => Some("pods"),
        GapSubject::Budgets => Some("PodDisruptionBudgets"),
        GapSubject::Component(..)
        | GapSubject::Host(_)
        | GapSubject::KubeadmRecord
        | GapSubject::Evidence
        | GapSubject::ApiUse
        | GapSubject::Cloud
        | GapSubject::NodePools => None,
    };
    let gaps = inventory.gaps.iter().filter_map(|gap| Some((gap, named(&gap.subject)?)));
    gaps.map(|(gap, name)| unseen(FindingCode::WorkloadsUnknown, Severity::Blocker, name, gap)).collect()
}

/// KU0401: a host nobody looked at cannot be changed.
pub(super) fn hosts(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    // A cloud's machines are not entered.
    if inventory.cloud.is_some() {
        return Vec::new();
    }
    let moving: Vec<_> = inventory.nodes.iter().filter(|node| context.moves(node)).map(|node| &node.name).collect();
    let code = FindingCode::HostUnknown;
    let mut gaps: BTreeMap<&NodeName, &Gap> = BTreeMap::new();
    for gap in &inventory.gaps {
        if let GapSubject::Host(host) = &gap.subject {
            gaps.entry(host).or_insert(gap);
        }
    }
    let (answered, silent): (Vec<_>, Vec<_>) = moving.into_iter().partition(|name| inventory.hosts.contains_key(name));
    if answered.is_empty() && !silent.is_empty() && silent.iter().all(|name| !gaps.contains_key(name)) {
        let subject = count(silent.len(), "host");
        return vec![finding(
            code,
            Severity::Blocker,
            subject,
            "none was asked",
            "leave --no-hosts away; --hosts FILE says how to reach them",
        )];
    }
    let finding = |name: &NodeName| match gaps.get(name) {
        Some(gap) => unseen(code, Severity::Blocker, format!("host {name}"), gap),
        None => finding(
            code,
            Severity::Blocker,
            format!("host {name}"),
            "was not asked",
            "say how to reach it with --hosts",
        ),
    };
    // Hosts of a hand-built cluster need not be nodes.
    let node = |name: &NodeName| inventory.node(name).is_some();
    let others = gaps.keys().copied().filter(|name| !node(name) && !inventory.hosts.contains_key(*name));
    silent.into_iter().chain(others).map(finding).collect()
}
