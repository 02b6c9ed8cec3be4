//! Answers a condition about a component of a hand-built cluster, by what its host said.

use super::verdict::{holds_or, unseen};
use crate::component::Component;
use crate::ids::NodeName;
use crate::inventory::{Dns, GapSubject, HostComponent, Inventory, Place};
use crate::plan::{ComponentCondition, Verdict};
use crate::version::Version;

/// Whether `condition` holds in `seen`.
pub(super) fn verdict(condition: &ComponentCondition, seen: &Inventory) -> Verdict {
    match condition {
        ComponentCondition::At { host, component, version } => within(seen, host, *component, version, version),
        ComponentCondition::Within { host, component, from, to } => within(seen, host, *component, from, to),
        ComponentCondition::Runs { host, component } => {
            with(seen, host, *component, |found| holds_or(found.active, || "it is stopped".to_owned()))
        }
        ComponentCondition::CoreDnsAt { version } => coredns(seen, version),
        ComponentCondition::CoreDnsNames { before, after } => {
            dns(seen, |dns| holds_or([before, after].contains(&&dns.image), || format!("it has {}", dns.image)))
        }
        ComponentCondition::CoreDnsRuns { image } => dns(seen, |dns| match dns.image == *image {
            true => holds_or(dns.renewed >= dns.wanted, || format!("{} of {} have it", dns.renewed, dns.wanted)),
            false => Verdict::Fails { found: format!("it has {}", dns.image) },
        }),
    }
}

fn within(seen: &Inventory, host: &NodeName, component: Component, from: &Version, to: &Version) -> Verdict {
    with(seen, host, component, |found| match &found.running {
        Some(version) if found.active => holds_or((from..=to).contains(&version), || format!("it is at {version}")),
        Some(_) | None if !found.active => Verdict::Fails { found: "it is stopped".to_owned() },
        Some(_) | None => Verdict::Unseen { why: format!("{component} on {host} does not say its version") },
    })
}

fn with(
    seen: &Inventory,
    host: &NodeName,
    component: Component,
    judge: impl FnOnce(&HostComponent) -> Verdict,
) -> Verdict {
    let Some(found) = seen.hosts.get(host) else {
        return unseen(seen, &GapSubject::Host(host.clone()), "the host was not asked");
    };
    match found.components.iter().find(|found| found.component == component) {
        Some(found) => judge(found),
        None => Verdict::Fails { found: format!("{host} has none") },
    }
}

fn dns(seen: &Inventory, judge: impl FnOnce(&Dns) -> Verdict) -> Verdict {
    let unseen = || unseen(seen, &GapSubject::Component(Component::CoreDns, None), "its Deployment was not seen");
    seen.dns.as_ref().map_or_else(unseen, judge)
}

fn coredns(seen: &Inventory, version: &Version) -> Verdict {
    let place = Place::Deployment("coredns".to_owned());
    match seen.version_at(Component::CoreDns, &place) {
        Some(found) => holds_or(found >= version, || format!("it is at {found}")),
        None => unseen(seen, &GapSubject::Component(Component::CoreDns, None), "its Deployment was not seen"),
    }
}
