//! KU0205: etcd moves one minor at a time, and only from late enough patches.

use super::CheckContext;
use super::words::finding;
use crate::component::Component;
use crate::facts::EtcdRule;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{GapSubject, Instance, Inventory};
use crate::version::Version;

/// KU0205. What the members run now is known; what they will run after a first hop only as "at least", so a later hop
/// is warned about where the first is blocked.
pub(super) fn too_old(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    if external(inventory) {
        return Vec::new();
    }
    let members: Vec<&Instance> = inventory.instances(Component::Etcd).collect();
    if members.is_empty() {
        return unknown(inventory, context);
    }
    members.into_iter().flat_map(|member| of_member(member, context)).collect()
}

fn of_member(member: &Instance, context: &CheckContext<'_>) -> Vec<Finding> {
    let mut running = member.version.clone();
    let mut findings = Vec::new();
    for (index, (_, to)) in context.hops.iter().enumerate() {
        let Some(next) = context.facts.etcd_of(to).filter(|next| **next > running) else { continue };
        if next.minor().ahead_of(running.minor()) > 1 {
            findings.push(skips(member, &running, next, to));
        }
        if let Some(rule) = context.facts.etcd_rule(running.minor(), next.minor()) {
            findings.extend(judge(member, &running, rule, to, index == 0));
        }
        running = next.clone();
    }
    findings
}

fn judge(member: &Instance, running: &Version, rule: &EtcdRule, to: &Version, first: bool) -> Option<Finding> {
    let (severity, wanted) = if *running < rule.required {
        (if first { Severity::Blocker } else { Severity::Warning }, &rule.required)
    } else {
        (Severity::Warning, rule.advised.as_ref().filter(|advised| running < *advised)?)
    };
    let at_least = if first { "" } else { "possibly only " };
    let found = format!("{at_least}{running} when {to} brings {}; {wanted} or newer is wanted: {}", rule.to, rule.why);
    let before = to.minor().back(1);
    let remedy = format!(
        "go to the last patch of {before} first: kubectl upgrade plan --to {before}; if its etcd is older than {wanted}, set \
         etcd.local.imageTag in kubeadm's ClusterConfiguration"
    );
    Some(finding(FindingCode::EtcdTooOld, severity, format!("etcd on {}", member.place), found, remedy))
}

fn skips(member: &Instance, running: &Version, next: &Version, to: &Version) -> Finding {
    let found = format!("{running} when {to} brings {next}: etcd goes one minor at a time");
    let remedy = format!("bring etcd to {} first", next.minor().back(1));
    finding(FindingCode::EtcdTooOld, Severity::Blocker, format!("etcd on {}", member.place), found, remedy)
}

/// No member was seen, no gap says why, and the path needs to know.
fn unknown(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let told = inventory.gaps.iter().any(|gap| matches!(gap.subject, GapSubject::Component(Component::Etcd, _)));
    if told || inventory.kubeadm.is_none() || !crosses_minor(inventory, context) {
        return Vec::new();
    }
    let remedy = "let the plan look at the control-plane hosts: --hosts";
    vec![finding(FindingCode::VersionUnknown, Severity::Blocker, "etcd", "no member was seen", remedy)]
}

/// Whether the path takes etcd to another minor, as far as the tables know.
pub(super) fn crosses_minor(inventory: &Inventory, context: &CheckContext<'_>) -> bool {
    let (Some((from, _)), Some((_, to))) = (context.hops.first(), context.hops.last()) else { return false };
    let minors = (context.facts.etcd_of(from).map(Version::minor), context.facts.etcd_of(to).map(Version::minor));
    !external(inventory) && minors.0 != minors.1
}

fn external(inventory: &Inventory) -> bool {
    inventory.kubeadm.as_ref().is_some_and(|record| record.external_etcd)
}
