use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::facts::{Capability, Projected};

fn minor(minor: u16) -> Minor {
    Minor::new(1, minor)
}

#[test]
fn the_embedded_tables_can_be_read_and_none_is_empty() {
    let facts = Facts::read_embedded().unwrap();
    let sizes = [
        facts.sources.len(),
        facts.calendar.releases().count(),
        facts.windows.len(),
        facts.images.len(),
        facts.etcd.len(),
        facts.kubeadm.len(),
        facts.apis.len(),
        facts.flags.len(),
        facts.gates.len(),
        facts.changes.len(),
        facts.directives.len(),
    ];
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");
}

/// Every tag a row names, with what the row is about.
fn tags(facts: &Facts) -> Vec<(String, &'static str)> {
    let mut tags: Vec<(String, &'static str)> = Vec::new();
    tags.extend(facts.calendar.releases().map(|row| (row.minor.to_string(), row.source)));
    tags.extend(facts.windows.iter().map(|row| (row.component.to_string(), row.source)));
    tags.extend(facts.images.iter().map(|row| (row.minor.to_string(), row.source)));
    tags.extend(facts.etcd.iter().map(|row| (row.to.to_string(), row.source)));
    tags.extend(facts.kubeadm.iter().map(|row| (row.capability.name().to_owned(), row.source)));
    tags.extend(facts.apis.iter().map(|row| (row.kind.to_owned(), row.source)));
    tags.extend(facts.flags.iter().map(|row| (row.flag.to_owned(), row.source)));
    tags.extend(facts.gates.iter().map(|row| (row.gate.to_owned(), row.source)));
    tags.extend(facts.directives.iter().map(|row| (row.plugin.to_owned(), row.source)));
    tags.extend(facts.changes.iter().map(|row| (row.id.to_owned(), row.source)));
    tags
}

#[test]
fn every_row_names_a_known_source() {
    let facts = Facts::embedded();
    let tags = tags(&facts);
    assert!(tags.len() > 500);
    let unknown: Vec<_> = tags.iter().filter(|(_, tag)| facts.source(tag).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(facts.source("HEARSAY").is_none());
}

#[test]
fn a_row_without_a_source_is_rejected() {
    for text in
        ["checked\t2026-11-22\ntag\twhat\tcopy\nX\tsomething\t-", "checked\t2026-11-22\ntag\twhat\nX\tsomething"]
    {
        assert!(read::<Source>(text).is_err(), "{text}");
    }
    let flags = "checked\t2026-11-22\ncomponent\tflag\tremoved\tremedy\tsource\nkubelet\t--x\t1.30\tdrop it\t-";
    assert!(read::<RemovedFlag>(flags).unwrap_err().expected.contains("column source"));
}

#[test]
fn every_capability_has_its_row_and_only_one() {
    let facts = Facts::embedded();
    for capability in Capability::ALL {
        assert_eq!(facts.kubeadm.iter().filter(|row| row.capability == *capability).count(), 1, "{capability:?}");
    }
}

#[test]
fn images_follow_the_patch() {
    let facts = Facts::embedded();
    for (version, etcd, coredns) in [
        ("1.23.13", "3.5.1", "1.8.6"),
        ("1.23.14", "3.5.5", "1.8.6"),
        ("1.23.15", "3.5.6", "1.8.6"),
        ("1.23.17", "3.5.6", "1.8.6"),
        ("1.33.0", "3.5.21", "1.12.0"),
        ("1.33.13", "3.5.24", "1.12.0"),
        ("1.34.9", "3.6.5", "1.12.1"),
        ("1.35.6", "3.6.6", "1.13.1"),
        ("1.36.3", "3.6.8", "1.14.2"),
        ("1.37.0", "3.7.0", "1.14.6"),
    ] {
        let version: Version = version.parse().unwrap();
        assert_eq!(facts.etcd_of(&version).unwrap().to_string(), etcd, "{version}");
        assert_eq!(facts.coredns_of(&version).unwrap().to_string(), coredns, "{version}");
    }
    assert!(facts.etcd_of(&Version::new(1, 50, 0)).is_none());
}

#[test]
fn removals_belong_to_the_hop_that_reaches_them() {
    let facts = Facts::embedded();
    let flags = |from, to| facts.flags_removed(Component::Kubelet, minor(from), minor(to)).map(|row| row.flag);
    assert!(flags(34, 35).any(|flag| flag == "--pod-infra-container-image"));
    assert!(flags(35, 36).all(|flag| flag != "--pod-infra-container-image"));
    assert!(facts.flags_removed(Component::Scheduler, minor(25), minor(26)).any(|row| row.flag == "--logtostderr"));
    assert!(facts.flags_removed(Component::Etcd, minor(10), minor(40)).next().is_none());

    let kinds = |from, to| facts.apis_removed(minor(from), minor(to)).map(|api| (api.group, api.version, api.kind));
    assert!(kinds(24, 25).any(|kind| kind == ("policy", "v1beta1", "PodSecurityPolicy")));
    assert!(kinds(25, 26).all(|kind| kind.2 != "PodSecurityPolicy"));
    // The annotation says 1.37, the published API of 1.34 no longer has it.
    assert!(kinds(33, 34).any(|kind| kind == ("resource.k8s.io", "v1alpha3", "ResourceClaim")));

    assert!(
        facts.gates_removed(Component::Kubelet, minor(33), minor(34)).any(|row| row.gate == "DevicePluginCDIDevices")
    );
    assert!(facts.changes(minor(34), minor(35)).any(|row| row.id == "cgroup-v1-refused"));
}

#[test]
fn api_kinds_are_consistent() {
    let facts = Facts::embedded();
    for api in facts.apis() {
        let after = [Some(api.introduced), api.deprecated, api.removed].into_iter().flatten().collect::<Vec<_>>();
        assert!(after.is_sorted(), "{api:?}");
    }
    let served = |version: &str, minor| {
        let found = facts.apis().iter().find(|api| (api.version, api.kind) == (version, "CronJob"));
        found.unwrap().served_by(minor)
    };
    assert!(served("v1beta1", minor(24)) && !served("v1beta1", minor(25)) && !served("v1", minor(20)));
}

#[test]
fn a_users_calendar_replaces_and_adds_rows() {
    let text = "checked\t2027-01-05\nminor\tga\teol\tprojected\n1.38\t2026-12-17\t2028-02-28\tend\n";
    let facts = Facts::embedded().with_releases_from(text).unwrap();
    assert_eq!(facts.calendar().checked(), date(2027, 1, 5));
    assert_eq!(facts.calendar().get(minor(38)).unwrap().projected, Projected::End);
    assert_eq!(facts.calendar().newest_released(date(2027, 1, 6)), Some(minor(38)));
    assert_eq!(facts.calendar().get(minor(37)), Facts::embedded().calendar().get(minor(37)));
}

#[test]
fn a_users_calendar_that_is_wrong_is_refused_with_its_line() {
    for (row, expected) in [
        ("1.38\tsoon\t-", "a date such as 2026-08-26 in column ga"),
        ("1.38\t2026-12-16\t2026-01-01", "ga before maintenance before eol"),
        ("latest\t2026-12-16\t-", "a minor such as 1.34 in column minor"),
        ("1.38 2026-12-16 -", "3 fields separated by tabs"),
    ] {
        let error = Facts::embedded().with_releases_from(&format!("checked\t2027-01-05\nminor\tga\teol\n{row}\n"));
        let error = error.unwrap_err();
        assert_eq!((error.line, error.expected.as_str()), (3, expected));
    }
    let error =
        Facts::embedded().with_releases_from("checked\t2027-01-05\nminor\tga\tlast_patch\n1.38\t2026-12-16\t1.37.2");
    assert!(error.unwrap_err().expected.contains("a patch of 1.38"));
}

#[test]
fn an_announced_release_counts_only_once_it_is_known() {
    let calendar = Facts::embedded().calendar().clone();
    for (today, newest) in [
        (date(2018, 3, 25), None),
        (date(2018, 3, 26), Some(minor(10))),
        (date(2026, 8, 25), Some(minor(36))),
        (date(2026, 8, 26), Some(minor(37))),
        (date(2027, 3, 1), Some(minor(37))),
    ] {
        assert_eq!(calendar.newest_released(today), newest, "{today}");
    }
}

#[test]
fn the_calendar_says_when_it_is_stale() {
    let calendar = Facts::embedded().calendar().clone();
    assert_eq!(calendar.stale(date(2026, 11, 22)), None);
    assert_eq!(calendar.stale(date(2026, 12, 26)), None);
    let stale = calendar.stale(date(2026, 12, 27)).unwrap();
    assert_eq!((stale.newest, stale.checked), (minor(37), date(2026, 11, 22)));
    assert!(stale.to_string().contains("nothing newer than 1.37 of 2026-08-26"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}", rows in "(checked\t2026-11-22\nminor\tga\teol\n)?([0-9v.\t\n-]{0,80})") {
        for text in [text, rows] {
            if let Err(error) = Facts::embedded().with_releases_from(&text) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
