//! When something that comes again is open, and when it opens next.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::recurrence::Recurrence;

/// So many days on it is looked for the next opening: a leap day comes again within eight years.
const HORIZON_DAYS: usize = 8 * 366;

/// Hours that come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// On which days.
    pub days: Recurrence,
    /// The first day that may be one, from which intervals are counted.
    pub first: Date,
    /// When it opens on such a day.
    pub opens: Time,
    /// Seconds by which its own time is ahead of UTC.
    pub ahead_s: i32,
    /// For how long it is open, in seconds.
    pub open_s: u32,
}

/// How it stands at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It is open.
    Open {
        /// Until then.
        until: Timestamp,
    },
    /// It is closed.
    Closed {
        /// When it opens next; none when it does not.
        opens: Option<Timestamp>,
    },
}

impl Opening {
    /// How two stand together, of which either may be used.
    #[must_use]
    pub fn sooner(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open { until }, Self::Open { until: other }) => Self::Open { until: until.max(other) },
            (open @ Self::Open { .. }, Self::Closed { .. }) | (Self::Closed { .. }, open @ Self::Open { .. }) => open,
            (Self::Closed { opens }, Self::Closed { opens: other }) => {
                Self::Closed { opens: opens.into_iter().chain(other).min() }
            }
        }
    }

    /// How two stand together, of which both are needed.
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open { until }, Self::Open { until: other }) => Self::Open { until: until.min(other) },
            (closed @ Self::Closed { .. }, Self::Open { .. }) | (Self::Open { .. }, closed @ Self::Closed { .. }) => {
                closed
            }
            (Self::Closed { opens }, Self::Closed { opens: other }) => {
                Self::Closed { opens: opens.zip(other).map(|(one, other)| one.max(other)) }
            }
        }
    }
}

impl Schedule {
    /// How it stands.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Opening {
        let today = self.offset().to_datetime(now).date();
        let open = SignedDuration::from_secs(self.open_s.into());
        let back = i64::from(self.open_s / 86_400) + 1;
        let mut until = None;
        let days = today.saturating_sub(back.days()).series(Span::new().days(1)).take(HORIZON_DAYS);
        for day in days.filter(|day| self.days.falls_on(*day, self.first)) {
            let Ok(opens) = self.offset().to_timestamp(day.to_datetime(self.opens)) else { continue };
            let closes = opens.saturating_add(open).unwrap_or(Timestamp::MAX);
            if opens <= until.unwrap_or(now) {
                // One that opens as another closes goes on with it.
                until = until.max(Some(closes).filter(|closes| now < *closes));
                continue;
            }
            return until.map_or(Opening::Closed { opens: Some(opens) }, |until| Opening::Open { until });
        }
        until.map_or(Opening::Closed { opens: None }, |until| Opening::Open { until })
    }

    fn offset(&self) -> Offset {
        Offset::from_seconds(self.ahead_s).unwrap_or(Offset::UTC)
    }
}

