//! KU0506.

use super::*;
use crate::inventory::RequestedApi;

/// A cluster whose API servers counted requests for that API.
fn requested(from: u16, to: u16, api: (&str, &str, &str), removed_in: Option<u16>) -> Case {
    case(from, to).with(|case| {
        let (group, version, resource) = api;
        case.inventory.api_use.as_mut().unwrap().requested.push(RequestedApi {
            group: group.to_owned(),
            version: version.to_owned(),
            resource: resource.to_owned(),
            subresource: None,
            removed_in: removed_in.map(|minor| Minor::new(1, minor)),
        });
    })
}

#[test]
fn apis_that_go_on_the_way_are_named() {
    let of = |from, to, api, removed_in| {
        let mut findings = requested(from, to, api, removed_in).findings();
        findings.retain(|finding| finding.code == Code::RemovedApi);
        findings.iter().for_each(|finding| assert_eq!(finding.severity, Severity::Warning));
        findings.into_iter().map(|finding| finding.subject).collect::<Vec<_>>()
    };
    let ingress = ("extensions", "v1beta1", "ingresses");
    assert_eq!(of(19, 22, ingress, Some(22)), ["extensions/v1beta1 ingresses"]);
    assert!(of(19, 21, ingress, Some(22)).is_empty());
    assert!(of(22, 23, ingress, Some(22)).is_empty());
    // The table stands in where the server names no minor, and the server where the table does not know the API.
    assert_eq!(of(24, 25, ("policy", "v1beta1", "podsecuritypolicies"), None), ["policy/v1beta1 podsecuritypolicies"]);
    assert_eq!(of(35, 36, ("example.org", "v1alpha1", "things"), Some(36)), ["example.org/v1alpha1 things"]);
    // Put off after the release that announced it, and never to be removed.
    assert!(of(35, 36, ("resource.k8s.io", "v1beta1", "resourceclaims"), Some(36)).is_empty());
    assert!(of(35, 36, ("", "v1", "endpoints"), None).is_empty());
}

#[test]
fn a_removed_api_says_since_when_and_what_instead() {
    let finding = requested(35, 37, ("networking.k8s.io", "v1beta1", "ipaddresses"), None)
        .only(Code::RemovedApi, Severity::Warning);
    let remedy = finding.remedy.unwrap();
    assert!(finding.found.contains("since the API server started at 2026-10-23 12:00 UTC"), "{}", finding.found);
    assert!(finding.found.contains("gone from 1.37 on"), "{}", finding.found);
    assert!(remedy.contains("networking.k8s.io/v1 IPAddress (served from 1.33 on)"), "{remedy}");
}

#[test]
fn api_use_that_could_not_be_seen_is_never_silence() {
    let unseen = |from, to| {
        case(from, to).with(|case| {
            case.inventory.api_use = None;
            case.gap(GapSubject::ApiUse);
        })
    };
    unseen(35, 36).only(Code::RemovedApi, Severity::Warning);
    unseen(35, 35).none();
    // One API server of several was seen.
    case(35, 36).with(|case| case.gap(GapSubject::ApiUse)).only(Code::RemovedApi, Severity::Note);
    // Older servers do not count, which matters where the path removes something.
    let old = |from, to| {
        let mut findings = unseen(from, to).findings();
        findings.retain(|finding| finding.code == Code::RemovedApi);
        findings.into_iter().map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(old(15, 16), [Severity::Note]);
    assert!(old(11, 12).is_empty());
}

#[test]
fn a_count_that_has_just_begun_is_little_evidence() {
    let started = |hours| {
        case(35, 36).with(|case| {
            let since = case.inventory.observed_at - jiff::SignedDuration::from_hours(hours);
            case.inventory.api_use.as_mut().unwrap().since = Some(since);
        })
    };
    let finding = started(2).only(Code::RemovedApi, Severity::Note);
    assert!(finding.found.ends_with("2026-11-22 10:00 UTC"), "{}", finding.found);
    started(24).none();
}
