//! When GKE may and may not change the cluster by itself.

use google_cloud_container_v1::model::maintenance_window::Policy;
use google_cloud_container_v1::model::time_window::Options;
use google_cloud_container_v1::model::{Cluster, RecurringMaintenanceWindow, TimeWindow};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use upgrade_core::inventory::{MaintenanceWindow, Moves, Recurrence, Schedule};

/// What intervals are counted from where GKE keeps no first day, because the rule needs none: before there was GKE.
const LONG_AGO: Date = jiff::civil::date(2014, 1, 1);

/// How long a daily window is that does not tell: GKE makes it as short as it takes, and never shorter.
const DAILY: SignedDuration = SignedDuration::from_hours(4);

/// The windows of a cluster, and its exclusions. Both are for upgrades by GKE itself; one asked for is done at any time.
pub(super) fn windows(found: &Cluster) -> Vec<MaintenanceWindow> {
    let Some(window) = found.maintenance_policy.as_ref().and_then(|policy| policy.window.as_ref()) else {
        return Vec::new();
    };
    let mut windows: Vec<MaintenanceWindow> = window.policy.as_ref().and_then(allowed).into_iter().collect();
    let mut exclusions: Vec<_> = window.maintenance_exclusions.iter().collect();
    exclusions.sort_by(|one, other| one.0.cmp(other.0));
    windows.extend(exclusions.into_iter().map(|(name, time)| {
        let (from, until) = times(time);
        let (scope, name) = (scope(time), name.clone());
        let covers = covered(&scope);
        MaintenanceWindow { name, exclusion: true, scope, covers, from, until, schedule: None }
    }));
    windows
}

fn allowed(policy: &Policy) -> Option<MaintenanceWindow> {
    let (words, schedule) = match policy {
        Policy::DailyMaintenanceWindow(daily) => {
            let words = format!("every day from {} UTC", daily.start_time);
            (words, every_day(&daily.start_time, &daily.duration))
        }
        Policy::RecurringWindow(recurring) => {
            let (from, until) = recurring.window.as_ref().map_or((None, None), times);
            let schedule = from.zip(until).and_then(|(from, until)| {
                let first = from.to_zoned(TimeZone::UTC).datetime();
                schedule(&recurring.recurrence, first.date(), first.time(), until.duration_since(from))
            });
            (recurring.recurrence.clone(), schedule)
        }
        Policy::RecurringMaintenanceWindow(recurring) => (recurring.recurrence.clone(), from_day_on(recurring)),
        _ => return None,
    };
    let scope = schedule.as_ref().map_or_else(|| words.clone(), |schedule| in_words(&words, schedule));
    Some(MaintenanceWindow {
        name: "maintenance window".to_owned(),
        exclusion: false,
        scope,
        covers: Moves::ALL.to_vec(),
        from: None,
        until: None,
        schedule,
    })
}

fn in_words(rule: &str, schedule: &Schedule) -> String {
    let (hours, minutes) = (schedule.open_s / 3600, schedule.open_s % 3600 / 60);
    let minutes = if minutes == 0 { String::new() } else { format!(" {minutes} min") };
    let opens = schedule.opens.strftime("%H:%M");
    // A daily window says when it opens.
    let opens = if rule.contains("UTC") { String::new() } else { format!(" from {opens} UTC") };
    format!("{rule}, {hours} h{minutes}{opens}")
}

fn every_day(start: &str, duration: &str) -> Option<Schedule> {
    let open: SignedDuration = duration.parse().unwrap_or(DAILY);
    schedule("FREQ=DAILY", LONG_AGO, start.parse().ok()?, open)
}

fn from_day_on(recurring: &RecurringMaintenanceWindow) -> Option<Schedule> {
    let start = recurring.window_start_time.as_ref()?;
    let part = |part: i32| i8::try_from(part).ok();
    let opens = Time::new(part(start.hours)?, part(start.minutes)?, part(start.seconds)?, 0).ok()?;
    let first = match &recurring.delay_until {
        Some(day) => Date::new(i16::try_from(day.year).ok()?, part(day.month)?, part(day.day)?).ok()?,
        None => LONG_AGO,
    };
    let open = SignedDuration::from_secs(recurring.window_duration.as_ref()?.seconds());
    schedule(&recurring.recurrence, first, opens, open)
}

