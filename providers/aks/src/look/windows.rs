//! When Azure may change the cluster by itself.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use upgrade_core::inventory::{CloudCluster, MaintenanceWindow, Moves, Recurrence, Schedule};
use upgrade_provider::PortError;

use crate::arm::{API, Arm};
use crate::names::ClusterId;
use crate::wire::{Between, Maintenance, Window, read};

/// The configuration for upgrades of Kubernetes. Those of other names are for AKS's own releases, and for images alone.
const UPGRADES: &str = "aksManagedAutoUpgradeSchedule";

/// The configuration for the operating system of nodes, which changes with every node that a pool replaces.
const NODES: &str = "aksManagedNodeOSUpgradeSchedule";

/// What intervals are counted from that leave nothing out, where Azure tells no first day: before there was AKS.
const LONG_AGO: Date = jiff::civil::date(2017, 1, 1);

pub(super) async fn add(arm: &Arm, id: &ClusterId, cluster: &mut CloudCluster) -> Result<(), PortError> {
    let path = format!("{}/maintenanceConfigurations", id.path());
    let found = arm.list("ask for the maintenance windows", &path, API).await?;
    let found: Result<Vec<Maintenance>, PortError> =
        found.iter().map(|value| read("a maintenance configuration", value)).collect();
    cluster.maintenance.extend(all(&found?));
    Ok(())
}

fn all(found: &[Maintenance]) -> Vec<MaintenanceWindow> {
    let for_upgrades = found.iter().any(|one| one.name == UPGRADES);
    let windows = found.iter().flat_map(|one| {
        let covers = match one.name.as_str() {
            UPGRADES => Moves::ALL.to_vec(),
            // Where both are set, the one for upgrades says when nodes are upgraded.
            NODES if !for_upgrades => vec![Moves::Nodes],
            _ => Vec::new(),
        };
        of(one, &covers)
    });
    windows.collect()
}

/// The windows of one configuration, which come again, and the days on which it allows nothing.
fn of(found: &Maintenance, covers: &[Moves]) -> Vec<MaintenanceWindow> {
    let window = |exclusion, scope, schedule| MaintenanceWindow {
        name: found.name.clone(),
        exclusion,
        scope,
        covers: covers.to_vec(),
        from: None,
        until: None,
        schedule,
    };
    let words = if covers.is_empty() { "no changes by AKS itself" } else { "no upgrades" };
    let times = found.properties.not_allowed_time.iter().map(|between| (moment(&between.start), moment(&between.end)));
    let mut spans: Vec<_> = times.collect();
    let own = found.properties.maintenance_window.as_ref();
    spans.extend(own.into_iter().flat_map(|own| own.not_allowed_dates.iter().map(|days| whole_days(days, own))));
    let exclusion = |(from, until)| MaintenanceWindow { from, until, ..window(true, words.to_owned(), None) };
    let mut windows: Vec<MaintenanceWindow> = spans.into_iter().map(exclusion).collect();
    windows.extend(own.map(|own| window(false, in_words(own), schedule(own))));
    windows
}

fn in_words(window: &Window) -> String {
    let days = rule(window).unwrap_or_else(|| window.schedule.keys().next().cloned().unwrap_or_default());
    let zone = window.utc_offset.as_deref().unwrap_or("+00:00");
    format!("{days}, {} h from {} {zone}", window.duration_hours, window.start_time)
}

fn schedule(window: &Window) -> Option<Schedule> {
    let days: Recurrence = rule(window)?.parse().ok()?;
    let first = match &window.start_date {
        Some(day) => day.parse().ok()?,
        // Without a first day nobody knows which week or month an interval leaves out.
        None if interval(window)? > 1 => return None,
        None => LONG_AGO,
    };
    let opens: Time = window.start_time.parse().ok()?;
    let open_s = window.duration_hours.checked_mul(3600).filter(|open| *open > 0)?;
    Some(Schedule { days, first, opens, ahead_s: ahead_s(window)?, open_s })
}

/// The name of its kind of schedule, and what that says.
fn kind(window: &Window) -> Option<(&str, &Value)> {
    window.schedule.iter().find(|(_, value)| value.is_object()).map(|(kind, value)| (kind.as_str(), value))
}

fn interval(window: &Window) -> Option<u64> {
    let (kind, value) = kind(window)?;
    value
        .get(match kind {
            "daily" => "intervalDays",
            "weekly" => "intervalWeeks",
            "absoluteMonthly" | "relativeMonthly" => "intervalMonths",
            _ => return None,
        })?
        .as_u64()
}

