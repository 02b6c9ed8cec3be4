//! The upstream release calendar.
//!
//! A minor ships about every four months; a table that knows no release for longer than that is stale and must say so.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::table::{FromRow, Row, TableError, read};
use crate::inventory::Offer;
use crate::version::{Minor, Version};

/// The tag of rows that came from a user's file.
const USER_FILE: &str = "user file";

/// The tag of windows that a cloud told.
const CLOUD: &str = "cloud";

/// Three minors a year since 1.22: after this many months a newer one than the table knows is due.
const MONTHS_BETWEEN_MINORS: i64 = 4;

/// How much of a release's dates is announced rather than past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projected {
    /// Nothing: every date has happened or is final.
    None,
    /// Start of maintenance and end of life.
    End,
    /// The release itself too.
    All,
}

/// One minor of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The minor.
    pub minor: Minor,
    /// General availability.
    pub ga: Date,
    /// Start of maintenance mode, two months before the end; older minors had none.
    pub maintenance: Option<Date>,
    /// End of life: the last day with support.
    pub eol: Option<Date>,
    /// The newest patch known when the table was checked.
    pub last_patch: Option<Version>,
    /// Which of the dates are announced only.
    pub projected: Projected,
    /// The tag of the source.
    pub source: &'static str,
}

impl Release {
    fn read_as(row: &Row<'_, '_>, source: &'static str) -> Result<Self, TableError> {
        let day = "a date such as 2026-08-26";
        let projected = match row.get("projected") {
            None => Projected::None,
            Some("end") => Projected::End,
            Some("all") => Projected::All,
            Some(other) => return Err(row.error("-, end or all in column projected".to_owned(), other)),
        };
        let release = Self {
            minor: row.value("minor", "a minor such as 1.34")?,
            ga: row.value("ga", day)?,
            maintenance: row.optional("maintenance", day)?,
            eol: row.optional("eol", day)?,
            last_patch: row.optional("last_patch", "a version such as 1.34.2")?,
            projected,
            source,
        };
        if let Some(patch) = release.last_patch.as_ref().filter(|patch| patch.minor() != release.minor) {
            return Err(row.error(format!("a patch of {} in column last_patch", release.minor), &patch.to_string()));
        }
        let days = [Some(release.ga), release.maintenance, release.eol];
        let days: Vec<Date> = days.into_iter().flatten().collect();
        if days.is_sorted() {
            Ok(release)
        } else {
            Err(row.error("ga before maintenance before eol".to_owned(), &format!("{days:?}")))
        }
    }
}

impl FromRow<'static> for Release {
    const TABLE: &'static str = "releases";

    fn read(row: &Row<'static, '_>) -> Result<Self, TableError> {
        Self::read_as(row, row.text("source")?)
    }
}

/// A release from a user's file: the same columns, no source needed.
struct UserRelease(Release);

impl<'a> FromRow<'a> for UserRelease {
    const TABLE: &'static str = "releases";

    fn read(row: &Row<'a, '_>) -> Result<Self, TableError> {
        Release::read_as(row, USER_FILE).map(Self)
    }
}

/// The calendar as of the day it was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    releases: BTreeMap<Minor, Release>,
    checked: Date,
}

impl Calendar {
    pub(super) fn embedded(text: &'static str) -> Result<Self, TableError> {
        let (checked, rows) = read::<Release>(text)?;
        Ok(Self { releases: rows.into_iter().map(|row| (row.minor, row)).collect(), checked })
    }

    /// This calendar with the rows of a user's file put in place of its own, or added.
    ///
    /// # Errors
    /// When the text is not a table of releases; the error names the line.
    pub(super) fn refreshed_from(&self, text: &str) -> Result<Self, TableError> {
        let (checked, rows) = read::<UserRelease>(text)?;
        let mut releases = self.releases.clone();
        releases.extend(rows.into_iter().map(|UserRelease(row)| (row.minor, row)));
        Ok(Self { releases, checked })
    }

    /// This calendar with the windows that a cloud told; a minor it does not know counts as released.
    pub(super) fn as_offered(&self, offers: &[Offer]) -> Self {
        let mut releases = self.releases.clone();
        for offer in offers {
            let minor = offer.version.minor();
            let known = releases.entry(minor).or_insert_with(|| Release {
                minor,
                ga: self.checked,
                maintenance: None,
                eol: None,
                last_patch: None,
                projected: Projected::None,
                source: CLOUD,
            });
            if let Some(end) = offer.extended_until.or(offer.standard_until) {
                known.eol = Some(end);
                known.maintenance = offer.extended_until.and(offer.standard_until);
                known.projected = Projected::None;
                known.source = CLOUD;
            }
        }
        Self { releases, checked: self.checked }
    }

    /// What is known of a minor.
    #[must_use]
    pub fn get(&self, minor: Minor) -> Option<&Release> {
        self.releases.get(&minor)
    }

    /// Every minor known, oldest first.
    pub fn releases(&self) -> impl DoubleEndedIterator<Item = &Release> {
        self.releases.values()
    }

    /// The day the table was last compared with its sources.
    #[must_use]
    pub fn checked(&self) -> Date {
        self.checked
    }

    /// The newest minor known to have been released by `today`. An announced release does not count until the table is
    /// refreshed: it may have slipped.
    #[must_use]
    pub fn newest_released(&self, today: Date) -> Option<Minor> {
        self.releases()
            .filter(|row| row.projected != Projected::All && row.ga <= today)
            .map(|row| row.minor)
            .next_back()
    }

    /// Whether a release newer than any the table knows is due by `today`.
    #[must_use]
    pub fn stale(&self, today: Date) -> Option<Stale> {
        let newest = self.releases().rfind(|row| row.projected != Projected::All)?;
        let due = newest.ga.saturating_add(MONTHS_BETWEEN_MINORS.months());
        (today > due).then_some(Stale { newest: newest.minor, released: newest.ga, checked: self.checked })
    }
}

/// The calendar is too old to know the newest minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// The newest release the table knows.
    pub newest: Minor,
    /// When that was released.
    pub released: Date,
    /// The day the table was checked.
    pub checked: Date,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { newest, released, checked } = self;
        write!(
            f,
            "the release calendar was checked on {checked} and knows nothing newer than {newest} of {released}; \
             newer releases are likely"
        )
    }
}
