//! The twin's time of day: an epoch, moved on by tokio's clock.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Tells the twin's time. Copies tell the same time.
#[derive(Clone, Copy, Debug)]
pub struct TwinClock {
    epoch: Timestamp,
    started: Instant,
}

impl TwinClock {
    /// A clock that shows `epoch` now.
    #[must_use]
    pub fn starting(epoch: Timestamp) -> Self {
        Self { epoch, started: Instant::now() }
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let passed = jiff::SignedDuration::try_from(self.elapsed()).unwrap_or(jiff::SignedDuration::MAX);
        self.epoch.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Time since the epoch.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The moment on tokio's clock at which so much time has passed since the epoch.
    #[must_use]
    pub fn moment(&self, elapsed: Duration) -> Instant {
        self.started + elapsed
    }
}
