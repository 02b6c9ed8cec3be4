//! Keeps the cluster's lock for as long as the run lasts.

use std::convert::Infallible;
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
}

impl Keeper {
    /// Keeps a lock that was just acquired.
    pub(crate) fn new(lock: Arc<dyn Lock>, clock: Arc<dyn Clock>, signals: Arc<Signals>) -> Self {
        let renewed = Mutex::new(clock.elapsed());
        Self { lock, clock, signals, renewed }
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

    fn term(&self) -> Duration {
        Duration::from_secs(self.lock.renew_every_s().max(1))
    }

    async fn renew(&self) -> Hold {
        let asked = self.clock.elapsed();
        match self.lock.renew().await {
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
