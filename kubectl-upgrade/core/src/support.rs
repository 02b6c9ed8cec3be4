//! Where a minor stands against the upstream support window.
//!
//! Upstream supports the three newest minors; the calendar has the exact days. Today comes in as an argument.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Projected};
use crate::version::Minor;

/// An upgrade is due when support ends within this many days: two months is the upstream maintenance phase, in which
/// only the gravest errors are still corrected.
pub const DUE_DAYS: i64 = 60;

/// The phase of a minor's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Not yet released.
    NotReleased,
    /// Patches come every month.
    Supported,
    /// The last two months: only grave errors are corrected.
    Maintenance,
    /// Nothing is corrected any more.
    Ended,
    /// The calendar does not know.
    Unknown,
}

/// Where a minor stands on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportStatus {
    /// The minor.
    pub minor: Minor,
    /// Its phase.
    pub phase: Phase,
    /// The last day of support, when known.
    pub ends: Option<Date>,
    /// Whether the day is announced rather than final.
    pub projected: bool,
    /// Days until the last day of support; negative since it ended.
    pub days_left: Option<i64>,
}

impl SupportStatus {
    /// Whether the minor is released and still supported.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        match self.phase {
            Phase::Supported | Phase::Maintenance => true,
            Phase::NotReleased | Phase::Ended | Phase::Unknown => false,
        }
    }

    /// Whether support still runs but ends within [`DUE_DAYS`].
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.is_supported() && self.days_left.is_some_and(|days| days <= DUE_DAYS)
    }
}

impl fmt::Display for SupportStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = if self.projected { " as announced" } else { "" };
        match (self.phase, self.ends, self.days_left) {
            (Phase::NotReleased, _, _) => f.write_str("not released yet"),
            (Phase::Unknown, _, _) => f.write_str("support unknown: not in the release calendar"),
            (Phase::Ended, Some(ends), Some(days)) => {
                write!(f, "supported until {ends}{expected}: ended {} ago", Days(days.saturating_neg()))
            }
            (Phase::Ended, _, _) => f.write_str("support ended long ago"),
            (Phase::Supported | Phase::Maintenance, Some(ends), Some(days)) => {
                write!(f, "supported until {ends}{expected}: {}", Days(days))
            }
            (Phase::Supported | Phase::Maintenance, _, _) => f.write_str("supported, end unknown"),
        }
    }
}

struct Days(i64);

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "day" } else { "days" })
    }
}

/// Where `minor` stands on `today`. Minors older than the calendar have ended; of newer ones, and of announced ones
/// whose day has passed since the calendar was checked, it knows nothing.
#[must_use]
pub fn status(minor: Minor, today: Date, facts: &Facts) -> SupportStatus {
    let calendar = facts.calendar();
    let Some(release) = calendar.get(minor) else {
        let past = calendar.releases().next().is_some_and(|oldest| minor < oldest.minor);
        let phase = if past { Phase::Ended } else { Phase::Unknown };
        return SupportStatus { minor, phase, ends: None, projected: false, days_left: None };
    };
    let phase = if today < release.ga {
        Phase::NotReleased
    } else if release.projected == Projected::All {
        Phase::Unknown
    } else if release.eol.is_some_and(|eol| today > eol) {
        Phase::Ended
    } else if release.maintenance.is_some_and(|start| today >= start) {
        Phase::Maintenance
    } else {
        Phase::Supported
    };
    let days_left = release.eol.and_then(|eol| today.until(eol).ok()).map(|span| i64::from(span.get_days()));
    let projected = release.projected != Projected::None;
    SupportStatus { minor, phase, ends: release.eol, projected, days_left }
}

/// The minors supported on `today`, oldest first.
#[must_use]
pub fn supported(today: Date, facts: &Facts) -> Vec<Minor> {
    let minors = facts.calendar().releases().map(|release| release.minor);
    minors.filter(|minor| status(*minor, today, facts).is_supported()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(minor: u16, today: Date) -> SupportStatus {
        status(Minor::new(1, minor), today, &Facts::embedded())
    }

    #[test]
    fn both_sides_of_every_boundary() {
        for (minor, today, phase, days) in [
            (34, date(2025, 8, 26), Phase::NotReleased, Some(427)),
            (34, date(2025, 8, 27), Phase::Supported, Some(426)),
            (34, date(2026, 8, 26), Phase::Supported, Some(62)),
            (34, date(2026, 8, 27), Phase::Maintenance, Some(61)),
            (34, date(2026, 10, 27), Phase::Maintenance, Some(0)),
            (34, date(2026, 10, 28), Phase::Ended, Some(-1)),
            (10, date(2018, 3, 25), Phase::NotReleased, Some(325)),
            (10, date(2019, 2, 13), Phase::Supported, Some(0)),
            (10, date(2019, 2, 14), Phase::Ended, Some(-1)),
            (9, date(2026, 11, 22), Phase::Ended, None),
            (38, date(2026, 12, 15), Phase::NotReleased, Some(440)),
            (38, date(2026, 12, 17), Phase::Unknown, Some(438)),
            (39, date(2026, 11, 22), Phase::Unknown, None),
        ] {
            let status = at(minor, today);
            assert_eq!((status.phase, status.days_left), (phase, days), "1.{minor} on {today}");
        }
    }

    #[test]
    fn only_announced_ends_are_marked_so() {
        assert!(!at(34, date(2026, 11, 22)).projected);
        assert!(at(35, date(2026, 11, 22)).projected);
    }

    #[test]
    fn three_minors_are_supported() {
        let supported = |today| supported(today, &Facts::embedded());
        assert_eq!(supported(date(2026, 11, 22)), [35, 36, 37].map(|minor| Minor::new(1, minor)));
        // For two months after a release the oldest of four is still maintained.
        assert_eq!(supported(date(2026, 9, 1)), [34, 35, 36, 37].map(|minor| Minor::new(1, minor)));
        assert_eq!(supported(date(2018, 3, 1)), []);
    }

    #[test]
    fn an_upgrade_is_due_in_the_last_sixty_days() {
        assert!(!at(34, date(2026, 8, 27)).is_due());
        assert!(at(34, date(2026, 8, 28)).is_due());
        assert!(at(34, date(2026, 10, 27)).is_due());
        assert!(!at(34, date(2026, 10, 28)).is_due());
        assert!(!at(39, date(2026, 10, 28)).is_due());
    }

    #[test]
    fn the_words() {
        for (minor, today, words) in [
            (34, date(2026, 11, 22), "supported until 2026-10-27: ended 26 days ago"),
            (36, date(2026, 11, 22), "supported until 2027-06-28 as announced: 218 days"),
            (34, date(2026, 10, 26), "supported until 2026-10-27: 1 day"),
            (38, date(2026, 11, 22), "not released yet"),
            (8, date(2026, 11, 22), "support ended long ago"),
            (50, date(2026, 11, 22), "support unknown: not in the release calendar"),
        ] {
            assert_eq!(at(minor, today).to_string(), words);
        }
    }
}
