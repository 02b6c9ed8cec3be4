//! The ports of the little world. Each call first asks whether the process is still alive: once as many records as were
//! asked for are on disk it hangs for ever, as a killed process does.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};
use upgrade_core::inventory::Inventory;
use upgrade_core::journal::OperationRef;
use upgrade_core::plan::{Action, Step};
use upgrade_core::scope::{HostScope, OperationKey, Scope};
use upgrade_provider::{Backend, ErrorKind, Lock, LockError, Observer, OperationStatus, PortError};

use super::world::World;
use crate::clock::Clock;

pub(super) type Shared = Arc<Mutex<World>>;

/// One process's connection to the world.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) world: Shared,
    pub(super) journal: PathBuf,
    /// How many records are written before it is killed.
    pub(super) dies_after: Option<usize>,
}

impl Link {
    async fn alive(&self) {
        let records = std::fs::read_to_string(&self.journal).map_or(0, |text| text.lines().count());
        if self.dies_after.is_some_and(|limit| records >= limit) {
            std::future::pending::<()>().await;
        }
    }

    fn api(&self) -> Result<(), PortError> {
        let away = self.world.lock().unwrap().is_away();
        if away { Err(PortError::new(ErrorKind::Away, "the API refuses connections")) } else { Ok(()) }
    }
}

pub(super) struct Eyes(pub(super) Link);

#[async_trait]
impl Observer for Eyes {
    async fn observe(&self, scope: &Scope) -> Result<Inventory, PortError> {
        self.0.alive().await;
        self.0.api()?;
        let key = match &scope.hosts {
            HostScope::One { operation, .. } => operation.as_ref(),
            HostScope::None | HostScope::All { .. } => None,
        };
        Ok(self.0.world.lock().unwrap().seen(key))
    }

    async fn changed(&self, _: &Scope, patience: Duration) {
        self.0.alive().await;
        sleep(patience.min(Duration::from_secs(2))).await;
    }
}

pub(super) struct Api(pub(super) Link);

#[async_trait]
impl Backend for Api {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        self.0.alive().await;
        self.0.api()?;
        let mut world = self.0.world.lock().unwrap();
        match step.action {
            Action::Cordon { .. } => world.cordon(step, true, key.run.as_str()),
            Action::Uncordon { .. } => world.cordon(step, false, key.run.as_str()),
            _ => {}
        }
        Ok(OperationRef(key.to_string()))
    }

    async fn poll(&self, step: &Step, _: &OperationRef, patience: Duration) -> Result<OperationStatus, PortError> {
        self.0.alive().await;
        self.0.api()?;
        let Action::Drain { node, policy, .. } = &step.action else { return Ok(succeeded()) };
        sleep(patience.min(Duration::from_secs(1))).await;
        self.0.alive().await;
        let left = self.0.world.lock().unwrap().evict_one(node, policy);
        let text = format!("{left} pods are left");
        Ok(if left == 0 {
            succeeded()
        } else {
            OperationStatus::Running { text, done: None, total: None, blocked: Vec::new() }
        })
    }
}

pub(super) struct HostPort(pub(super) Link);

#[async_trait]
impl Backend for HostPort {
    async fn begin(&self, step: &Step, key: &OperationKey) -> Result<OperationRef, PortError> {
        self.0.alive().await;
        self.0.world.lock().unwrap().begin(step, key);
        Ok(OperationRef(key.to_string()))
    }

    async fn poll(&self, _: &Step, name: &OperationRef, patience: Duration) -> Result<OperationStatus, PortError> {
        self.0.alive().await;
        let found = self.0.world.lock().unwrap().operations.get(&name.0).cloned();
        let Some(operation) = found else { return Ok(OperationStatus::Unknown) };
        let until = Instant::now() + patience;
        sleep_until(operation.ends.map_or(until, |ends| ends.min(until))).await;
        self.0.alive().await;
        self.0.world.lock().unwrap().advance();
        Ok(if operation.ends.is_none_or(|ends| ends > Instant::now()) {
            OperationStatus::Running { text: "at it".to_owned(), done: None, total: None, blocked: Vec::new() }
        } else if operation.fails {
            let (output, error) = ("E: kaputt – 壊れた".to_owned(), "expected exit status 0, found 1".to_owned());
            OperationStatus::Failed { output, error, hint: Some("look at the host".to_owned()) }
        } else {
            OperationStatus::Succeeded { output: "done ✓".to_owned(), observed: Vec::new() }
        })
    }
}

fn succeeded() -> OperationStatus {
    OperationStatus::Succeeded { output: String::new(), observed: Vec::new() }
}

pub(super) struct Lease(pub(super) Link);

#[async_trait]
impl Lock for Lease {
    async fn acquire(&self, takeover: bool) -> Result<(), LockError> {
        if takeover {
            self.0.world.lock().unwrap().lock_taken = false;
        }
        self.renew().await
    }

    async fn renew(&self) -> Result<(), LockError> {
        self.0.alive().await;
        self.0.api().map_err(LockError::Port)?;
        let taken = self.0.world.lock().unwrap().lock_taken;
        let holder = "someone else".to_owned();
        self.0.world.lock().unwrap().lock_held = !taken;
        if taken { Err(LockError::Taken { holder, renewed_s_ago: 1, stale: false }) } else { Ok(()) }
    }

    fn renew_every_s(&self) -> u64 {
        10
    }

    async fn release(&self) -> Result<(), LockError> {
        self.0.alive().await;
        self.0.world.lock().unwrap().lock_held = false;
        Ok(())
    }
}

/// Tokio's virtual time, counted from when the fixtures were observed.
pub(super) struct VirtualClock(pub(super) Shared, pub(super) Instant);

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().now()
    }

    fn elapsed(&self) -> Duration {
        self.1.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        sleep(duration).await;
    }
}