/// The days as a rule of calendars.
fn rule(window: &Window) -> Option<String> {
    let (kind, value) = kind(window)?;
    let interval = interval(window)?;
    let every = if interval == 1 { String::new() } else { format!(";INTERVAL={interval}") };
    let weekday = || Some(value.get("dayOfWeek")?.as_str()?.get(..2)?.to_ascii_uppercase());
    Some(match kind {
        "daily" => format!("FREQ=DAILY{every}"),
        "weekly" => format!("FREQ=WEEKLY{every};BYDAY={}", weekday()?),
        "absoluteMonthly" => format!("FREQ=MONTHLY{every};BYMONTHDAY={}", value.get("dayOfMonth")?.as_u64()?),
        "relativeMonthly" => {
            let place = match value.get("weekIndex")?.as_str()? {
                "First" => 1,
                "Second" => 2,
                "Third" => 3,
                "Fourth" => 4,
                "Last" => -1,
                _ => return None,
            };
            format!("FREQ=MONTHLY{every};BYDAY={place}{}", weekday()?)
        }
        _ => return None,
    })
}

/// Seconds by which the window's own time is ahead of UTC: `-07:00`.
fn ahead_s(window: &Window) -> Option<i32> {
    let Some(text) = window.utc_offset.as_deref() else { return Some(0) };
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        (_, _) => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let part = |text: &str| text.parse::<i32>().ok().filter(|part| (0..60).contains(part));
    Some(sign * (part(hours)? * 3600 + part(minutes)? * 60))
}

/// From the beginning of the first day to the end of the last, in the window's own time.
fn whole_days(days: &Between, window: &Window) -> (Option<Timestamp>, Option<Timestamp>) {
    let zone = ahead_s(window).and_then(|ahead| Offset::from_seconds(ahead).ok()).unwrap_or(Offset::UTC);
    let begins = |day: Date| zone.to_timestamp(day.to_datetime(Time::midnight())).ok();
    let day = |text: &str| text.parse::<Date>().ok();
    (day(&days.start).and_then(begins), day(&days.end).and_then(|last| begins(last.saturating_add(1.day()))))
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use upgrade_core::inventory::Opening;

    use super::*;

    fn configuration(name: &str, schedule: &Value) -> Maintenance {
        read(
            "",
            &json!({ "name": name, "properties": { "maintenanceWindow": {
                "schedule": schedule, "durationHours": 4, "startDate": "2026-01-01", "startTime": "01:00",
                "utcOffset": "+01:00", "notAllowedDates": [{ "start": "2026-12-20", "end": "2027-01-04" }],
            } } }),
        )
        .unwrap()
    }

    fn weekly() -> Value {
        json!({ "weekly": { "intervalWeeks": 1, "dayOfWeek": "Saturday" } })
    }

    #[test]
    fn what_is_not_allowed_lasts_to_the_end_of_its_last_day() {
        let windows = all(&[configuration(UPGRADES, &weekly())]);
        assert_eq!(windows.len(), 2);
        assert!(windows[0].exclusion && windows[0].forbids(Moves::Minor));
        assert_eq!(windows[0].from, "2026-12-19T23:00:00Z".parse().ok());
        assert_eq!(windows[0].until, "2027-01-04T23:00:00Z".parse().ok());
        assert_eq!(windows[1].scope, "FREQ=WEEKLY;BYDAY=SA, 4 h from 01:00 +01:00");
    }

    #[test]
    fn each_form_of_schedule_is_read() {
        for (schedule, opens) in [
            (weekly(), "2026-08-29T00:00:00Z"),
            (json!({ "daily": { "intervalDays": 2 } }), "2026-08-25T00:00:00Z"),
            (json!({ "absoluteMonthly": { "intervalMonths": 3, "dayOfMonth": 15 } }), "2026-10-15T00:00:00Z"),
            (
                json!({ "relativeMonthly": { "intervalMonths": 1, "weekIndex": "Last", "dayOfWeek": "Monday" } }),
                "2026-08-31T00:00:00Z",
            ),
        ] {
            let windows = all(&[configuration(UPGRADES, &schedule)]);
            let found =
                windows[1].schedule.as_ref().map(|schedule| schedule.at("2026-08-24T10:00:00Z".parse().unwrap()));
            assert_eq!(found, Some(Opening::Closed { opens: opens.parse().ok() }), "{schedule}");
        }
        let unknown = all(&[configuration(UPGRADES, &json!({ "hourly": {} }))]);
        assert_eq!(unknown[1].schedule, None);
    }

    #[test]
    fn each_configuration_is_about_what_its_name_says() {
        let covers = |names: &[&str]| {
            let found: Vec<Maintenance> = names.iter().map(|name| configuration(name, &weekly())).collect();
            all(&found).into_iter().filter(|window| !window.exclusion).map(|window| window.covers).collect::<Vec<_>>()
        };
        assert_eq!(covers(&["default", NODES]), [vec![], vec![Moves::Nodes]]);
        assert_eq!(covers(&[NODES, UPGRADES]), [vec![], Moves::ALL.to_vec()]);
    }
}
