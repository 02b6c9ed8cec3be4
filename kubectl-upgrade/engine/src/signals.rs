//! Everything that can tell a run to stop: the person, a lost lock, a lane that met trouble.

use tokio::sync::watch;

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

/// What came from within the run.
#[derive(Clone, Debug, Default)]
struct Inner {
    halted: bool,
    lock_lost: Option<String>,
}

/// The signals of one run.
#[derive(Debug)]
pub(crate) struct Signals {
    stop: watch::Receiver<StopLevel>,
    inner: watch::Sender<Inner>,
}

impl Signals {
    pub(crate) fn new(stop: watch::Receiver<StopLevel>) -> Self {
        Self { stop, inner: watch::Sender::new(Inner::default()) }
    }

    /// A lane met trouble: no step starts any more.
    pub(crate) fn halt(&self) {
        self.inner.send_modify(|inner| inner.halted = true);
    }

    /// The lock is someone else's now.
    pub(crate) fn lose_lock(&self, why: String) {
        self.inner.send_modify(|inner| inner.lock_lost = Some(why));
    }

    /// Why the lock is lost, when it is.
    pub(crate) fn lock_lost(&self) -> Option<String> {
        self.inner.borrow().lock_lost.clone()
    }

    /// How urgently the person wants it to stop.
    pub(crate) fn level(&self) -> StopLevel {
        *self.stop.borrow()
    }

    /// Whether one of those signals has come.
    pub(crate) fn has_come(&self, heed: Heed) -> bool {
        let inner = self.inner.borrow();
        let within = inner.halted || inner.lock_lost.is_some();
        self.level() >= threshold(heed) || (heed == Heed::Any && within)
    }

    /// Returns once one of those signals has come.
    pub(crate) async fn come(&self, heed: Heed) {
        let mut stop = self.stop.clone();
        let mut inner = self.inner.subscribe();
        let person = async {
            if stop.wait_for(|level| *level >= threshold(heed)).await.is_err() {
                // Nobody is left who could ask.
                std::future::pending::<()>().await;
            }
        };
        let within = async {
            if heed != Heed::Any || inner.wait_for(|inner| inner.halted || inner.lock_lost.is_some()).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = person => {}
            () = within => {}
        }
    }
}

const fn threshold(heed: Heed) -> StopLevel {
    match heed {
        Heed::Any | Heed::Finish => StopLevel::Finish,
        Heed::Abandon => StopLevel::Abandon,
    }
}
