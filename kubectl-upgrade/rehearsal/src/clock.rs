//! The engine's clock in a simulated cluster.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use upgrade_engine::Clock;
use upgrade_twin::TwinClock;

/// Tells the cluster's time, and lets it pass.
#[derive(Clone, Copy, Debug)]
pub struct StageClock(TwinClock);

impl StageClock {
    /// The clock of that cluster.
    #[must_use]
    pub const fn of(clock: TwinClock) -> Self {
        Self(clock)
    }
}

#[async_trait]
impl Clock for StageClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
