//! KU0506: requests for APIs that are gone at the target.
//!
//! A warning, not a blocker: the count does not say who asked, never goes down before a restart, and holds what the
//! control plane itself asks for. At 1.19 the garbage collector of kube-controller-manager alone is enough to have
//! `extensions/v1beta1` Ingresses counted (observed), and it moves along with the upgrade.

use jiff::{SignedDuration, Timestamp};

use super::CheckContext;
use super::words::{finding, unseen};
use crate::facts::{ApiKind, Facts};
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{API_USE_COUNTED_FROM, ApiUse, Gap, GapSubject, Inventory, RequestedApi};
use crate::version::{Minor, Version};

/// What asks for an API at all mostly does so once a day.
const LONG_ENOUGH: SignedDuration = SignedDuration::from_hours(24);

const CODE: FindingCode = FindingCode::RemovedApi;

/// The minors left and reached, when the way leads to another minor at all.
fn way(inventory: &Inventory, context: &CheckContext<'_>) -> Option<(Minor, Minor)> {
    let from = inventory.oldest_api_server().map(Version::minor)?;
    let target = context.target(inventory)?;
    (from < target).then_some((from, target))
}

/// KU0506 for each API that was requested and goes on the way.
pub(super) fn in_use(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let (Some((from, target)), Some(seen)) = (way(inventory, context), &inventory.api_use) else { return Vec::new() };
    seen.requested.iter().filter_map(|api| of_api(api, seen, (from, target), context.facts)).collect()
}

fn of_api(api: &RequestedApi, seen: &ApiUse, (from, target): (Minor, Minor), facts: &Facts) -> Option<Finding> {
    let known = facts.apis().iter().find(|kind| is(kind, api));
    // The tables first: removals have been put off (resource.k8s.io/v1beta1) and brought forward after the release
    // whose API server still names the old minor.
    let removed = known.and_then(|kind| kind.removed).or(api.removed_in)?;
    if removed <= from || target < removed {
        return None;
    }
    let since = match seen.since {
        Some(since) => format!("started at {}", moment(since)),
        None => "last started".to_owned(),
    };
    let found = format!(
        "is gone from {removed} on and was requested since the API server {since}; not told by whom, the control \
        plane itself counts too"
    );
    let remedy = format!(
        "move clients and manifests to {}; the audit log names them (annotation k8s.io/deprecated)",
        known.map_or_else(|| "the API that replaces it".to_owned(), |kind| replacement(kind, facts))
    );
    Some(finding(CODE, Severity::Warning, api.to_string(), found, remedy))
}

/// Whether the table's row is about this API. Kinds are matched by their plural, as every built-in resource has it; a
/// subresource has a kind of its own, which nothing here tells.
fn is(kind: &ApiKind, api: &RequestedApi) -> bool {
    api.subresource.is_none()
        && kind.group == api.group
        && kind.version == api.version
        && plural(kind.kind) == api.resource
}

/// `networking.k8s.io/v1 Ingress (served from 1.19 on)`.
fn replacement(kind: &ApiKind, facts: &Facts) -> String {
    let Some((api, name)) = kind.replacement.and_then(|text| text.rsplit_once('/')) else {
        return "something else, as nothing replaces it".to_owned();
    };
    let group_version = |kind: &ApiKind| match kind.group {
        "" => kind.version.to_owned(),
        group => format!("{group}/{}", kind.version),
    };
    match facts.apis().iter().find(|kind| kind.kind == name && group_version(kind) == api) {
        Some(new) => format!("{api} {name} (served from {} on)", new.introduced),
        None => format!("{api} {name}"),
    }
}

/// The plural of a built-in kind, as in URLs.
fn plural(kind: &str) -> String {
    let name = kind.to_ascii_lowercase();
    match name.as_str() {
        // The one kind that is a plural already.
        "endpoints" => name,
        _ if name.ends_with('s') => format!("{name}es"),
        _ => match name.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{name}s"),
        },
    }
}

/// KU0506 where the API servers' counts could not be seen, or not for long.
pub(super) fn unknown(inventory: &Inventory, context: &CheckContext<'_>) -> Vec<Finding> {
    let Some((from, target)) = way(inventory, context) else { return Vec::new() };
    let removes = context.facts.apis_removed(from, target).next().is_some();
    // Servers that do not count yet cannot be made to: that is no warning, and nothing to say where nothing goes.
    let counts = from >= API_USE_COUNTED_FROM;
    if !counts && !removes {
        return Vec::new();
    }
    let severity = if counts && removes && inventory.api_use.is_none() { Severity::Warning } else { Severity::Note };
    let gaps = inventory.gaps.iter().filter(|gap| gap.subject == GapSubject::ApiUse);
    let told = gaps.map(|gap| unseen(CODE, severity, "use of removed APIs", &reachable(gap, inventory)));
    let mut findings: Vec<_> = told.collect();
    findings.extend(young(inventory).filter(|_| removes));
    findings
}

/// API servers that a cloud runs have one address, and none can be asked by name.
fn reachable(gap: &Gap, inventory: &Inventory) -> Gap {
    let hidden = inventory.cloud.is_some() && inventory.api_use.is_some();
    let hint = "plan again some times: whichever answers says its count; the cloud's console has that of all of them";
    Gap { hint: if hidden { Some(hint.to_owned()) } else { gap.hint.clone() }, ..gap.clone() }
}

fn young(inventory: &Inventory) -> Option<Finding> {
    let since = inventory.api_use.as_ref()?.since?;
    if inventory.observed_at.duration_since(since) >= LONG_ENOUGH {
        return None;
    }
    let found = format!("the API server counts only since it started at {}", moment(since));
    let remedy = "plan again a day after its start, or look for old manifests by hand";
    Some(finding(CODE, Severity::Note, "use of removed APIs", found, remedy))
}

fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn plurals_are_those_of_urls() {
        for (kind, resource) in [
            ("Ingress", "ingresses"),
            ("IngressClass", "ingressclasses"),
            ("NetworkPolicy", "networkpolicies"),
            ("CSIStorageCapacity", "csistoragecapacities"),
            ("CronJob", "cronjobs"),
            ("Endpoints", "endpoints"),
            ("ComponentStatus", "componentstatuses"),
            ("IPAddress", "ipaddresses"),
        ] {
            assert_eq!(plural(kind), resource);
        }
    }

    /// Two rows for one resource would make the first found hide the other.
    #[test]
    fn a_resource_has_one_row() {
        let facts = Facts::embedded();
        let mut seen = BTreeSet::new();
        for kind in facts.apis() {
            assert!(seen.insert((kind.group, kind.version, plural(kind.kind))), "{kind:?}");
        }
    }
}
