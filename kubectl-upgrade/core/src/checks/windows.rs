//! KU0708 and KU0712: when those who look after a cluster want it changed, and when not. A cloud minds that in what it does
//! by itself alone; this tool minds it too.

use jiff::{SignedDuration, Timestamp};

use super::CheckContext;
use super::words::finding;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::{CloudCluster, MaintenanceWindow, Moves, Opening, countdown};

/// What begins or ends within this time is told of.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(super) fn all(cloud: &CloudCluster, now: Timestamp, context: &CheckContext<'_>) -> Vec<Finding> {
    let control_plane = context.hops.iter().map(|(from, to)| match from.minor() == to.minor() {
        true => Moves::Patch,
        false => Moves::Minor,
    });
    let moves: Vec<Moves> = control_plane.chain([Moves::Nodes]).collect();
    let of = |exclusion: bool| cloud.maintenance.iter().filter(move |window| window.exclusion == exclusion);
    let mut findings: Vec<Finding> = of(true).filter_map(|window| exclusion(window, now, &moves)).collect();
    findings.extend(of(false).filter_map(|window| unread(window, &moves)));
    findings.extend(windows(cloud, now, &moves, context));
    findings
}

/// KU0708: a time in which someone does not want the cluster changed, with the day on which it ends.
fn exclusion(window: &MaintenanceWindow, now: Timestamp, moves: &[Moves]) -> Option<Finding> {
    let code = FindingCode::MaintenanceExclusion;
    let subject = format!("exclusion {}", window.name);
    let until = window.until.map_or_else(|| "without an end".to_owned(), |until| format!("until {}", moment(until)));
    if !window.holds_at(now) {
        let from = window.from.filter(|from| now < *from && from.duration_since(now) < SOON)?;
        let found = format!("{} from {} {until}: steps that it names are refused then", window.scope, moment(from));
        return Some(finding(code, Severity::Note, subject, found, "see that the run ends before"));
    }
    let severity = match moves.iter().any(|moves| window.forbids(*moves)) {
        true => Severity::Blocker,
        false => Severity::Warning,
    };
    let found = format!("{} {until}: someone does not want this cluster changed now", window.scope);
    let remedy = match window.until {
        Some(until) => {
            format!("run after {}, or ask who set it and go on all the same: --accept KU0708", moment(until))
        }
        None => "ask who set it, and take it away".to_owned(),
    };
    Some(finding(code, severity, subject, found, remedy))
}

/// KU0712: the next time the run has to wait for a window, where that is foreseen.
fn windows(cloud: &CloudCluster, now: Timestamp, moves: &[Moves], context: &CheckContext<'_>) -> Option<Finding> {
    let code = FindingCode::MaintenanceClosed;
    let subject = "the maintenance window";
    let openings = moves.iter().filter_map(|moves| cloud.opening(*moves, now));
    // Of what moves at different times, that which moves last keeps the run.
    let opening = openings.reduce(Opening::later)?;
    let accepted = context.options.accepted.contains(&code);
    let (severity, found, remedy) = match opening {
        _ if accepted => (
            Severity::Note,
            "not waited for, as was accepted".to_owned(),
            "nothing; the run goes on at any time".to_owned(),
        ),
        Opening::Open { until } if until.duration_since(now) < SOON => {
            let found = format!("open until {}, for {} more", moment(until), countdown(now, until));
            let remedy = "nothing; what has begun by then goes on, and what has not waits for it to open again";
            (Severity::Note, found, remedy.to_owned())
        }
        Opening::Open { .. } => return None,
        Opening::Closed { opens: Some(opens) } => {
            let found = format!("closed; it opens at {}, in {}", moment(opens), countdown(now, opens));
            let remedy = "nothing; run waits for it, and again when it closes; to go on at any time: --accept KU0712";
            (Severity::Warning, found, remedy.to_owned())
        }
        Opening::Closed { opens: None } => {
            let remedy = "set another, or go on at any time: --accept KU0712; without that the run would wait in vain";
            (Severity::Blocker, "closed, and it does not open again".to_owned(), remedy.to_owned())
        }
    };
    Some(finding(code, severity, subject.to_owned(), found, remedy))
}

/// KU0712: a window about what the plan moves, of which nobody can tell when it is open.
fn unread(window: &MaintenanceWindow, moves: &[Moves]) -> Option<Finding> {
    let unread = window.schedule.is_none() && window.covers.iter().any(|covered| moves.contains(covered));
    unread.then(|| {
        let found = format!("{}: when it is open could not be read, so it is not waited for", window.scope);
        let remedy = "start the run while it is open";
        let subject = format!("window {}", window.name);
        finding(FindingCode::MaintenanceClosed, Severity::Warning, subject, found, remedy)
    })
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::facts::Facts;
    use crate::fixtures::{OBSERVED_AT, managed};
    use crate::inventory::Schedule;
    use crate::plan::{Options, ProviderKind};
    use crate::version::Version;

    /// What is told of a window of these days and hours; of a cluster on its way from 1.33 to 1.34.
    fn told(days: &str, hours: u32, accepted: &[FindingCode]) -> Vec<(Severity, String)> {
        let version = Version::new(1, 33, 7);
        let mut inventory = managed(ProviderKind::Gke, &version);
        let cloud = inventory.cloud.as_mut().unwrap();
        let first = date(2026, 1, 3);
        let schedule =
            Schedule { days: days.parse().unwrap(), first, opens: time(1, 0, 0, 0), ahead_s: 0, open_s: hours * 3600 };
        cloud.maintenance.push(MaintenanceWindow {
            name: "window".to_owned(),
            exclusion: false,
            scope: days.to_owned(),
            covers: Moves::ALL.to_vec(),
            from: None,
            until: None,
            schedule: Some(schedule),
        });
        let options = Options { accepted: accepted.to_vec(), ..Options::default() };
        let context = CheckContext {
            hops: vec![(version, Version::new(1, 34, 3))],
            today: date(2026, 11, 22),
            options: &options,
            kubectl: None,
            facts: Facts::shared(),
        };
        let found = all(cloud, OBSERVED_AT, &context).into_iter();
        found.map(|finding| (finding.severity, finding.found)).collect()
    }

    #[test]
    fn a_closed_window_is_told_with_the_time_it_opens() {
        let now = OBSERVED_AT.to_string();
        let [(severity, found)] = &told("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", 6, &[])[..] else { panic!("{now}") };
        assert_eq!(*severity, Severity::Warning);
        assert!(found.starts_with("closed; it opens at 2026-12-25 01:00 UTC, in "), "{found} at {now}");
        let [(Severity::Blocker, found)] = &told("FREQ=DAILY;UNTIL=20260201", 6, &[])[..] else { panic!("{now}") };
        assert_eq!(found, "closed, and it does not open again");
        let [(Severity::Note, found)] = &told("FREQ=DAILY;UNTIL=20260201", 6, &[FindingCode::MaintenanceClosed])[..]
        else {
            panic!("{now}")
        };
        assert!(found.contains("accepted"), "{found}");
        assert_eq!(told("FREQ=DAILY", 24, &[]), [], "it is open at any time");
    }
}
