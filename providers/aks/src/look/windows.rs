//! When Azure may change the cluster by itself.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upgrade_core::inventory::{CloudCluster, MaintenanceWindow};
use upgrade_provider::PortError;

use crate::arm::{API, Arm};
use crate::names::ClusterId;
use crate::wire::{Between, Maintenance, Window, read};

pub(super) async fn add(arm: &Arm, id: &ClusterId, cluster: &mut CloudCluster) -> Result<(), PortError> {
    let path = format!("{}/maintenanceConfigurations", id.path());
    for value in arm.list("ask for the maintenance windows", &path, API).await? {
        let found: Maintenance = read("a maintenance configuration", &value)?;
        cluster.maintenance.extend(of(&found));
    }
    Ok(())
}

/// The windows come again and again, so that they are told in words; what is not allowed has its days.
fn of(found: &Maintenance) -> Vec<MaintenanceWindow> {
    let exclusion = |between: &Between| MaintenanceWindow {
        name: found.name.clone(),
        exclusion: true,
        scope: "no changes by AKS itself".to_owned(),
        from: moment(&between.start),
        until: moment(&between.end),
    };
    let mut windows: Vec<MaintenanceWindow> = found.properties.not_allowed_time.iter().map(exclusion).collect();
    if let Some(window) = &found.properties.maintenance_window {
        windows.extend(window.not_allowed_dates.iter().map(exclusion));
        windows.push(MaintenanceWindow {
            name: found.name.clone(),
            exclusion: false,
            scope: words(window),
            from: None,
            until: None,
        });
    }
    windows
}

fn words(window: &Window) -> String {
    let schedule = window.schedule.keys().next().map_or("", String::as_str);
    let zone = window.utc_offset.as_deref().unwrap_or("+00:00");
    format!("{schedule}, {} h from {} {zone}", window.duration_hours, window.start_time)
}

/// A moment, or the beginning of a day.
fn moment(text: &str) -> Option<Timestamp> {
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(day)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn windows_are_told_in_words_and_exclusions_by_their_days() {
        let found: Maintenance = read("", &json!({"name": "aksManagedAutoUpgradeSchedule", "properties": {"maintenanceWindow": {
            "schedule": {"weekly": {"intervalWeeks": 1, "dayOfWeek": "Saturday"}}, "durationHours": 4, "startTime": "01:00",
            "utcOffset": "+01:00", "notAllowedDates": [{"start": "2026-12-20", "end": "2027-01-04"}]}}}))
        .unwrap();
        let windows = of(&found);
        assert_eq!(windows.len(), 2);
        assert!(windows[0].exclusion);
        assert_eq!(windows[0].from, "2026-12-20T00:00:00Z".parse().ok());
        assert_eq!(windows[1].scope, "weekly, 4 h from 01:00 +01:00");
    }
}
