//! KU0404: clocks that do not agree.

use super::CheckContext;
use super::words::finding;
use crate::finding::{Finding, FindingCode, Severity};
use crate::inventory::Inventory;
use crate::plan::LEASE_FRESH_S;

/// Beyond this, times in logs and certificates of different hosts no longer line up.
const APART_MS: i64 = 5_000;

const REMEDY: &str = "set up time synchronisation (chrony, systemd-timesyncd) on the hosts and here";

/// KU0404. A host as far from here as a Lease may be old is a blocker: its living kubelet would look dead, and no gate
/// behind it would ever open. Hosts merely apart from each other are a warning.
pub(super) fn skew(inventory: &Inventory, _: &CheckContext<'_>) -> Vec<Finding> {
    let limit = LEASE_FRESH_S.saturating_mul(1_000);
    let code = FindingCode::ClockSkew;
    let far: Vec<Finding> = inventory
        .hosts
        .iter()
        .filter(|(_, host)| host.clock_offset_ms.saturating_abs() > limit)
        .map(|(name, host)| {
            let found = format!(
                "{} from the clock here; Leases are trusted for {LEASE_FRESH_S} s",
                seconds(host.clock_offset_ms)
            );
            finding(code, Severity::Blocker, format!("host {name}"), found, REMEDY)
        })
        .collect();
    if !far.is_empty() {
        return far;
    }
    let offset = |(_, host): &(_, &crate::inventory::Host)| host.clock_offset_ms;
    let (Some(behind), Some(ahead)) =
        (inventory.hosts.iter().min_by_key(offset), inventory.hosts.iter().max_by_key(offset))
    else {
        return Vec::new();
    };
    let apart = ahead.1.clock_offset_ms.saturating_sub(behind.1.clock_offset_ms);
    if apart <= APART_MS {
        return Vec::new();
    }
    let subject = format!("hosts {} and {}", behind.0, ahead.0);
    vec![finding(code, Severity::Warning, subject, format!("clocks are {} apart", seconds(apart)), REMEDY)]
}

fn seconds(ms: i64) -> String {
    format!("{}.{} s", ms.saturating_abs() / 1_000, ms.saturating_abs() % 1_000 / 100)
}
