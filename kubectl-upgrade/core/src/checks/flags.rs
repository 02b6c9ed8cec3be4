//! KU0501: flags, their values and feature gates that are gone at the target. A component given one exits at start.

use std::collections::BTreeSet;

use super::CheckContext;
use super::words::finding;
use crate::component::Component;
use crate::facts::Facts;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Inventory;
use crate::version::Minor;

/// What kubeadm itself once wrote into manifests and leaves out when it writes them anew at the next hop.
const REWRITTEN: [(Component, &str); 3] = [
    (Component::ApiServer, "--insecure-port=0"),
    (Component::ControllerManager, "--port=0"),
    (Component::Scheduler, "--port=0"),
];

/// The file kubeadm keeps for the kubelet, and what kubeadm of one minor takes out of it, while those before and after
/// leave it (observed for the second): a node that goes past that minor keeps it.
const KUBEADM_FLAGS: &str = "kubeadm-flags.env";
const STRIPPED: [(&str, Minor); 2] =
    [("--container-runtime=remote", Minor::new(1, 26)), ("--pod-infra-container-image", Minor::new(1, 35))];

/// One thing that is gone.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Gone {
    what: String,
    removed: Minor,
    remedy: String,
}

/// What of these arguments `component`, now at `from`, will no longer take at the target.
fn gone(component: Component, from: Minor, target: Minor, arguments: &[String], facts: &Facts) -> Vec<Gone> {
    let arguments = joined(arguments);
    let mut found = BTreeSet::new();
    for flag in facts.flags_removed(component, from, target) {
        for argument in arguments.iter().filter(|argument| flag.matches(argument)) {
            found.insert(Gone { what: argument.clone(), removed: flag.removed, remedy: flag.remedy.to_owned() });
        }
    }
    let set: Vec<&str> =
        arguments.iter().filter_map(|argument| value_of(argument, "feature-gates")).flat_map(gates).collect();
    for gate in facts.gates_removed(component, from, target).filter(|gate| set.contains(&gate.gate)) {
        let what = format!("feature gate {}", gate.gate);
        found.insert(Gone { what, removed: gate.removed, remedy: "drop it".to_owned() });
    }
    found.into_iter().collect()
}

/// KU0501 for the components of the control plane, by the command lines of their pods.
pub(super) fn control_plane(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(target) = context.target(inventory) else { return Vec::new() };
    let mut findings = Vec::new();
    for pod in &inventory.evidence.control_plane_pods {
        let Some(component) = Component::ALL.into_iter().find(|component| component.name() == pod.component) else {
            continue;
        };
        let seen = inventory.version_on(component, &pod.node).or_else(|| inventory.oldest_api_server());
        let Some(version) = seen else { continue };
        let arguments = pod.command.get(1..).unwrap_or_default();
        for gone in gone(component, version.minor(), target, arguments, context.facts) {
            if REWRITTEN.contains(&(component, gone.what.as_str())) {
                continue;
            }
            let place = format!("{component} on {}", pod.node);
            let how = "in kubeadm's ClusterConfiguration (kubectl -n kube-system edit cm kubeadm-config)";
            findings.push(report(Severity::Blocker, place, &gone, &format!("{}, {how}", gone.remedy)));
        }
    }
    findings
}

/// KU0501 for kubelets, by the files their arguments come from.
pub(super) fn kubelets(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(target) = context.target(inventory) else { return Vec::new() };
    let mut findings = Vec::new();
    for node in inventory.nodes.iter().filter(|node| context.moves(node)) {
        let Some(host) = inventory.hosts.get(&node.name) else { continue };
        for (file, arguments) in &host.kubelet_arguments {
            for gone in gone(Component::Kubelet, node.kubelet.minor(), target, arguments, context.facts) {
                let stripped = STRIPPED.iter().find(|(flag, _)| gone.what.starts_with(flag));
                let remedy = match stripped.filter(|_| file.ends_with(KUBEADM_FLAGS)) {
                    Some((_, by)) if context.passes(inventory, node, *by) => continue,
                    Some((_, by)) => format!("drop it in {file}: kubeadm {by} would, but this node goes past it"),
                    None => format!("{}, in {file}", gone.remedy),
                };
                findings.push(report(Severity::Blocker, format!("kubelet on {}", node.name), &gone, &remedy));
            }
        }
    }
    findings
}

/// KU0501 for components that are units or static pods of their own, by the arguments they run with.
pub(super) fn on_hosts(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some(target) = context.target(inventory) else { return Vec::new() };
    let mut findings = Vec::new();
    for (name, host) in &inventory.hosts {
        for part in &host.components {
            let Some(version) = &part.running else { continue };
            for gone in gone(part.component, version.minor(), target, &part.arguments, context.facts) {
                let files = part.unit_files.join(", ");
                let remedy =
                    if files.is_empty() { gone.remedy.clone() } else { format!("{}, in {files}", gone.remedy) };
                findings.push(report(Severity::Blocker, format!("{} on {name}", part.component), &gone, &remedy));
            }
        }
    }
    findings
}

/// KU0501 for kubeadm's own gates: from 1.28 on it warns, before that it refuses.
pub(super) fn kubeadm_gates(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let (Some(record), Some(target)) = (&inventory.kubeadm, context.target(inventory)) else { return Vec::new() };
    let severity = if target < Minor::new(1, 28) { Severity::Blocker } else { Severity::Warning };
    let gone = context.facts.gates_removed(Component::Kubeadm, record.version.minor(), target);
    gone.filter(|gate| record.feature_gates.iter().any(|name| name == gate.gate))
        .map(|gate| {
            let what = format!("feature gate {}", gate.gate);
            let gone = Gone { what, removed: gate.removed, remedy: String::new() };
            let remedy = "drop it from featureGates: kubectl -n kube-system edit cm kubeadm-config";
            report(severity, "kubeadm's ClusterConfiguration".to_owned(), &gone, remedy)
        })
        .collect()
}

fn report(severity: Severity, place: String, gone: &Gone, remedy: &str) -> Finding {
    finding(
        FindingCode::RemovedFlag,
        severity,
        place,
        format!("{} is gone from {} on", gone.what, gone.removed),
        remedy,
    )
}

/// Arguments with a value that follows as its own word joined to it by `=`.
fn joined(words: &[String]) -> Vec<String> {
    let mut arguments: Vec<String> = Vec::new();
    for word in words {
        match arguments.last_mut() {
            Some(last) if !word.starts_with('-') && last.starts_with('-') && !last.contains('=') => {
                last.push('=');
                last.push_str(word);
            }
            _ => arguments.push(word.clone()),
        }
    }
    arguments
}

fn value_of<'a>(argument: &'a str, flag: &str) -> Option<&'a str> {
    let (name, value) = argument.trim_start_matches('-').split_once('=')?;
    (name == flag).then_some(value)
}

/// The names in `A=true,B=false`.
fn gates(value: &str) -> impl Iterator<Item = &str> {
    value.trim_matches('"').split(',').filter_map(|gate| gate.split('=').next()).map(str::trim)
}
