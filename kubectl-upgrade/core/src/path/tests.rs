use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 11, 22);

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// Every patch of a minor up to the newest the calendar knows; of unknown minors the first few.
fn everything(minor: Minor) -> Vec<Version> {
    let known = Facts::embedded().calendar().get(minor).and_then(|release| release.last_patch.clone());
    let last = known.map_or(3, |version| version.patch());
    (0..=last).map(|patch| Version::new(minor.major, minor.minor, patch)).collect()
}

fn route_with(
    from: &str,
    target: &str,
    available: &dyn Fn(Minor) -> Vec<Version>,
    etcd: EtcdCare,
    today: Date,
) -> Result<Route, PathError> {
    let (from, target, facts) = (version(from), target.parse().unwrap(), Facts::embedded());
    hops(&PathRequest { from: &from, target: &target, available, leaps: &[], etcd, facts: &facts, today })
}

fn route(from: &str, target: &str, available: &dyn Fn(Minor) -> Vec<Version>) -> Result<Route, PathError> {
    route_with(from, target, available, EtcdCare::Stacked(None), TODAY)
}

fn path(from: &str, target: &str) -> Path {
    match route(from, target, &everything) {
        Ok(Route::Path(path)) => path,
        other => panic!("expected a path from {from} to {target}, found {other:?}"),
    }
}

fn shown(path: &Path) -> Vec<String> {
    path.hops.iter().map(|hop| hop.to.to_string()).collect()
}

#[test]
fn a_minor_is_never_skipped() {
    assert_eq!(shown(&path("1.10.0", "1.13")), ["1.11.10", "1.12.10", "1.13.12"]);
    assert_eq!(shown(&path("1.34.8", "1.36")), ["1.35.9", "1.36.5"]);
    assert_eq!(shown(&path("1.34.8", "1.36.2")), ["1.35.9", "1.36.2"]);
    let kinds: Vec<HopKind> = path("1.34.8", "1.36").hops.iter().map(|hop| hop.kind).collect();
    assert_eq!(kinds, [HopKind::Minor, HopKind::Minor]);
}

#[test]
fn ten_is_after_nine_among_patches() {
    assert_eq!(shown(&path("1.10.9", "latest-patch")), ["1.10.13"]);
}

#[test]
fn a_newer_patch_of_the_same_minor_is_a_patch_hop() {
    for target in ["1.36", "latest-patch", "1.36.5"] {
        let path = path("1.36.1", target);
        assert_eq!((path.hops.len(), path.hops[0].kind, path.to.to_string()), (1, HopKind::Patch, "1.36.5".into()));
    }
}

#[test]
fn nothing_to_do_is_an_outcome_of_its_own() {
    for (from, target) in [
        ("1.36.5", "1.36"),
        ("1.36.5", "1.36.5"),
        ("v1.36.5+k3s1", "latest-patch"),
        ("1.36.9", "1.36"),
        ("1.37.9", "latest"),
        ("1.37.9", "newest-reachable"),
    ] {
        let outcome = route(from, target, &everything).unwrap();
        assert!(matches!(outcome, Route::UpToDate { at, .. } if at == version(from)), "{from} to {target}");
    }
}

#[test]
fn going_back_is_refused() {
    for (from, target, says) in [
        ("1.34.2", "1.33", "expected a target of 1.34.2 or newer, found 1.33: a control plane cannot go back"),
        ("1.34.2", "1.34.1", "expected a target of 1.34.2 or newer, found 1.34.1: a control plane cannot go back"),
        (
            "1.34.0",
            "1.34.0-rc.1",
            "expected a target of 1.34.0 or newer, found 1.34.0-rc.1: a control plane cannot go back",
        ),
        ("1.34.2", "2.0", "expected a target of 1.x, found 2.0"),
        ("1.34.2", "0.9.1", "expected a target of 1.x, found 0.9"),
        ("0.9.1", "newest-reachable", "expected a target of 0.x, found 1.37"),
    ] {
        let error = route(from, target, &everything).unwrap_err();
        assert_eq!(error.to_string(), says);
        assert!(error.hint().contains("--to"));
    }
}

#[test]
fn what_is_not_offered_is_refused_by_name() {
    let gap = |minor: Minor| if minor == Minor::new(1, 35) { Vec::new() } else { everything(minor) };
    let error = route("1.34.8", "1.36", &gap).unwrap_err();
    assert_eq!(error, PathError::NothingOffered { minor: Minor::new(1, 35) });
    let error = route("1.36.1", "1.36.77", &everything).unwrap_err();
    assert_eq!(error.to_string(), "expected 1.36.77 to be offered, found 1.36.5 as the newest of that minor");
    assert_eq!(error.hint(), "try --to 1.36.5, or add the repository that has it");
    // A repository that answers for another minor than asked offers nothing.
    let confused = |_: Minor| vec![version("1.36.5")];
    assert_eq!(route("1.34.8", "1.35", &confused).unwrap_err(), PathError::NothingOffered { minor: Minor::new(1, 35) });
}

