//! When GKE may and may not change the cluster by itself.

use google_cloud_container_v1::model::maintenance_window::Policy;
use google_cloud_container_v1::model::time_window::Options;
use google_cloud_container_v1::model::{Cluster, TimeWindow};
use jiff::Timestamp;
use upgrade_core::inventory::MaintenanceWindow;

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
        MaintenanceWindow { name: name.clone(), exclusion: true, scope: scope(time), from, until }
    }));
    windows
}

fn allowed(policy: &Policy) -> Option<MaintenanceWindow> {
    let window = |scope: String, from, until| MaintenanceWindow {
        name: "maintenance window".to_owned(),
        exclusion: false,
        scope,
        from,
        until,
    };
    match policy {
        Policy::DailyMaintenanceWindow(daily) => {
            Some(window(format!("every day from {} UTC", daily.start_time), None, None))
        }
        Policy::RecurringWindow(recurring) => {
            let (from, until) = recurring.window.as_ref().map_or((None, None), times);
            Some(window(recurring.recurrence.clone(), from, until))
        }
        Policy::RecurringMaintenanceWindow(recurring) => Some(window(recurring.recurrence.clone(), None, None)),
        _ => None,
    }
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

fn times(time: &TimeWindow) -> (Option<Timestamp>, Option<Timestamp>) {
    let at = |seconds: i64| Timestamp::from_second(seconds).ok();
    (
        time.start_time.as_ref().and_then(|time| at(time.seconds())),
        time.end_time.as_ref().and_then(|time| at(time.seconds())),
    )
}