/// GKE's times are UTC.
fn schedule(rule: &str, first: Date, opens: Time, open: SignedDuration) -> Option<Schedule> {
    let days: Recurrence = rule.parse().ok()?;
    let open_s = u32::try_from(open.as_secs()).ok().filter(|open| *open > 0)?;
    Some(Schedule { days, first, opens, ahead_s: 0, open_s })
}

/// GKE's word for what is forbidden; everything, where none is set.
fn scope(time: &TimeWindow) -> String {
    match &time.options {
        Some(Options::MaintenanceExclusionOptions(options)) => {
            options.scope.name().unwrap_or("an unknown scope").to_owned()
        }
        _ => "NO_UPGRADES".to_owned(),
    }
}

/// What each scope names (facts §3.4); scopes nobody knows name nothing.
fn covered(scope: &str) -> Vec<Moves> {
    match scope {
        "NO_UPGRADES" => Moves::ALL.to_vec(),
        "NO_MINOR_UPGRADES" => vec![Moves::Minor],
        "NO_MINOR_OR_NODE_UPGRADES" => vec![Moves::Minor, Moves::Nodes],
        _ => Vec::new(),
    }
}

fn times(time: &TimeWindow) -> (Option<Timestamp>, Option<Timestamp>) {
    let at = |seconds: i64| Timestamp::from_second(seconds).ok();
    (
        time.start_time.as_ref().and_then(|time| at(time.seconds())),
        time.end_time.as_ref().and_then(|time| at(time.seconds())),
    )
}

#[cfg(test)]
mod tests {
    use google_cloud_container_v1::model::{DailyMaintenanceWindow, RecurringTimeWindow};
    use google_cloud_wkt::Timestamp as Wire;
    use upgrade_core::inventory::Opening;

    use super::*;

    fn told(policy: Policy, now: &str) -> (String, Option<Opening>) {
        let window = allowed(&policy).unwrap();
        let now: Timestamp = now.parse().unwrap();
        (window.scope, window.schedule.map(|schedule| schedule.at(now)))
    }

    fn closed_until(text: &str) -> Option<Opening> {
        Some(Opening::Closed { opens: text.parse().ok() })
    }

    #[test]
    fn each_form_of_window_is_read() {
        let daily = DailyMaintenanceWindow::new().set_start_time("03:00").set_duration("PT4H0M0S");
        let (words, opening) = told(Policy::DailyMaintenanceWindow(Box::new(daily)), "2026-08-22T02:00:00Z");
        assert_eq!((words.as_str(), opening), ("every day from 03:00 UTC, 4 h", closed_until("2026-08-22T03:00:00Z")));
        let at = |text: &str| Wire::clamp(text.parse::<Timestamp>().unwrap().as_second(), 0);
        let first =
            TimeWindow::new().set_start_time(at("2026-01-03T01:00:00Z")).set_end_time(at("2026-01-03T07:30:00Z"));
        let recurring = RecurringTimeWindow::new().set_window(first).set_recurrence("FREQ=WEEKLY;BYDAY=SA,SU");
        let (words, opening) = told(Policy::RecurringWindow(Box::new(recurring)), "2026-08-20T02:00:00Z");
        assert_eq!(words, "FREQ=WEEKLY;BYDAY=SA,SU, 6 h 30 min from 01:00 UTC");
        assert_eq!(opening, closed_until("2026-08-22T01:00:00Z"));
        let unread = RecurringTimeWindow::new().set_recurrence("FREQ=HOURLY");
        assert_eq!(told(Policy::RecurringWindow(Box::new(unread)), "2026-08-20T02:00:00Z").1, None);
    }
}
