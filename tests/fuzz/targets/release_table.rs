//! A release calendar of the user's.
#![no_main]

use std::sync::LazyLock;

use jiff::civil::date;
use libfuzzer_sys::fuzz_target;
use upgrade_core::facts::Facts;
use upgrade_core::support;

static FACTS: LazyLock<Facts> = LazyLock::new(Facts::embedded);

fuzz_target!(|text: &str| {
    let facts = match FACTS.clone().with_releases_from(text) {
        Ok(facts) => facts,
        Err(error) => {
            assert!(error.line <= text.lines().count(), "{error}");
            assert!(!error.expected.is_empty(), "{error}");
            return;
        }
    };
    for known in FACTS.calendar().releases() {
        let release = facts.calendar().get(known.minor).expect("what was known is not lost");
        assert!(release == known || release.source != known.source, "{known:?}");
    }
    for release in facts.calendar().releases() {
        assert!(release.eol.is_none_or(|eol| release.ga <= eol), "{release:?}");
        assert!(release.last_patch.as_ref().is_none_or(|patch| patch.minor() == release.minor), "{release:?}");
    }
    for today in [date(-9999, 1, 1), date(2026, 11, 22), date(9999, 12, 31)] {
        if let Some(newest) = facts.calendar().newest_released(today) {
            assert!(facts.calendar().get(newest).is_some_and(|release| release.ga <= today));
        }
        if let Some(stale) = facts.calendar().stale(today) {
            assert!(!stale.to_string().is_empty());
        }
        for minor in support::supported(today, &facts) {
            assert!(support::status(minor, today, &facts).is_supported());
        }
        for release in facts.calendar().releases() {
            assert!(!support::status(release.minor, today, &facts).to_string().is_empty());
        }
    }
});
