//! On which days something comes again, as calendars write it: RFC 5545 §3.3.10, of days.
//!
//! All parts are read but those that tell hours apart and those of weeks and days of the year, which maintenance windows
//! have no use for; a rule with one of them is refused, never half understood.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// A rule by which days come again: `FREQ=WEEKLY;BYDAY=SA,SU`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recurrence {
    text: String,
    frequency: Frequency,
    interval: i64,
    count: Option<usize>,
    until: Option<Date>,
    /// Weekdays, each with its number in the month or year; 0 for every one.
    by_day: Vec<(i16, Weekday)>,
    by_month_day: Vec<i16>,
    by_month: Vec<i16>,
    by_set_pos: Vec<i16>,
    week_start: Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

impl Recurrence {
    /// Whether it falls on the day, when its first day is `first`.
    #[must_use]
    pub fn falls_on(&self, day: Date, first: Date) -> bool {
        let is_one = |day: Date| self.is_uncounted(day, first);
        is_one(day)
            && self.count.is_none_or(|count| {
                let days = first.series(Span::new().days(1)).take_while(|earlier| *earlier <= day);
                days.filter(|earlier| is_one(*earlier)).count() <= count
            })
    }

    /// Whether it falls on the day, whatever the number of days before it.
    fn is_uncounted(&self, day: Date, first: Date) -> bool {
        let within = first <= day && self.until.is_none_or(|until| day <= until);
        if !within || !self.is_in_step(day, first) || !self.matches(day, first) {
            return false;
        }
        if self.by_set_pos.is_empty() {
            return true;
        }
        let (from, to) = self.period(day);
        let days = from.series(Span::new().days(1)).take_while(|other| *other <= to);
        let days: Vec<Date> = days.filter(|other| self.matches(*other, first)).collect();
        let Some(place) = days.iter().position(|other| *other == day) else { return false };
        let (place, total) = (number(place) + 1, number(days.len()));
        self.by_set_pos.contains(&place) || self.by_set_pos.contains(&(place - total - 1))
    }

    /// Whether the day's period is one that the interval does not leave out.
    fn is_in_step(&self, day: Date, first: Date) -> bool {
        let days = |from: Date, to: Date| to.duration_since(from).as_hours() / 24;
        let months = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
        let periods = match self.frequency {
            Frequency::Daily => days(first, day),
            Frequency::Weekly => days(self.period(first).0, self.period(day).0) / 7,
            Frequency::Monthly => months(day) - months(first),
            Frequency::Yearly => i64::from(day.year()) - i64::from(first.year()),
        };
        periods % self.interval == 0
    }

    /// The first and the last day of the day, week, month or year that the day is in.
    fn period(&self, day: Date) -> (Date, Date) {
        match self.frequency {
            Frequency::Daily => (day, day),
            Frequency::Weekly => {
                let from = day.saturating_sub(i64::from(self.week_start.until(day.weekday())).days());
                (from, from.saturating_add(6.days()))
            }
            Frequency::Monthly => (day.first_of_month(), day.last_of_month()),
            Frequency::Yearly => (day.first_of_year(), day.last_of_year()),
        }
    }

    fn matches(&self, day: Date, first: Date) -> bool {
        let of_month = i16::from(day.day());
        let from_end = of_month - i16::from(day.days_in_month()) - 1;
        let listed = |list: &[i16], values: &[i16]| list.is_empty() || values.iter().any(|value| list.contains(value));
        listed(&self.by_month, &[i16::from(day.month())])
            && listed(&self.by_month_day, &[of_month, from_end])
            && (self.by_day.is_empty() || self.is_listed_weekday(day))
            && (!self.by_day.is_empty() || !self.by_month_day.is_empty() || self.is_like_first(day, first))
    }

    fn is_listed_weekday(&self, day: Date) -> bool {
        let in_year = self.frequency == Frequency::Yearly && self.by_month.is_empty();
        let (of, days) = match in_year {
            true => (day.day_of_year(), day.days_in_year()),
            false => (i16::from(day.day()), i16::from(day.days_in_month())),
        };
        let places = [0, (of - 1) / 7 + 1, (of - days) / 7 - 1];
        self.by_day.iter().any(|(place, weekday)| *weekday == day.weekday() && places.contains(place))
    }

    /// What a rule without days means: those like the first.
    fn is_like_first(&self, day: Date, first: Date) -> bool {
        match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == first.weekday(),
            Frequency::Monthly => day.day() == first.day(),
            Frequency::Yearly => {
                day.day() == first.day() && (!self.by_month.is_empty() || day.month() == first.month())
            }
        }
    }
}

fn number(count: usize) -> i16 {
    i16::try_from(count).unwrap_or(i16::MAX)
}

impl FromStr for Recurrence {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, RecurrenceError> {
        let text = text.trim();
        let error = || RecurrenceError { found: text.to_owned() };
        let mut rule = Self {
            text: text.to_owned(),
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
        };
        let mut has_frequency = false;
        let parts = text.strip_prefix("RRULE:").unwrap_or(text).trim_end_matches(';').split(';');
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(error)?;
            has_frequency |= name.eq_ignore_ascii_case("FREQ");
            rule.take(&name.to_ascii_uppercase(), &value.to_ascii_uppercase()).ok_or_else(error)?;
        }
        // A place among weekdays is one in a month or a year.
        let places = rule.by_day.iter().any(|(place, _)| *place != 0);
        let has_places = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
        if has_frequency && (has_places || !places) { Ok(rule) } else { Err(error()) }
    }
}

