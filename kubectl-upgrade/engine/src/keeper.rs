//! Keeps the cluster's lock for as long as the run lasts.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use upgrade_provider::{Lock, LockError};

use crate::clock::Clock;
use crate::observe::with_sources;
use crate::signals::Signals;

/// How soon a renewal that could not be asked for is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// Whether the lock is known to be this run's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It was within its last term.
    Ours,
    /// It is someone else's.
    Lost,
    /// It could not be asked for; why.
    Unknown(String),
}

/// The keeper of the lock.
pub(crate) struct Keeper {
    lock: Arc<dyn Lock>,
    clock: Arc<dyn Clock>,
    signals: Arc<Signals>,
    renewed: Mutex<Duration>,
    /// Whether what the API knows, the lock with it, is being put back to what it was earlier.
    rewinding: AtomicBool,
}

impl Keeper {
    /// Keeps a lock that was just acquired.
    pub(crate) fn new(lock: Arc<dyn Lock>, clock: Arc<dyn Clock>, signals: Arc<Signals>) -> Self {
        let renewed = Mutex::new(clock.elapsed());
        Self { lock, clock, signals, renewed, rewinding: AtomicBool::new(false) }
    }

    /// Renews until the lock is lost; never returns.
    pub(crate) async fn keep(&self) -> Infallible {
        let mut pause = self.term();
        loop {
            self.clock.sleep(pause).await;
            pause = match self.renew().await {
                Hold::Ours => self.term(),
                Hold::Unknown(_) => RETRY.min(self.term()),
                Hold::Lost => std::future::pending().await,
            };
        }
    }

    /// Says whether the lock is this run's, asking when the last answer is older than a term: an answer that old may
    /// have been overtaken.
    pub(crate) async fn confirm(&self) -> Hold {
        if self.signals.lock_lost().is_some() {
            return Hold::Lost;
        }
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if self.clock.elapsed().saturating_sub(renewed) <= self.term() { Hold::Ours } else { self.renew().await }
    }

    /// Lets a lock that is someone else's, or gone, be taken anew, once: a step of this run puts everything back to what it
    /// was when another run held it.
    pub(crate) fn rewinds(&self) {
        self.rewinding.store(true, Ordering::SeqCst);
    }

    fn term(&self) -> Duration {
        Duration::from_secs(self.lock.renew_every_s().max(1))
    }

    async fn renew(&self) -> Hold {
        let asked = self.clock.elapsed();
        let renewed = match self.lock.renew().await {
            Err(LockError::Taken { .. }) if self.rewinding.swap(false, Ordering::SeqCst) => {
                self.lock.acquire(true).await
            }
            renewed => renewed,
        };
        match renewed {
            Ok(()) => {
                *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
                Hold::Ours
            }
            Err(error @ LockError::Taken { .. }) => {
                self.signals.lose_lock(error.to_string());
                Hold::Lost
            }
            Err(error @ LockError::Port(_)) => Hold::Unknown(with_sources(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use async_trait::async_trait;
    use tokio::sync::watch;

    use super::*;
    use crate::clock::SystemClock;
    use crate::request::StopLevel;

    /// A lock that another run holds until it is taken over.
    #[derive(Default)]
    struct Foreign {
        taken: AtomicBool,
        asked: AtomicU32,
    }

    #[async_trait]
    impl Lock for Foreign {
        async fn acquire(&self, takeover: bool) -> Result<(), LockError> {
            assert!(takeover);
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.taken.store(true, Ordering::SeqCst);
            Ok(())
        }

        async fn renew(&self) -> Result<(), LockError> {
            if self.taken.load(Ordering::SeqCst) {
                return Ok(());
            }
            Err(LockError::Taken { holder: "r0 jane".to_owned(), renewed_s_ago: 600, stale: true })
        }

        fn renew_every_s(&self) -> u64 {
            15
        }

        async fn release(&self) -> Result<(), LockError> {
            Ok(())
        }
    }

    fn keeper(lock: &Arc<Foreign>) -> (Keeper, watch::Sender<StopLevel>) {
        let (stop, stopped) = watch::channel(StopLevel::Go);
        let signals = Arc::new(Signals::new(stopped));
        (Keeper::new(lock.clone(), Arc::new(SystemClock::new()), signals), stop)
    }

    #[tokio::test]
    async fn a_lock_that_was_put_back_to_another_run_is_taken_anew_once() {
        let lock = Arc::new(Foreign::default());
        let (keeper, _stop) = keeper(&lock);
        keeper.rewinds();
        assert_eq!(keeper.renew().await, Hold::Ours);
        lock.taken.store(false, Ordering::SeqCst);
        assert_eq!(keeper.renew().await, Hold::Lost);
        assert_eq!(lock.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_lock_that_was_taken_over_is_lost() {
        let lock = Arc::new(Foreign::default());
        let (keeper, _stop) = keeper(&lock);
        assert_eq!(keeper.renew().await, Hold::Lost);
    }
}
