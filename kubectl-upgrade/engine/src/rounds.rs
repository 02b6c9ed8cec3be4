//! One look for all who ask at the same time.
//!
//! A look at all nodes of a large cluster is much work for its API server, and a hundred lanes side by side would ask for
//! a hundred of them each second. Who asks while a look is under way waits for the next one, which starts after they
//! asked, and all of them take what it sees: nobody is handed what was seen before they asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use upgrade_core::inventory::Inventory;
use upgrade_provider::{Observer, PortError};

use crate::look::outline;
use crate::observe::with_sources;

type Look = Shared<BoxFuture<'static, Arc<Result<Inventory, PortError>>>>;

/// The look under way and the one after it.
#[derive(Default)]
pub(crate) struct Rounds(Arc<Mutex<Under>>);

#[derive(Default)]
struct Under {
    /// The look that has started.
    way: Option<Look>,
    /// The look that starts when that one has ended.
    next: Option<Look>,
}

impl Rounds {
    /// Looks at nodes, versions and health, alone or with others who ask now.
    pub(crate) async fn look(&self, api: &Arc<dyn Observer>) -> Result<Inventory, PortError> {
        let seen = self.join(api).await;
        Arc::try_unwrap(seen).unwrap_or_else(|shared| match &*shared {
            Ok(inventory) => Ok(inventory.clone()),
            Err(error) => {
                let copy = PortError::new(error.kind, with_sources(error));
                Err(PortError { hint: error.hint.clone(), ..copy })
            }
        })
    }

    /// The first look that starts from now on.
    fn join(&self, api: &Arc<dyn Observer>) -> Look {
        let mut under = lock(&self.0);
        match (&under.way, &under.next) {
            (_, Some(next)) => next.clone(),
            (Some(before), None) => {
                let (before, own, api) = (before.clone(), Arc::downgrade(&self.0), Arc::clone(api));
                let look = async move {
                    // Whoever waits for this one sees the one before to its end, even if all who asked for it left.
                    before.await;
                    with(&own, |under| under.way = under.next.take());
                    observed(own, api).await
                };
                under.next.insert(look.boxed().shared()).clone()
            }
            (None, None) => {
                let look = observed(Arc::downgrade(&self.0), Arc::clone(api));
                under.way.insert(look.boxed().shared()).clone()
            }
        }
    }
}

/// The look under way, which makes room when it has ended.
async fn observed(own: Weak<Mutex<Under>>, api: Arc<dyn Observer>) -> Arc<Result<Inventory, PortError>> {
    let seen = api.observe(&outline()).await;
    // Only the first of the two is ever under way, and the second waits for its end.
    with(&own, |under| under.way = None);
    Arc::new(seen)
}

fn with(own: &Weak<Mutex<Under>>, change: impl FnOnce(&mut Under)) {
    if let Some(own) = own.upgrade() {
        change(&mut lock(&own));
    }
}

fn lock(under: &Mutex<Under>) -> MutexGuard<'_, Under> {
    under.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use async_trait::async_trait;
    use futures::future::join_all;
    use tokio::time::{Instant, sleep, timeout};
    use upgrade_core::fixtures;
    use upgrade_core::scope::Scope;
    use upgrade_core::version::Version;
    use upgrade_provider::ErrorKind;

    use super::*;

    /// Takes a second for a look; what it sees says when the look started.
    struct Slow {
        born: Instant,
        looks: AtomicUsize,
        fails: bool,
    }

    #[async_trait]
    impl Observer for Slow {
        async fn observe(&self, _: &Scope) -> Result<Inventory, PortError> {
            self.looks.fetch_add(1, Ordering::SeqCst);
            let mut seen = fixtures::healthy(&Version::new(1, 34, 2));
            seen.observed_at = fixtures::OBSERVED_AT + self.born.elapsed();
            sleep(Duration::from_secs(1)).await;
            if self.fails { Err(PortError::new(ErrorKind::Away, "gone").hint("wait")) } else { Ok(seen) }
        }

        async fn changed(&self, _: &Scope, _: Duration) {}
    }

    fn slow(fails: bool) -> (Arc<Slow>, Arc<dyn Observer>) {
        let slow = Arc::new(Slow { born: Instant::now(), looks: AtomicUsize::new(0), fails });
        (slow.clone(), slow)
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_handed_what_was_seen_before_they_asked() {
        let (slow, api) = slow(false);
        let rounds = Rounds::default();
        let asks = (0..100).map(|number| {
            let (rounds, api, slow) = (&rounds, &api, &slow);
            async move {
                sleep(Duration::from_millis(37 * number)).await;
                let asked = fixtures::OBSERVED_AT + slow.born.elapsed();
                let seen = rounds.look(api).await.unwrap();
                assert!(seen.observed_at >= asked, "{number}");
            }
        });
        join_all(asks).await;
        // 3.7 seconds of asking, a second for each look.
        assert_eq!(slow.looks.load(Ordering::SeqCst), 5);
        assert!(rounds.look(&api).await.unwrap().observed_at > fixtures::OBSERVED_AT + Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_keeps_nobody_waiting() {
        let (slow, api) = slow(false);
        let rounds = Rounds::default();
        for _ in 0..3 {
            assert!(timeout(Duration::from_millis(100), rounds.look(&api)).await.is_err());
        }
        let asked = fixtures::OBSERVED_AT + slow.born.elapsed();
        assert!(rounds.look(&api).await.unwrap().observed_at >= asked);
        let asked = fixtures::OBSERVED_AT + slow.born.elapsed();
        assert!(rounds.look(&api).await.unwrap().observed_at >= asked);
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_asked_are_told_why_nothing_was_seen() {
        let (_, api) = slow(true);
        let rounds = Rounds::default();
        for error in join_all((0..3).map(|_| rounds.look(&api))).await.into_iter().map(Result::unwrap_err) {
            let told = (error.kind, error.message.as_str(), error.hint.as_deref());
            assert_eq!(told, (ErrorKind::Away, "gone", Some("wait")));
        }
    }
}
