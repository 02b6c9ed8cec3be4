//! Everything that can tell a run to stop: the person, a lost lock, a lane that met trouble.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, watch};

use crate::request::StopLevel;

/// Which of the signals something under way listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heed {
    /// All of them: nothing was begun yet.
    Any,
    /// The person asking to finish, and to abandon: it can be cut short safely.
    Finish,
    /// Only the person asking to abandon.
    Abandon,
}

/// The signals of one run.
#[derive(Debug)]
pub(crate) struct Signals {
    stop: watch::Receiver<StopLevel>,
    halted: AtomicBool,
    lock_lost: OnceLock<String>,
    /// Rung when either of the two comes. Wakes in the order of waiting, as a `watch` would not.
    within: Notify,
}

impl Signals {
    pub(crate) fn new(stop: watch::Receiver<StopLevel>) -> Self {
        Self { stop, halted: AtomicBool::new(false), lock_lost: OnceLock::new(), within: Notify::new() }
    }

    /// A lane met trouble: no step starts any more.
    pub(crate) fn halt(&self) {
        self.halted.store(true, Ordering::SeqCst);
        self.within.notify_waiters();
    }

    /// The lock is someone else's now.
    pub(crate) fn lose_lock(&self, why: String) {
        // The first reason is the reason.
        let _ = self.lock_lost.set(why);
        self.within.notify_waiters();
    }

    /// Why the lock is lost, when it is.
    pub(crate) fn lock_lost(&self) -> Option<String> {
        self.lock_lost.get().cloned()
    }

    /// How urgently the person wants it to stop.
    pub(crate) fn level(&self) -> StopLevel {
        *self.stop.borrow()
    }

    /// Whether one of those signals has come.
    pub(crate) fn has_come(&self, heed: Heed) -> bool {
        self.level() >= threshold(heed) || (heed == Heed::Any && self.is_broken())
    }

    /// Returns once one of those signals has come.
    pub(crate) async fn come(&self, heed: Heed) {
        let mut stop = self.stop.clone();
        let person = async {
            if stop.wait_for(|level| *level >= threshold(heed)).await.is_err() {
                // Nobody is left who could ask.
                std::future::pending::<()>().await;
            }
        };
        let within = async {
            if heed != Heed::Any {
                std::future::pending::<()>().await;
            }
            self.breaks().await;
        };
        tokio::select! {
            biased;
            () = person => {}
            () = within => {}
        }
    }

    fn is_broken(&self) -> bool {
        self.halted.load(Ordering::SeqCst) || self.lock_lost.get().is_some()
    }

    async fn breaks(&self) {
        loop {
            // It hears of what comes from here on, though it is awaited only below.
            let rung = self.within.notified();
            if self.is_broken() {
                return;
            }
            rung.await;
        }
    }
}

const fn threshold(heed: Heed) -> StopLevel {
    match heed {
        Heed::Any | Heed::Finish => StopLevel::Finish,
        Heed::Abandon => StopLevel::Abandon,
    }
}
