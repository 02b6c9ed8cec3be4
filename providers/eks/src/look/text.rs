//! The SDK's values as ours.

use aws_sdk_eks::primitives::DateTime;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upgrade_core::version::{Minor, Version};
use upgrade_provider::{ErrorKind, PortError};

/// EKS names control planes and node groups by their minor: `1.34`.
pub(super) fn minor(text: Option<&str>, of: &str) -> Result<Minor, PortError> {
    let text = text.unwrap_or_default();
    text.parse().map_err(|error| {
        let message = format!("expected EKS to tell the version of {of}, found {text:?}");
        PortError::new(ErrorKind::Malformed, message).because(error)
    })
}

/// The version that stands for a minor whose patch is EKS's own business.
pub(super) fn version(minor: Minor) -> Version {
    Version::new(minor.major, minor.minor, 0)
}

pub(super) fn moment(at: Option<&DateTime>) -> Option<Timestamp> {
    let at = at?;
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

pub(super) fn day(at: Option<&DateTime>) -> Option<Date> {
    moment(at).map(|at| at.to_zoned(TimeZone::UTC).date())
}
