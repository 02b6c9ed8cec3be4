//! A duration that differs from time to time.

use std::time::Duration;

use serde::Serialize;

/// The least, the middle and the most of several durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The least.
    #[serde(rename = "low_s", serialize_with = "seconds")]
    pub low: Duration,
    /// The one in the middle.
    #[serde(rename = "middle_s", serialize_with = "seconds")]
    pub middle: Duration,
    /// The most.
    #[serde(rename = "high_s", serialize_with = "seconds")]
    pub high: Duration,
}

impl Spread {
    /// Of those durations; none of none.
    #[must_use]
    pub fn of(durations: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut all: Vec<Duration> = durations.into_iter().collect();
        all.sort_unstable();
        Some(Self { low: *all.first()?, middle: *all.get(all.len() / 2)?, high: *all.last()? })
    }
}

/// A duration in whole seconds.
pub(crate) fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_several_stands_between_its_ends() {
        let spread = Spread::of([300, 60, 120].map(Duration::from_secs)).unwrap();
        let expected = [60, 120, 300].map(Duration::from_secs);
        assert_eq!([spread.low, spread.middle, spread.high], expected);
        assert_eq!(Spread::of([]), None);
    }
}
