//! Times as the API writes them.

use jiff::Timestamp;

/// To the second: `2026-11-22T15:30:44Z`.
pub(crate) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// To the microsecond, as Leases have it: `2026-11-22T15:30:44.123456Z`.
pub(crate) fn micros(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The time a text says, if it says one.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