/// How long it is until then, as coarsely as one reads it: `4 d 13 h`, `13 h`, `25 min`.
#[must_use]
pub fn countdown(now: Timestamp, then: Timestamp) -> String {
    let minutes = (then.as_second() - now.as_second()).max(0).div_euclid(60) + 1;
    match (minutes / (24 * 60), minutes / 60) {
        (days @ 1.., hours) => format!("{days} d {} h", hours % 24),
        (_, hours @ 1..) => format!("{hours} h"),
        (_, _) => format!("{minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    fn schedule(days: &str, hour: i8, hours: u32) -> Schedule {
        let (days, opens) = (days.parse().unwrap(), time(hour, 0, 0, 0));
        Schedule { days, first: date(2026, 1, 3), opens, ahead_s: 0, open_s: hours * 3600 }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// `open until` or `opens at`, or `never`.
    fn told(schedule: &Schedule, now: &str) -> String {
        match schedule.at(at(now)) {
            Opening::Open { until } => format!("open until {until}"),
            Opening::Closed { opens: Some(opens) } => format!("opens {opens}"),
            Opening::Closed { opens: None } => "never".to_owned(),
        }
    }

    #[test]
    fn it_is_open_for_its_time_and_then_closed_until_the_next() {
        let weekend = schedule("FREQ=WEEKLY;BYDAY=SA,SU", 1, 6);
        for (now, expected) in [
            ("2026-11-27T12:00:00Z", "opens 2026-11-28T01:00:00Z"),
            ("2026-11-28T00:59:59Z", "opens 2026-11-28T01:00:00Z"),
            ("2026-11-28T01:00:00Z", "open until 2026-11-28T07:00:00Z"),
            ("2026-11-28T06:59:59Z", "open until 2026-11-28T07:00:00Z"),
            ("2026-11-28T07:00:00Z", "opens 2026-11-29T01:00:00Z"),
            ("2026-11-29T07:00:00Z", "opens 2026-12-05T01:00:00Z"),
            ("2025-11-29T07:00:00Z", "opens 2026-01-03T01:00:00Z"),
        ] {
            assert_eq!(told(&weekend, now), expected, "{now}");
        }
    }

    #[test]
    fn one_that_goes_past_midnight_or_into_the_next_stays_open() {
        let night = schedule("FREQ=WEEKLY;BYDAY=FR", 22, 8);
        assert_eq!(told(&night, "2026-11-28T03:00:00Z"), "open until 2026-11-28T06:00:00Z");
        let days = schedule("FREQ=WEEKLY;BYDAY=SA,SU", 0, 24);
        assert_eq!(told(&days, "2026-11-28T03:00:00Z"), "open until 2026-11-30T00:00:00Z");
        assert_eq!(told(&days, "2026-11-30T00:00:00Z"), "opens 2026-12-05T00:00:00Z");
        let always = schedule("FREQ=DAILY", 0, 24);
        assert!(told(&always, "2026-11-28T03:00:00Z").starts_with("open until"));
        let long = schedule("FREQ=MONTHLY;BYMONTHDAY=1", 0, 24 * 10);
        assert_eq!(told(&long, "2026-11-10T23:00:00Z"), "open until 2026-11-11T00:00:00Z");
    }

    #[test]
    fn of_two_that_are_open_or_closed_the_better_counts() {
        let (one, other) = (at("2026-11-28T01:00:00Z"), at("2026-11-29T01:00:00Z"));
        let (open, closed) = (|until| Opening::Open { until }, |opens| Opening::Closed { opens });
        assert_eq!(open(one).sooner(open(other)), open(other));
        assert_eq!(closed(None).sooner(open(one)), open(one));
        assert_eq!(closed(Some(other)).sooner(closed(Some(one))), closed(Some(one)));
        assert_eq!(closed(Some(other)).sooner(closed(None)), closed(Some(other)));
        assert_eq!(open(one).later(open(other)), open(one));
        assert_eq!(open(one).later(closed(None)), closed(None));
        assert_eq!(closed(Some(other)).later(closed(Some(one))), closed(Some(other)));
        for (from, words) in [
            ("2026-11-24T12:00:00Z", "4 d 13 h"),
            ("2026-11-28T12:30:00Z", "12 h"),
            ("2026-11-29T00:35:00Z", "26 min"),
            ("2026-11-29T00:59:30Z", "1 min"),
        ] {
            assert_eq!(countdown(at(from), other), words);
        }
    }

    #[test]
    fn its_own_time_decides_on_the_day() {
        let ahead = Schedule { ahead_s: 9 * 3600, ..schedule("FREQ=WEEKLY;BYDAY=SA", 1, 4) };
        assert_eq!(told(&ahead, "2026-11-27T15:00:00Z"), "opens 2026-11-27T16:00:00Z");
        assert_eq!(told(&ahead, "2026-11-27T17:00:00Z"), "open until 2026-11-27T20:00:00Z");
        let over = schedule("FREQ=DAILY;UNTIL=20261101", 1, 4);
        assert_eq!(told(&over, "2026-11-27T15:00:00Z"), "never");
    }
}
