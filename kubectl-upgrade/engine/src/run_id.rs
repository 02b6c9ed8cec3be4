//! How a run is named.

use jiff::Timestamp;
use upgrade_core::ids::{PlanDigest, RunId};

/// Digits of the plan's digest in a run's name: enough to tell plans apart within one second.
const DIGEST_DIGITS: usize = 6;

/// Names a run: `20261122t164512z-7f3ce1`. Names sort by time and are DNS labels, as they become part of Lease holders,
/// annotations and systemd unit names.
#[must_use]
pub fn run_id(now: Timestamp, plan: &PlanDigest) -> RunId {
    let digest: String = plan.as_str().chars().take(DIGEST_DIGITS).collect();
    RunId::new(format!("{}-{digest}", now.strftime("%Y%m%dt%H%M%Sz")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_time_and_plan() {
        let now: Timestamp = "2026-11-22T16:45:12Z".parse().expect("a timestamp");
        let digest = PlanDigest::new("7f3ce1a9b0");
        assert_eq!(run_id(now, &digest).as_str(), "20261122t164512z-7f3ce1");
    }
}
