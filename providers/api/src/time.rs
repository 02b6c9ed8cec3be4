//! The time of day as adapters see it.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time of day. The computer's own unless another is given: a simulated cluster has a time of its own, and what
/// is observed of it must be dated by that.
#[derive(Clone)]
pub struct TimeOfDay(Option<Arc<Told>>);

type Told = dyn Fn() -> Timestamp + Send + Sync;

impl TimeOfDay {
    /// The computer's own.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// As told by a function.
    #[must_use]
    pub fn told_by(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.as_ref().map_or_else(Timestamp::now, |told| told())
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "TimeOfDay(given)" } else { "TimeOfDay(system)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_given_is_told() {
        let epoch: Timestamp = "2018-07-01T00:00:00Z".parse().unwrap();
        assert_eq!(TimeOfDay::told_by(move || epoch).now(), epoch);
        assert!(TimeOfDay::system().now() > epoch);
    }
}