impl Recurrence {
    /// Takes one part of the text; none when it is not understood.
    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => return None,
                };
            }
            "INTERVAL" => self.interval = value.parse().ok().filter(|interval| (1..=10_000).contains(interval))?,
            "COUNT" => self.count = Some(value.parse().ok()?),
            "UNTIL" => self.until = Some(day(value)?),
            "BYDAY" => self.by_day = list(value, place_and_weekday)?,
            "BYMONTHDAY" => self.by_month_day = list(value, |text| within(text, 31))?,
            "BYMONTH" => self.by_month = list(value, |text| within(text, 12).filter(|month| *month > 0))?,
            "BYSETPOS" => self.by_set_pos = list(value, |text| within(text, 366))?,
            "WKST" => self.week_start = weekday(value)?,
            _ => return None,
        }
        Some(())
    }
}

fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    value.split(',').map(|text| read(text.trim())).collect()
}

/// A number from 1 to `most`, or one counted from the end.
fn within(text: &str, most: i16) -> Option<i16> {
    text.parse().ok().filter(|number: &i16| (1..=most).contains(&number.abs()))
}

/// `SA`, `2TU`, `-1FR`.
fn place_and_weekday(text: &str) -> Option<(i16, Weekday)> {
    let (place, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let place = if place.is_empty() { 0 } else { within(place, 53)? };
    Some((place, weekday(name)?))
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

/// The day of `20261231` or `20261231T235959Z`.
fn day(value: &str) -> Option<Date> {
    let (digits, rest) = value.split_at_checked(8)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !(rest.is_empty() || rest.starts_with('T')) {
        return None;
    }
    let (year, month_and_day) = digits.split_at_checked(4)?;
    let (month, day) = month_and_day.split_at_checked(2)?;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl TryFrom<String> for Recurrence {
    type Error = RecurrenceError;

    fn try_from(text: String) -> Result<Self, RecurrenceError> {
        text.parse()
    }
}

impl From<Recurrence> for String {
    fn from(rule: Recurrence) -> Self {
        rule.text
    }
}

/// Text that should have been a [`Recurrence`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a rule of days such as FREQ=WEEKLY;BYDAY=SA,SU, found {found:?}")]
pub struct RecurrenceError {
    /// What was read.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// The first days on which a rule falls that begins on 2026-11-02, a Monday, as month and day.
    fn days(rule: &str, many: usize) -> Vec<(i8, i8)> {
        let rule: Recurrence = rule.parse().unwrap();
        let first = date(2026, 11, 2);
        let all = first.series(1.day()).take(3_000).filter(|day| rule.falls_on(*day, first));
        all.take(many).map(|day| (day.month(), day.day())).collect()
    }

    #[test]
    fn days_come_again_as_the_rule_says() {
        for (rule, expected) in [
            ("FREQ=DAILY", [(11, 2), (11, 3), (11, 4)]),
            ("FREQ=DAILY;INTERVAL=3", [(11, 2), (11, 5), (11, 8)]),
            ("FREQ=DAILY;BYDAY=SA", [(11, 7), (11, 14), (11, 21)]),
            ("RRULE:FREQ=WEEKLY;BYDAY=SA,SU;", [(11, 7), (11, 8), (11, 14)]),
            ("FREQ=WEEKLY", [(11, 2), (11, 9), (11, 16)]),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU", [(11, 2), (11, 8), (11, 16)]),
            // With weeks that begin on Sunday the 1st and the 2nd are of one week.
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", [(11, 2), (11, 15), (11, 16)]),
            // Sunday the 1st is before the first day.
            ("FREQ=MONTHLY;BYSETPOS=1;BYDAY=SA,SU", [(12, 5), (1, 2), (2, 6)]),
            ("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR", [(11, 30), (12, 31), (1, 29)]),
            ("FREQ=MONTHLY;BYDAY=2TU", [(11, 10), (12, 8), (1, 12)]),
            ("FREQ=MONTHLY;BYDAY=-1FR", [(11, 27), (12, 25), (1, 29)]),
            ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31", [(1, 31), (3, 31), (5, 31)]),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", [(11, 30), (12, 31), (1, 31)]),
            ("FREQ=MONTHLY", [(11, 2), (12, 2), (1, 2)]),
            ("FREQ=YEARLY;BYMONTH=3;BYDAY=1SU", [(3, 7), (3, 5), (3, 4)]),
            ("FREQ=YEARLY;BYDAY=-1SU", [(12, 27), (12, 26), (12, 31)]),
            ("FREQ=YEARLY", [(11, 2), (11, 2), (11, 2)]),
            ("FREQ=WEEKLY;UNTIL=20261116T000000Z;BYDAY=MO", [(11, 2), (11, 9), (11, 16)]),
        ] {
            assert_eq!(days(rule, 3), expected, "{rule}");
        }
        assert_eq!(days("FREQ=WEEKLY;UNTIL=20261116", 9).len(), 3);
        assert_eq!(days("FREQ=WEEKLY;COUNT=2", 9), [(11, 2), (11, 9)]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "BYDAY=SA",
            "FREQ=HOURLY",
            "FREQ=DAILY;BYHOUR=3",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=WEEKLY;BYDAY=2SA",
            "FREQ=MONTHLY;BYDAY=XX",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=DAILY;UNTIL=2026",
            "FREQ=DAILY;UNTIL=20261301",
            "FREQ",
        ] {
            assert!(text.parse::<Recurrence>().is_err(), "{text}");
        }
        let rule: Recurrence = "FREQ=MONTHLY;BYDAY=-1FR".parse().unwrap();
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<Recurrence>(&text).unwrap(), rule);
    }
}