#[test]
fn the_default_is_the_newest_supported_minor_that_is_offered() {
    assert_eq!(path("1.34.8", "newest-reachable").to, version("1.37.1"));
    let until = |last: u16| move |minor: Minor| if minor.minor <= last { everything(minor) } else { Vec::new() };
    let reached = |from, last| route(from, "newest-reachable", &until(last));
    assert!(matches!(reached("1.34.8", 36).unwrap(), Route::Path(path) if path.to == version("1.36.5")));
    assert!(matches!(reached("1.35.2", 35).unwrap(), Route::Path(path) if path.to == version("1.35.9")));
    // 1.34 itself is out of support, so staying is not offered as an answer.
    let error = reached("1.34.8", 34).unwrap_err();
    assert_eq!(error.to_string(), "no supported minor can be reached from 1.34");
    assert!(error.hint().contains("has 1.35") && error.hint().contains("latest-patch"));
    // `latest` does not settle for less.
    assert_eq!(
        route("1.34.8", "latest", &until(36)).unwrap_err(),
        PathError::NothingOffered { minor: Minor::new(1, 37) }
    );
}

#[test]
fn out_of_support_is_only_reached_by_name_and_noted() {
    let through = path("1.30.2", "1.32");
    assert_eq!(
        through.notes,
        [
            PathNote::TargetEnded { minor: Minor::new(1, 32), ended: Some(date(2026, 2, 28)) },
            PathNote::ThroughEnded { minor: Minor::new(1, 31), ended: Some(date(2025, 11, 11)) },
        ]
    );
    assert_eq!(through.notes[0].to_string(), "1.32 is out of support since 2026-02-28");
    for target in ["latest", "newest-reachable"] {
        assert_eq!(path("1.30.2", target).to, version("1.37.1"));
    }
}

#[test]
fn pre_releases_are_only_reached_by_name_and_noted() {
    let alpha = |minor: Minor| match minor.minor {
        38 => vec![version("1.38.0-alpha.2"), version("1.38.0-alpha.1")],
        _ => everything(minor),
    };
    let error = route("1.37.1", "1.38", &alpha).unwrap_err();
    assert_eq!(error.hint(), "a pre-release must be named exactly: --to 1.38.0-alpha.2");
    let Ok(Route::Path(path)) = route("1.37.1", "1.38.0-alpha.2", &alpha) else { panic!("expected a path") };
    assert_eq!(path.notes, [PathNote::TargetPreRelease { version: version("1.38.0-alpha.2") }]);
}

#[test]
fn etcd_asks_for_a_late_patch_first() {
    // 1.33.0 brings etcd 3.5.21: enough, but 1.33.13 brings a newer one and 3.5.26 is advised.
    let climbing = path("1.33.0", "1.34");
    assert_eq!(shown(&climbing), ["1.33.13", "1.34.11"]);
    assert_eq!(climbing.hops[0].kind, HopKind::Patch);
    assert!(climbing.notes.iter().any(|note| matches!(note, PathNote::PatchFirst { .. })));
    assert!(climbing.notes.iter().any(|note| matches!(note, PathNote::EtcdOlderThanAdvised { .. })));
    // On the newest patch there is nothing to go to first.
    assert_eq!(shown(&path("1.33.13", "1.34")), ["1.34.11"]);
    // 1.36 → 1.37 needs 3.6.11, whatever the table knows of the newest patch.
    let climbing = path("1.36.1", "1.37");
    assert_eq!(shown(&climbing), ["1.36.5", "1.37.1"]);
    assert!(climbing.notes.contains(&PathNote::EtcdTooOld {
        before: Minor::new(1, 37),
        expected: version("3.6.8"),
        required: version("3.6.11"),
    }));
    // A hop that leaves etcd in its minor asks for nothing.
    assert_eq!(shown(&path("1.34.1", "1.35")), ["1.35.9"]);
}

