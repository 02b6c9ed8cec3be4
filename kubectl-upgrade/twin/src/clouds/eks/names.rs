//! Names and figures, as AWS writes them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::clouds::Place;
use crate::digest;

/// Seconds since the epoch, as the wire has times.
pub(super) fn time(at: Timestamp) -> Value {
    let millis = at.as_millisecond();
    json!(millis as f64 / 1000.0)
}

/// The beginning of a day.
pub(super) fn day(date: Date) -> Value {
    date.to_zoned(TimeZone::UTC).map_or(Value::Null, |day| time(day.timestamp()))
}

/// The ARN of the cluster, or of something of it: `nodegroup/shop/main/ID`.
pub(super) fn arn(place: &Place, resource: &str) -> String {
    format!("arn:aws:eks:{}:{}:{resource}", place.region, place.account)
}

/// The role of that name.
pub(super) fn role(place: &Place, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", place.account)
}

/// An id of AWS for that text: `subnet-0f3a…`.
pub(super) fn id(kind: &str, of: &str) -> String {
    let hash = digest::fnv64(of);
    format!("{kind}-0{hash:016x}")
}
