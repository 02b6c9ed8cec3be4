//! A number whose changes wake who waits for them, in the order they began to wait.
//!
//! In place of tokio's `watch`, which wakes its receivers in an order of chance: a story must depend on its seed alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// The number. Copies are the same number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter(Arc<(AtomicU64, Notify)>);

/// Sees the number change.
#[derive(Clone, Debug)]
pub struct Changes {
    counter: Counter,
    seen: u64,
}

impl Counter {
    pub(crate) fn new(value: u64) -> Self {
        Self(Arc::new((AtomicU64::new(value), Notify::new())))
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.0.load(Ordering::SeqCst)
    }

    /// Gives it a value, and wakes whoever waits when that is another one.
    pub(crate) fn set(&self, value: u64) {
        if self.0.0.swap(value, Ordering::SeqCst) != value {
            self.0.1.notify_waiters();
        }
    }

    /// What changes from now on.
    pub(crate) fn changes(&self) -> Changes {
        Changes { counter: self.clone(), seen: self.get() }
    }
}

impl Changes {
    /// Takes what was changed so far as seen.
    pub fn mark_seen(&mut self) {
        self.seen = self.counter.get();
    }

    /// Returns once the number is another than was last seen, and takes that as seen.
    pub async fn changed(&mut self) {
        self.differs_from(self.seen).await;
        self.mark_seen();
    }

    /// Returns once the number is not this one.
    pub(crate) async fn differs_from(&self, value: u64) {
        loop {
            // It hears of every change from here on, though it is awaited only below.
            let change = self.counter.0.1.notified();
            if self.counter.get() != value {
                return;
            }
            change.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_in_the_order_of_waiting() {
        let counter = Counter::new(1);
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiting: Vec<_> = (0..20)
            .map(|number| {
                let (mut changes, order) = (counter.changes(), Arc::clone(&order));
                tokio::spawn(async move {
                    changes.changed().await;
                    order.lock().unwrap().push(number);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        counter.set(1);
        tokio::task::yield_now().await;
        assert_eq!(order.lock().unwrap().len(), 0, "nothing changed");
        counter.set(2);
        for waits in waiting {
            waits.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }
}