#[test]
fn etcd_that_was_seen_counts_more_than_the_table() {
    let with = |from, target, etcd| match route_with(from, target, &everything, etcd, TODAY) {
        Ok(Route::Path(path)) => path,
        other => panic!("expected a path, found {other:?}"),
    };
    let late = with("1.36.1", "1.37", EtcdCare::Stacked(Some(version("3.6.11"))));
    assert_eq!((shown(&late), late.notes.len()), (vec!["1.37.1".to_owned()], 0));
    let old = with("1.36.5", "1.37", EtcdCare::Stacked(Some(version("3.5.21"))));
    assert!(old.notes.iter().any(|note| matches!(note, PathNote::EtcdSkipsMinor { .. })));
    let separate = with("1.33.0", "1.34", EtcdCare::Separate);
    assert_eq!(shown(&separate), ["1.34.11"]);
    assert!(separate.notes.iter().all(|note| matches!(note, PathNote::TargetEnded { .. })));
}

#[test]
fn what_the_calendar_cannot_know_is_said() {
    let error = route("1.40.1", "latest", &everything).unwrap_err();
    assert!(matches!(error, PathError::CalendarBehind { .. }) && error.hint().contains("--to"));
    let named = route("1.37.1", "1.39", &everything).unwrap();
    assert!(
        matches!(named, Route::Path(path) if path.notes.contains(&PathNote::TargetUnknown { minor: Minor::new(1, 39) }))
    );
    let later = route_with("1.36.1", "1.37", &everything, EtcdCare::Separate, date(2027, 1, 15)).unwrap();
    assert!(matches!(later, Route::Path(path) if matches!(path.notes[0], PathNote::CalendarStale(_))));
    let error = route_with("1.36.1", "latest", &everything, EtcdCare::Separate, date(2029, 1, 1)).unwrap_err();
    assert!(matches!(error, PathError::NothingSupported { .. }));
    let due = route_with("1.35.9", "1.35", &everything, EtcdCare::Separate, date(2027, 1, 15)).unwrap();
    assert!(matches!(due, Route::UpToDate { notes, .. } if matches!(notes[1], PathNote::TargetEndsSoon(_))));
}

#[test]
fn which_nodes_must_move_before_a_hop() {
    for (hop_to, kubelet, due) in [
        (34, 31, false),
        (34, 30, true),
        (29, 26, false),
        (29, 25, true),
        (28, 27, false),
        // The skew policy allows it; kubeadm 1.28 does not.
        (28, 25, true),
        (26, 25, false),
        (26, 24, true),
        (11, 10, false),
        (11, 9, true),
    ] {
        assert_eq!(nodes_due_before(Minor::new(1, hop_to), Minor::new(1, kubelet)), due, "{kubelet} before {hop_to}");
    }
}

#[test]
fn every_note_reaches_the_plan_on_one_hop() {
    for (from, target) in [("1.33.0", "1.34"), ("1.33.0", "1.37"), ("1.30.2", "1.32.1"), ("1.36.1", "1.37")] {
        let path = path(from, target);
        let hops = path.for_plan();
        let words: Vec<&String> = hops.iter().flat_map(|hop| &hop.notes).collect();
        assert_eq!(words.len(), path.notes.len(), "{from} to {target}");
        assert_eq!(hops.iter().map(|hop| hop.to.to_string()).collect::<Vec<_>>(), shown(&path));
    }
    let hops = path("1.33.0", "1.35").for_plan();
    assert!(hops[0].notes[0].starts_with("1.33.13 comes first"));
    assert!(hops[1].notes.iter().any(|note| note.contains("1.34, out of support since 2026-10-27")));
    assert!(hops[2].notes.is_empty());
}

#[test]
fn a_path_survives_being_stored() {
    let path = path("1.33.0", "1.37");
    let json = serde_json::to_string(&path).unwrap();
    assert_eq!(serde_json::from_str::<Path>(&json).unwrap(), path);
}

proptest! {
    #[test]
    fn hops_are_joined_and_never_skip(from in 10u16..38, patch in 0u16..12, up in 0u16..10, day in 0i64..3000) {
        let target = Minor::new(1, from + up);
        let from = Version::new(1, from, patch);
        let today = date(2019, 1, 1).saturating_add(jiff::Span::new().days(day));
        let outcome = route_with(&from.to_string(), &target.to_string(), &everything, EtcdCare::Stacked(None), today);
        if let Route::Path(path) = outcome.unwrap() {
            let mut at = from;
            for hop in &path.hops {
                prop_assert_eq!(&hop.from, &at);
                prop_assert!(hop.to > hop.from);
                let step = hop.to.minor().ahead_of(hop.from.minor());
                prop_assert_eq!(step, match hop.kind { HopKind::Patch => 0, HopKind::Minor => 1 });
                at = hop.to.clone();
            }
            prop_assert_eq!(&at, &path.to);
            prop_assert_eq!(at.minor(), target);
            prop_assert!(path.hops.iter().skip(1).all(|hop| hop.kind == HopKind::Minor || up == 0));
        } else {
            prop_assert_eq!(up, 0);
        }
    }
}
