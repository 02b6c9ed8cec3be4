//! The way from a story in virtual time to a provider that needs real time: an SDK with its own sockets and timers.
//!
//! The provider and the simulated cloud it asks live on a runtime of their own. The whole story stands still while they
//! talk, however long that takes, and what the provider waits for it waits for in the story's time: so the same seed still
//! tells the same story.

use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{Mutex, OnceCell};
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::Step;
use upgrade_core::scope::{CloudScope, OperationKey};
use upgrade_provider::{Backend, Cloud, CloudAnswer, ErrorKind, OperationStatus, PortError, Provider};
use upgrade_twin::Twin;

use crate::cloud::{OpenCloud, open_beside};
use crate::served::Identity;

/// What one call takes in the story's time.
const CALL: Duration = Duration::from_millis(200);

/// Makes the provider, on the other side.
type Make = Box<dyn Fn() -> BoxFuture<'static, Result<Provider, PortError>> + Send + Sync>;

/// How often an operation of a cloud is asked about, in the story's time.
const EVERY: Duration = Duration::from_secs(5);

/// Leads to a provider on the other side.
pub struct Bridge {
    far: Arc<Far>,
    runtime: Option<Runtime>,
    /// One call at a time, as through one line.
    turn: Mutex<()>,
}

/// The provider there, made when it is first needed: making it may ask the very story that waits for it.
struct Far {
    make: Make,
    made: OnceCell<Provider>,
}

impl Far {
    async fn provider(&self) -> Result<&Provider, PortError> {
        self.made.get_or_try_init(|| (self.make)()).await
    }
}

impl Bridge {
    /// The provider that `make` makes of the cluster's cloud, which is opened for it. To be called on the story's runtime,
    /// which is one made by [`crate::runtime`]; the cluster's story ends with it.
    ///
    /// # Errors
    /// When the system has no room for another runtime.
    pub fn over<M, F>(twin: &Twin, identity: Arc<Identity>, make: M) -> io::Result<Provider>
    where
        M: Fn(OpenCloud) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Provider, PortError>> + Send + 'static,
    {
        let (twin, story, open) = (twin.clone(), Handle::current(), Arc::new(OnceCell::new()));
        let make = Arc::new(make);
        Self::to(move || {
            let (twin, story, open) = (twin.clone(), story.clone(), Arc::clone(&open));
            let (identity, make) = (Arc::clone(&identity), Arc::clone(&make));
            async move {
                let open: &OpenCloud = open.get_or_try_init(|| opened(&twin, &identity, &story)).await?;
                make(open.clone()).await
            }
        })
    }

    fn to<M, F>(make: M) -> io::Result<Provider>
    where
        M: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<Provider, PortError>> + Send + 'static,
    {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let far = Arc::new(Far { make: Box::new(move || Box::pin(make())), made: OnceCell::new() });
        Ok(Provider::through_cloud(Arc::new(Self { far, runtime: Some(runtime), turn: Mutex::new(()) })))
    }

    /// Has the call made on the other side.
    async fn cross<T: Send + 'static>(
        &self,
        call: impl FnOnce(Provider) -> BoxFuture<'static, Result<T, PortError>> + Send + 'static,
    ) -> Result<T, PortError> {
        let gone = || PortError::new(ErrorKind::Away, "the provider's own runtime has ended");
        let Some(runtime) = &self.runtime else { return Err(gone()) };
        let _turn = self.turn.lock().await;
        let far = Arc::clone(&self.far);
        let (tell, told) = mpsc::sync_channel(1);
        runtime.spawn(async move {
            let answer = async move { call(far.provider().await?.clone()).await };
            // Whoever asked is waiting for it.
            let _ = tell.send(answer.await);
        });
        // Stops the only thread of the story: nothing of it can come between question and answer.
        let answer = told.recv().map_err(|_| gone())?;
        tokio::time::sleep(CALL).await;
        answer
    }
}

async fn opened(twin: &Twin, identity: &Identity, story: &Handle) -> Result<OpenCloud, PortError> {
    let failed = |error| PortError::new(ErrorKind::Away, "failed to open the simulated cloud").because(error);
    let none = "expected a simulated cluster that a cloud runs, found another";
    let open = open_beside(twin, identity, story).await.map_err(failed)?;
    open.ok_or_else(|| PortError::new(ErrorKind::NotFound, none))
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // Not waited for: this may be dropped where waiting is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[async_trait]
impl Cloud for Bridge {
    async fn look(&self, scope: CloudScope) -> Result<CloudAnswer, PortError> {
        let unseen = || PortError::new(ErrorKind::NotFound, "this provider looks at no cloud");
        self.cross(move |far| {
            Box::pin(async move {
                match far.cloud {
                    Some(cloud) => cloud.look(scope).await,
                    None => Err(unseen()),
                }
            })
        })
        .await
    }
}

#[async_trait]
impl Backend for Bridge {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        let (step, key) = (step.clone(), key.clone());
        self.cross(move |far| Box::pin(async move { far.backend.begin(&step, &key).await })).await
    }

    async fn poll(
        &self,
        step: &Step,
        operation: &OperationRef,
        patience: Duration,
    ) -> Result<OperationStatus, PortError> {
        let (step, operation) = (step.clone(), operation.clone());
        let asked =
            self.cross(move |far| Box::pin(async move { far.backend.poll(&step, &operation, Duration::ZERO).await }));
        let status = asked.await?;
        if matches!(status, OperationStatus::Running { .. }) {
            tokio::time::sleep(patience.min(EVERY)).await;
        }
        Ok(status)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use upgrade_core::inventory::GapSubject;

    use super::*;

    /// A cloud that takes a real moment to answer, and says how long it was let wait for an operation.
    struct Slow;

    #[async_trait]
    impl Cloud for Slow {
        async fn look(&self, _: CloudScope) -> Result<CloudAnswer, PortError> {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let gap = upgrade_core::inventory::Gap { subject: GapSubject::Cloud, why: "slow".to_owned(), hint: None };
            Err(PortError::new(ErrorKind::Away, gap.why))
        }
    }

    #[async_trait]
    impl Backend for Slow {
        async fn begin(&self, _: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
            Ok(OperationRef(key.to_string()))
        }

        async fn poll(&self, _: &Step, _: &OperationRef, patience: Duration) -> Result<OperationStatus, PortError> {
            let text = format!("patience {} s", patience.as_secs());
            Ok(OperationStatus::Running { text, done: None, total: None, blocked: Vec::new() })
        }
    }

    #[test]
    fn the_clock_stands_still_while_the_other_side_answers_and_moves_while_it_waits() {
        crate::runtime().unwrap().block_on(async {
            let provider = Bridge::to(|| async { Ok(Provider::through_cloud(Arc::new(Slow))) }).unwrap();
            let began = Instant::now();
            let answer = provider.cloud.unwrap().look(CloudScope::State).await;
            assert_eq!(answer.unwrap_err().message, "slow");
            assert_eq!(began.elapsed(), CALL);
            let plan = upgrade_core::planner::plan(
                &upgrade_core::fixtures::healthy(&upgrade_core::version::Version::new(1, 35, 9)),
                &upgrade_core::fixtures::request("1.36"),
            );
            let step = plan.unwrap().steps().next().unwrap().clone();
            let operation = OperationRef("any".to_owned());
            let status = provider.backend.poll(&step, &operation, Duration::from_secs(60)).await.unwrap();
            assert!(matches!(status, OperationStatus::Running { text, .. } if text == "patience 0 s"));
            assert_eq!(began.elapsed(), CALL * 2 + EVERY);
        });
    }
}
